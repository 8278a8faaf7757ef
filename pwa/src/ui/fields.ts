/**
 * Reading fields of a record, whatever they hold: a screen never breaks over a field that is absent, masked,
 * or newer than this app.
 */
import type { Json, Rec } from '../sync'

/** One entry of a log field. */
export interface Entry {
  id: string
  text: string
  by: string
  at: string
  view: string
}

/** A text field, or '' where there is none. */
export function text(rec: Rec | undefined, field: string): string {
  const value = rec?.f[field]
  return typeof value === 'string' ? value : ''
}

/** A whole number, or `otherwise` where there is none. */
export function count(rec: Rec | undefined, field: string, otherwise = 0): number {
  const value = rec?.f[field]
  return typeof value === 'number' ? value : otherwise
}

/** The values of a set field. */
export function set(rec: Rec | undefined, field: string): string[] {
  const value = rec?.f[field]
  return Array.isArray(value) ? value.filter((it) => typeof it === 'string') : []
}

/** A time or date, or null where there is none. */
export function when(rec: Rec | undefined, field: string): Date | null {
  const value = text(rec, field)
  const time = value === '' ? Number.NaN : Date.parse(value)
  return Number.isNaN(time) ? null : new Date(time)
}

/** An object field, or an empty one. */
export function object(value: Json | undefined): { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

/** A text in an object, or ''. */
export function part(value: Json | undefined, key: string): string {
  const it = object(value)[key]
  return typeof it === 'string' ? it : ''
}

/** The entries of a log field, oldest first. */
export function log(rec: Rec | undefined, field: string): Entry[] {
  const value = rec?.f[field]
  if (!Array.isArray(value)) return []
  return value
    .map((it) => ({ id: part(it, 'id'), text: part(it, 'text'), by: part(it, 'by'), at: part(it, 'at'), view: part(it, 'view') }))
    .filter((it) => it.text !== '')
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
