/**
 * The replica's records as they stand in memory, and which segment on disk holds each copy. Memory follows the disk:
 * nothing is placed here before it is committed there.
 */
import { Lean } from './lean'
import type { Segment } from './store'
import type { Sums } from './sums'
import type { WireRecord } from './wire'

/** A record as it is held: shown as it stands, where nothing of this device lies over it. */
export interface Copy extends WireRecord {
  /** The segment that holds it. */
  segment: number
}

/** Segments as a page leaves them. */
export interface Written {
  put: Segment[]
  gone: number[]
  /** Records by the segment that holds them now. */
  placed: Map<number, WireRecord[]>
}

/** So many records are summed in one go: some milliseconds. */
const SLICE = 2000

export class Held {
  readonly #collections = new Map<string, Map<string, Copy>>()
  /** Segments that hold an older copy of a record, by `c/r`. */
  readonly #older = new Map<string, Set<number>>()
  readonly sizes = new Map<number, number>()
  readonly #lean = new Lean()
  /** Worked out when the server first sends sums, then kept. */
  #sums: Sums | null = null
  /** Goes up with each change of what is held. */
  #changes = 0

  get(c: string, r: string): Copy | undefined {
    return this.#collections.get(c)?.get(r)
  }

  collection(c: string): Iterable<Copy> {
    return this.#collections.get(c)?.values() ?? []
  }

  /** Every record, or those that are asked for. */
  all(asked: (copy: Copy) => boolean = () => true): Copy[] {
    const found: Copy[] = []
    for (const collection of this.#collections.values()) for (const copy of collection.values()) if (asked(copy)) found.push(copy)
    return found
  }

  /** The segments that hold any copy, also an older one, of these records. */
  segmentsOf(copies: Iterable<Copy>): Set<number> {
    const segments = new Set<number>()
    for (const copy of copies) {
      segments.add(copy.segment)
      for (const id of this.#older.get(keyOf(copy)) ?? []) segments.add(id)
    }
    return segments
  }

  get nextSegment(): number {
    let last = 0
    for (const id of this.sizes.keys()) last = Math.max(last, id)
    return last + 1
  }

  /** Null where their part of the app cannot be had now: nobody waits for it to write something down, so it comes late. */
  async sums(): Promise<Sums | null> {
    const part = await import('./sums').catch(() => null)
    // Some at a time, so that whoever works with many records is not kept waiting; anew where some have changed meanwhile.
    for (let changes = -1; part && !this.#sums; ) {
      const whole = changes >= 0 && changes !== this.#changes
      changes = this.#changes
      const sums = new part.Sums()
      let slice = SLICE
      for (const { a, c, r, v } of this.all()) {
        sums.add(a, c, r, v)
        if (--slice > 0 || whole) continue
        await new Promise((resolve) => setTimeout(resolve))
        if (changes !== this.#changes) break
        slice = SLICE
      }
      if (changes === this.#changes) this.#sums ??= sums
    }
    return this.#sums
  }

  /** Takes over what was just written; what was rewritten holds latest copies alone. */
  settle(written: Written): void {
    for (const segment of written.put) this.sizes.set(segment.id, segment.box.length)
    for (const [id, records] of written.placed) for (const record of records) this.place(record, id)
    for (const id of written.placed.keys()) this.#forgetOlder(id)
    for (const id of written.gone) this.forgetSegment(id)
  }

  place(record: WireRecord, segment: number): void {
    const { c, r, v } = record
    const before = this.get(c, r)
    if (before === record) {
      before.segment = segment
      return
    }
    this.#changes++
    if (before) {
      this.#sums?.take(before.a, c, r, before.v)
      if (before.segment !== segment) this.#older.set(keyOf(before), (this.#older.get(keyOf(before)) ?? new Set()).add(before.segment))
    }
    this.#sums?.add(record.a, c, r, v)
    const collection = this.#collections.get(c) ?? new Map<string, Copy>()
    this.#collections.set(c, collection.set(r, { c, r, v, ...this.#lean.fit(record), segment }))
  }

  remove(c: string, r: string): void {
    const copy = this.get(c, r)
    if (!copy) return
    this.#changes++
    this.#sums?.take(copy.a, c, r, copy.v)
    this.#collections.get(c)?.delete(r)
  }

  forgetSegment(id: number): void {
    this.#forgetOlder(id)
    this.sizes.delete(id)
  }

  #forgetOlder(id: number): void {
    for (const [key, segments] of this.#older) if (segments.delete(id) && !segments.size) this.#older.delete(key)
  }

  /** Sums are worked out anew where records came from another tab. */
  forgetSums(): void {
    this.#sums = null
    this.#changes++
  }

  clear(): void {
    for (const map of [this.#collections, this.#older, this.sizes]) map.clear()
    this.forgetSums()
  }
}

const keyOf = ({ c, r }: Copy): string => `${c}/${r}`
