/**
 * What many records say alike (a service, a day, the same readers, nothing at all) stands in memory once: of a desk's
 * hundred thousand that is a fifth.
 */
import type { Json } from './types'
import type { WireRecord } from './wire'

/** Longer texts are hardly ever alike. */
const SHORT = 40
/** So many are looked for again: this saves room, and must take none. */
const MANY = 4096

const NOTHING = Object.freeze({})
const NOBODY: Json[] = []
Object.freeze(NOBODY)

export class Lean {
  readonly #said = new Map<string, string>()
  readonly #readers = new Map<string, string[]>()

  /** The readers of a record, and its fields as they are held: these are changed in place. */
  fit({ a, f, k }: WireRecord): Pick<WireRecord, 'a' | 'f' | 'k'> {
    for (const field in f) f[field] = this.#value(f[field] as Json)
    return { a: once(this.#readers, a.join(), a), f, k: Object.keys(k).length ? k : NOTHING }
  }

  #value(value: Json): Json {
    if (typeof value === 'string' && value.length <= SHORT) return once(this.#said, value, value)
    return Array.isArray(value) && !value.length ? NOBODY : value
  }
}

function once<T>(held: Map<string, T>, key: string, value: T): T {
  const before = held.get(key)
  if (before !== undefined) return before
  if (held.size >= MANY) held.clear()
  held.set(key, value)
  return value
}
