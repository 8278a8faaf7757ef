/** What this phone handed in, by week and service: what is still here laid together with what became of it. */
import type { Fate, HandedIn, Rec } from '../sync'
import { ASIDE } from '../sync/types'
import { set, text } from '../ui/fields'

export interface Brought {
  key: string
  c: string
  r: string
  fate: Fate
  week: string
  service: string
  kind: string
  themes: string[]
  /** What came of it, as far as this member may know. */
  became: '' | 'accepted' | 'matter' | 'answered' | 'set_aside' | 'acknowledged'
  problem: HandedIn['problem']
  heldUntil: Date | null
  /** The op behind it, while this phone has it. */
  item: HandedIn | null
}

/** Every view and escalation that this member brought, and whatever else needs a look, the newest week first. */
export function brought(handedIn: HandedIn[], views: Rec[], escalations: Rec[], answers: Rec[], member: string): Brought[] {
  const answered = new Set(answers.filter((it) => text(it, 'status') === 'published').map((it) => text(it, 'matter')))
  const records = new Map([...views, ...escalations].filter((it) => text(it, 'by') === member || text(it, 'by') === '').map((it) => [it.r, it]))
  const list: Brought[] = []
  const shown = new Set<string>()
  for (const item of handedIn) {
    if (item.c !== 'view' && item.c !== 'escalation' && item.fate !== 'look') continue
    if (item.r !== '' && shown.has(item.r)) continue
    shown.add(item.r)
    const last = handedIn.filter((it) => it.r === item.r && it.c === item.c)
    // Taken back, it is not shown as handed in; the receipt of that is the screen that said so.
    if (last.some((it) => it.does === 'withdraw' && it.fate !== 'look')) continue
    const look = last.find((it) => it.fate === 'look')
    list.push(join(look ?? item, records.get(item.r), answered))
  }
  for (const rec of records.values()) if (!shown.has(rec.r)) list.push(fromRecord(rec, answered))
  return list.sort((a, b) => (a.week < b.week ? 1 : a.week > b.week ? -1 : (b.item?.n ?? 0) - (a.item?.n ?? 0)))
}

function join(item: HandedIn, rec: Rec | undefined, answered: Set<string>): Brought {
  const about = (field: string): string => (typeof item.about[field] === 'string' ? item.about[field] : '')
  const themes = item.about.themes
  return {
    key: `${item.c}${item.r}${item.n}`,
    c: item.c,
    r: item.r,
    fate: item.fate,
    week: item.week,
    service: text(rec, 'service') || about('service'),
    kind: text(rec, 'kind') || about('kind'),
    themes: rec ? set(rec, 'themes') : Array.isArray(themes) ? themes.filter((it) => typeof it === 'string') : [],
    became: rec ? becameOf(rec, answered) : '',
    problem: item.problem,
    heldUntil: item.heldUntil,
    item,
  }
}

function fromRecord(rec: Rec, answered: Set<string>): Brought {
  return {
    key: `${rec.c}${rec.r}`,
    c: rec.c,
    r: rec.r,
    fate: 'team',
    week: text(rec, 'week') || text(rec, 'at').slice(0, 10),
    service: text(rec, 'service'),
    kind: text(rec, 'kind'),
    themes: set(rec, 'themes'),
    became: becameOf(rec, answered),
    problem: null,
    heldUntil: null,
    item: null,
  }
}

function becameOf(rec: Rec, answered: Set<string>): Brought['became'] {
  if (rec.c === 'escalation') return rec.f.acknowledged ? 'acknowledged' : ''
  const matters = set(rec, 'matters')
  if (matters.some((it) => answered.has(it))) return 'answered'
  if (matters.length > 0) return 'matter'
  const review = text(rec, 'review')
  return review === 'accepted' || review === 'set_aside' ? review : ''
}

/** Whether the phone alone has it, and will not send it as it is. */
export function stays({ problem }: Pick<Brought, 'problem'>): boolean {
  return ASIDE.some((it) => it === problem?.code)
}

/** Whether it can be taken back: what was made here, while there is something to take back. A change cannot, it is put away. */
export function mayTakeBack({ c, fate, item, problem }: Brought): boolean {
  if (fate !== 'look') return c === 'view'
  return item?.does === 'make' && problem?.code !== 'gone'
}

/** Escalations of this member that nobody at the desk has said to be in hand yet: they nag until somebody does. */
export function notInHand(handedIn: HandedIn[], escalations: Rec[], member: string): Brought[] {
  return brought(handedIn, [], escalations, [], member).filter((it) => it.c === 'escalation' && it.became === '')
}

/** The list cut into weeks and, within them, services, in the order in which they stand. */
export function byWeek(list: Brought[]): { week: string; service: string; items: Brought[] }[] {
  const groups: { week: string; service: string; items: Brought[] }[] = []
  for (const it of list) {
    const group = groups.find((that) => that.week === it.week && that.service === it.service)
    if (group) group.items.push(it)
    else groups.push({ week: it.week, service: it.service, items: [it] })
  }
  return groups.sort((a, b) => (a.week < b.week ? 1 : a.week > b.week ? -1 : 0))
}
