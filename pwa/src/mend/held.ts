/** Ops that the server could not take in: kept whole, until the desk mends or discards them. */
import { collections, type Collections, type Field } from '../schema/schema'
import type { Json } from '../sync'
import type { Asked } from '../sync/asking'
import { object, part } from '../ui/fields'

export interface Held {
  id: string
  member: string
  /** When it arrived. */
  at: Date
  /** The op, whole; null where it could not be opened, or is no op. */
  op: { [key: string]: Json } | null
  /** Why it is here, and which field it is about; '' where it is about none. */
  code: string
  field: string
}

/** One field as the op has it, and as the desk may put it. */
export interface Line {
  field: string
  value: string
  /** What it may be, where it is one of a few. */
  values: readonly string[]
  /** It can be typed or chosen; all else is kept as it is, or left out. */
  editable: boolean
  /** Many words: a box of several lines. */
  long: boolean
  out: boolean
}

/** Nothing to wait for: a person has to look. What is `early` comes in by itself. */
export function heldIn(answer: Asked): Held[] {
  const ops = Array.isArray(answer.ops) ? answer.ops : []
  return ops
    .map((it) => {
      const { op, problem } = object(it)
      const whole = op !== null && typeof op === 'object' && !Array.isArray(op) ? op : null
      return { id: part(it, 'id'), member: part(it, 'member'), at: new Date(part(it, 'at')), op: whole, code: part(problem, 'code'), field: part(problem, 'field') }
    })
    .filter((it) => it.code !== 'early')
    .sort((a, b) => b.at.getTime() - a.at.getTime())
}

export const collectionOf = (held: Held): string => part(held.op ?? {}, 'c')

/** The fields that the op sets, the one that is in the way first. */
export function linesOf(held: Held): Line[] {
  const fields = (collections as Collections)[collectionOf(held)]
  return Object.entries(object(held.op?.set))
    .map(([field, value]) => lineOf(field, value, fields?.[field]))
    .sort((a, b) => Number(b.field === held.field) - Number(a.field === held.field))
}

function lineOf(field: string, value: Json, spec: Field | undefined): Line {
  const written = typeof value === 'string' ? value : JSON.stringify(value)
  const values = spec?.values ?? []
  return { field, value: written, values, editable: typeof value === 'string' || values.length > 0, long: spec?.type === 'string' && (spec.max ?? 0) > 200, out: false }
}

/** The op as the desk has put it: what is left out is out, what was changed is changed, all else is as it was. */
export function mended(held: Held, lines: Line[]): { [key: string]: Json } {
  const set = object(held.op?.set)
  const put = lines.filter((it) => !it.out).map((it): [string, Json] => {
    const was = set[it.field] ?? null
    return [it.field, typeof was === 'string' || (it.editable && it.value !== JSON.stringify(was)) ? it.value : was]
  })
  return { ...held.op, set: Object.fromEntries(put) }
}
