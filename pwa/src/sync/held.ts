/**
 * The replica's records as they stand in memory, and which segment on disk holds each copy. Memory follows the disk:
 * nothing is placed here before it is committed there.
 */
import type { Segment } from './store'
import type { Sums } from './sums'
import type { WireRecord } from './wire'

interface Copy {
  record: WireRecord
  /** The segment that holds this copy. */
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

export const keyOf = (c: string, r: string): string => `${c}/${r}`

export class Held {
  readonly #copies = new Map<string, Copy>()
  readonly #collections = new Map<string, Map<string, WireRecord>>()
  readonly #audiences = new Map<string, Set<string>>()
  /** Keys of the records whose latest copy a segment holds, and of those whose older copy it holds. */
  readonly #latest = new Map<number, Set<string>>()
  readonly #older = new Map<number, Set<string>>()
  readonly sizes = new Map<number, number>()
  /** Worked out when the server first sends sums, then kept. */
  #sums: Sums | null = null
  /** Goes up with each change of what is held. */
  #changes = 0

  copy(key: string): Copy | undefined {
    return this.#copies.get(key)
  }

  keys(): string[] {
    return [...this.#copies.keys()]
  }

  collection(c: string): Iterable<WireRecord> {
    return this.#collections.get(c)?.values() ?? []
  }

  /** Keys of the records that an audience sees. */
  seenBy(audience: string): Iterable<string> {
    return this.#audiences.get(audience) ?? []
  }

  /** Keys of the records whose latest copy a segment holds. */
  latestIn(segment: number): Iterable<string> {
    return this.#latest.get(segment) ?? []
  }

  recordsIn(segment: number, without: Set<string> = new Set()): WireRecord[] {
    const records: WireRecord[] = []
    for (const key of this.latestIn(segment)) {
      const copy = this.#copies.get(key)
      if (copy && !without.has(key)) records.push(copy.record)
    }
    return records
  }

  /** The segments that hold any copy, also an older one, of these records. */
  segmentsOf(keys: Set<string>): Set<number> {
    const segments = new Set<number>()
    if (!keys.size) return segments
    for (const key of keys) {
      const copy = this.#copies.get(key)
      if (copy) segments.add(copy.segment)
    }
    for (const [id, older] of this.#older) {
      for (const key of older) if (keys.has(key)) segments.add(id)
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
      for (const { record } of this.#copies.values()) {
        sums.add(record.a, record.c, record.r, record.v)
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
    for (const [id, records] of written.placed) for (const record of records) this.place(keyOf(record.c, record.r), record, id)
    for (const id of written.placed.keys()) this.#older.delete(id)
    for (const id of written.gone) this.forgetSegment(id)
  }

  place(key: string, record: WireRecord, segment: number): void {
    const copy = this.#copies.get(key)
    this.#changes++
    if (copy) {
      this.#unlist(key, copy.record)
      if (copy.segment !== segment) {
        this.#latest.get(copy.segment)?.delete(key)
        within(this.#older, copy.segment).add(key)
      }
    }
    this.#sums?.add(record.a, record.c, record.r, record.v)
    for (const audience of record.a) within(this.#audiences, audience).add(key)
    this.#copies.set(key, { record, segment })
    within(this.#latest, segment).add(key)
    const collection = this.#collections.get(record.c) ?? new Map<string, WireRecord>()
    this.#collections.set(record.c, collection.set(record.r, record))
  }

  remove(key: string): void {
    const copy = this.#copies.get(key)
    if (!copy) return
    this.#changes++
    const { record, segment } = copy
    this.#unlist(key, record)
    this.#copies.delete(key)
    this.#latest.get(segment)?.delete(key)
    this.#collections.get(record.c)?.delete(record.r)
  }

  #unlist(key: string, { a, c, r, v }: WireRecord): void {
    this.#sums?.take(a, c, r, v)
    for (const audience of a) this.#audiences.get(audience)?.delete(key)
  }

  forgetSegment(id: number): void {
    for (const map of [this.#latest, this.#older, this.sizes]) map.delete(id)
  }

  /** Sums are worked out anew where records came from another tab. */
  forgetSums(): void {
    this.#sums = null
    this.#changes++
  }

  clear(): void {
    for (const map of [this.#copies, this.#collections, this.#audiences, this.#latest, this.#older, this.sizes]) map.clear()
    this.#sums = null
    this.#changes++
  }
}

function within<K>(map: Map<K, Set<string>>, key: K): Set<string> {
  const held = map.get(key) ?? new Set<string>()
  map.set(key, held)
  return held
}
