/**
 * What was written and counted while the phone was locked finds its place once the PIN was said: people who were counted
 * are added to their visit, and a view that was begun becomes the draft as soon as there is no other.
 */
import { get } from 'svelte/store'
import { about, visitsOf, type Visit } from '../home/visits'
import type { Earshot, Json } from '../sync'
import { object } from '../ui/fields'

type Counts = { spoken?: number; declined?: number }

/** As it is kept (sync/ready.ts, AsideItem), with what became of `taps`: counts that stand, so that they are added once. */
interface Owed {
  drafts: Json[]
  taps: { visit: string; set: Counts }[]
  counts: { visit: string; set: Counts }[]
}

/** Called where nothing is being written. What cannot find its place now, finds it the next time. */
export async function payOwed(earshot: Earshot, member: string): Promise<void> {
  if (!get(earshot.complete)) return
  let owed = read(await earshot.owed.load())
  const visits = (): Visit[] => visitsOf(get(earshot.records('visit')), get(earshot.handedIn), member)
  const added = owed.taps.length > 0 ? counted(owed.taps, visits()) : []
  if (added.length > 0) {
    const found = new Set(added.map((it) => it.visit))
    owed = { ...owed, taps: owed.taps.filter((it) => !found.has(it.visit)), counts: [...owed.counts, ...added] }
    await earshot.owed.keep(toKeep(owed))
  }
  for (const { visit: r, set } of owed.counts) {
    const visit = visits().find((it) => it.r === r)
    if (visit) await earshot.save([{ c: 'visit', r, set: { ...set } }], { about: { ...about(visit), ...set } })
  }
  const [draft, ...rest] = owed.drafts
  const free = draft !== undefined && (await earshot.draft.load()) === null
  // Kept here and there for a moment rather than nowhere: its id tells that it is the same.
  if (free) await earshot.draft.keep(draft)
  if (free || owed.counts.length > 0) await earshot.owed.keep(toKeep({ ...owed, counts: [], drafts: free ? rest : owed.drafts }))
}

/** What each visit counts with those who were counted while it was locked. */
function counted(taps: Owed['taps'], visits: Visit[]): Owed['counts'] {
  return visits.flatMap((visit) => {
    const more = (name: keyof Counts): number => taps.filter((it) => it.visit === visit.r).reduce((sum, it) => sum + (it.set[name] ?? 0), 0)
    const [spoken, declined] = [more('spoken'), more('declined')]
    if (spoken + declined === 0) return []
    return [{ visit: visit.r, set: { ...(spoken > 0 && { spoken: visit.spoken + spoken }), ...(declined > 0 && { declined: visit.declined + declined }) } }]
  })
}

function read(value: Json): Owed {
  const items = Array.isArray(value) ? value.map((it) => object(it)) : []
  const counts = (name: string): Owed['taps'] =>
    items.flatMap((it) => {
      const { visit, set } = object(it[name])
      return typeof visit === 'string' ? [{ visit, set: object(set) as Counts }] : []
    })
  return { drafts: items.flatMap((it) => (it.draft === undefined ? [] : [it.draft as Json])), taps: counts('taps'), counts: counts('counts') }
}

function toKeep({ drafts, taps, counts }: Owed): Json {
  const all = [...drafts.map((draft) => ({ draft })), ...taps.map((it) => ({ taps: it })), ...counts.map((it) => ({ counts: it }))]
  return all.length > 0 ? (all as unknown as Json) : null
}
