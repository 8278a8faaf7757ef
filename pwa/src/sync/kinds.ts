/**
 * What this folder needs to know of the programme's declarations: the kind of each field. They come from
 * `src/schema`, made from the server's own; nothing here names a collection.
 */
import type { Change } from './types'

export type Kind = 'register' | 'narrow' | 'set' | 'log' | 'once' | 'steps'

export interface FieldKind {
  kind: Kind
  /** For `narrow`, from the widest to the narrowest. */
  values?: readonly string[]
  redactable?: boolean
  /** Who it decides the sight of; a change of it may narrow that. */
  deciding?: boolean
}

export interface Kinds {
  field(collection: string, field: string): FieldKind | undefined
  /** Why the server could not take a change for its form; null where it could. */
  unfit(change: Change, making: boolean): { code: string; field?: string } | null
}

/** Where in a narrowing order a value stands: the greater, the narrower. */
export function narrowness(kind: FieldKind | undefined, value: unknown): number {
  return kind?.values?.indexOf(String(value)) ?? -1
}
