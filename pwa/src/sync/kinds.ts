/**
 * What this folder needs to know of the programme's declarations: the kind of each field. They come from
 * `src/schema`, made from the server's own; nothing here names a collection.
 */
import type { Change, Json } from './types'

export type Kind = 'register' | 'narrow' | 'set' | 'log' | 'once' | 'steps'

export interface FieldKind {
  kind: Kind
  /** For `narrow`, from the widest to the narrowest; for `steps`, the one that a record starts at comes first. */
  values?: readonly string[]
  /** What it is in a new record that does not name it. */
  starts?: Json
  /** What the server fills in where the op that makes a record does not name it. */
  fill?: 'time' | 'member'
  redactable?: boolean
  /** Who it decides the sight of; a change of it may narrow that. */
  deciding?: boolean
}

export interface Kinds {
  /** Every field of a collection, by name; undefined for a collection that is not known here. */
  fields(collection: string): Readonly<Record<string, FieldKind>> | undefined
  field(collection: string, field: string): FieldKind | undefined
  /** Why the server could not take a change for its form; null where it could. */
  unfit(change: Change, making: boolean): { code: string; field?: string } | null
}

/** What a field is before anybody has set it. */
export function startOf({ kind, values, starts }: FieldKind): Json | undefined {
  if (kind === 'set' || kind === 'log') return []
  return kind === 'steps' ? values?.[0] : starts
}

/** Where in a narrowing order a value stands: the greater, the narrower. */
export function narrowness(kind: FieldKind | undefined, value: unknown): number {
  return kind?.values?.indexOf(String(value)) ?? -1
}
