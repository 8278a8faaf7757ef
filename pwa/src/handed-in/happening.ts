/**
 * What goes on between this phone and the server, fact by fact: for the curious, and as a report that may be handed to
 * anybody. No word, no name, no id stands in it, and no time but that of the last contact.
 */
import { m } from '../paraglide/messages.js'
import type { HandedIn, Line } from '../sync'
import { sayAgo } from '../ui/dates'
import { sayLine } from '../ui/line'

export interface State {
  app: string
  schema: number
  line: Line
  handedIn: HandedIn[]
  /** Whether the browser promised to keep what is stored; null while it is not known. */
  persisted: boolean | null
  /** In bytes; null where the browser does not say. */
  used: number | null
  now: Date
}

export interface Fact {
  name: string
  values: string[]
}

/** When the server last answered; null where it has not yet, undefined where that is not known here. */
export function lastTouch(line: Line, now: Date): Date | null | undefined {
  if (line.kind === 'no-signal') return line.last
  return line.kind === 'together' || line.kind === 'handing-in' ? now : undefined
}

export function facts({ app, schema, line, handedIn, persisted, used, now }: State): Fact[] {
  const last = lastTouch(line, now)
  const waits = counted(handedIn.flatMap((it) => (it.fate === 'here' || it.fate === 'going' ? [it.c] : [])))
  const look = counted(handedIn.flatMap((it) => (it.fate === 'look' ? [it.problem?.code ?? ''] : [])))
  const touch = { name: m.handed_in_touch(), values: [last ? sayAgo(last, now) : m.handed_in_touch_none()] }
  return [
    { name: m.handed_in_line(), values: [sayLine(line)] },
    ...(last === undefined ? [] : [touch]),
    { name: m.handed_in_waits(), values: orNothing(waits.map(([code, n]) => m.handed_in_fact({ name: m.handed_in_waits_kind({ code }), value: n }))) },
    { name: m.ui_fate({ code: 'look' }), values: orNothing(look.map(([code, n]) => m.handed_in_wrong({ why: m.handed_in_problem({ code }), n }))) },
    {
      name: m.handed_in_browser(),
      values: [m.handed_in_promised({ code: persisted === null ? 'unknown' : persisted ? 'yes' : 'no' }), ...(used === null ? [] : [m.handed_in_used({ n: megabytes(used) })])],
    },
    { name: m.handed_in_app(), values: [m.handed_in_version({ app, schema })] },
  ]
}

/** One fact a line. */
export function report(facts: Fact[]): string {
  return facts.map(({ name, values }) => m.handed_in_fact({ name, value: values.join(' ') })).join('\n')
}

/** Kilobytes would tell how much somebody wrote: whole megabytes do for a phone that is full. */
function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000)
}

function orNothing(values: string[]): string[] {
  return values.length > 0 ? values : [m.handed_in_nothing()]
}

/** How often each code stands there; each has its own words in the catalogue, or those of all others. */
function counted(codes: string[]): [code: string, n: number][] {
  const counts = new Map<string, number>()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}
