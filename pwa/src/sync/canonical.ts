/**
 * A value on the wire is canonical JSON (RFC 8785), its strings trimmed and in Unicode NFC, so that two values are
 * equal exactly when their texts are.
 */
import type { Json } from './types'

/** Trims and normalises every string inside; what was given is not changed. */
export function tidy(value: Json): Json {
  if (typeof value === 'string') return value.trim().normalize('NFC')
  if (Array.isArray(value)) return value.map(tidy)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, tidy(it)]))
  }
  return value
}

/** RFC 8785. Throws a TypeError for a number that JSON has not, or a lone surrogate. */
export function canonical(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('no such number in JSON')
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new TypeError('not well-formed Unicode')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  // The default sort is by UTF-16 code units, which is what RFC 8785 asks for.
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key] ?? null)}`).join(',')}}`
}

/** Whether two values are the same value. */
export function equal(a: Json, b: Json): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))
}
