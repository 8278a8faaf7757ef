/**
 * What the server has let this device read: records live in memory, and on disk in segments, a page of the server as
 * one locked value, stored with its cursor in one transaction.
 *
 * Promises: a page is stored only onto the cursor that it follows; what was withdrawn, redacted or is no longer
 * allowed is off the disk in the transaction that stores the news, older copies in other segments too.
 */
import { fromUtf8, toUtf8 } from './bytes'
import { equal } from './canonical'
import { Held, keyOf, type Written } from './held'
import type { Kinds } from './kinds'
import { lock, unlock } from './lock'
import { NOTHING_READ, type Reading, type Segment, type Store, type Tx } from './store'
import type { Changes, Departed, WireRecord } from './wire'
import type { World } from './world'

/** A segment smaller than this is merged with its likes, once there are so many of them. */
const SMALL = 64 * 1024
const MANY = 32
/** How many segments are read from disk at a time, so that a first paint need not wait for all. */
const AT_ONCE = 8

/** What a page has done, told to the other tabs and to the screen. */
export interface Stored {
  put: number[]
  gone: number[]
  touched: { c: string; r: string }[]
  /** A first read has ended with this page. */
  ended: boolean
}

/** Told what was read from disk; null: what was there before is no more. */
export type Step = (read: { c: string; r: string }[] | null) => void

const placeOf = (segment: number): string => `segment/${segment}`
const isDeparted = (it: WireRecord | Departed): it is Departed => 'departed' in it

export class Replica {
  readonly #store: Store
  readonly #world: World
  readonly #kinds: Kinds
  readonly #lock: CryptoKey
  readonly #held = new Held()
  #reading: Reading = NOTHING_READ
  /** False once a segment was taken over from another tab: older copies are not known then. */
  #exact = false
  /** A segment could not be read: what it held has to be read from the server again. */
  #broken = false
  #loading: Promise<void> = Promise.resolve()

  constructor(store: Store, world: World, kinds: Kinds, key: CryptoKey) {
    this.#store = store
    this.#world = world
    this.#kinds = kinds
    this.#lock = key
  }

  get reading(): Reading {
    return this.#reading
  }

  get(c: string, r: string): WireRecord | undefined {
    return this.#held.copy(keyOf(c, r))?.record
  }

  collection(c: string): Iterable<WireRecord> {
    return this.#held.collection(c)
  }

  /** The version to base a change on: 0 where the record was never received. */
  version(c: string, r: string): number {
    return this.get(c, r)?.v ?? 0
  }

  // From disk

  /** Resolves when nothing is being read: until then a record that is held may be missing here. */
  get loaded(): Promise<void> {
    return this.#loading.catch(() => undefined)
  }

  /** Reads everything that is held; `step` is told on the way what was read, or null where all is read anew. */
  load(step: Step = () => undefined): Promise<void> {
    this.#loading = this.#load(step)
    return this.#loading
  }

  async #load(step: Step): Promise<void> {
    for (;;) {
      const before = await this.#store.reading()
      this.#clear()
      step(null)
      const ids = await this.#store.segmentIds()
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const some = ids.slice(i, i + AT_ONCE)
        const read = new Set<string>()
        await this.#index(await this.#store.segments(some[0] ?? 0, some.at(-1) ?? 0), read)
        step([...read].map(parts))
      }
      this.#reading = await this.#store.reading()
      // Another tab may have rewritten segments while they were read.
      if (this.#reading.cursor === before.cursor) break
    }
    this.#exact = true
  }

  /** Before this tab writes: everything has to be known exactly as it stands on disk. */
  async loadForWriting(step: Step): Promise<void> {
    const stored = await this.#store.reading()
    if (!this.#exact || stored.cursor !== this.#reading.cursor || stored.epoch !== this.#reading.epoch) await this.load(step)
    this.#reading = await this.#store.reading()
    if (!this.#broken) return
    await this.reset(this.#reading.epoch ?? '')
    step(null)
  }

  /** Takes over what another tab has stored. */
  async follow(put: number[], gone: number[]): Promise<{ c: string; r: string }[]> {
    this.#exact = false
    this.#held.forgetSums()
    const touched = new Set<string>()
    for (const id of [...put, ...gone]) {
      for (const key of [...this.#held.latestIn(id)]) {
        touched.add(key)
        this.#held.remove(key)
      }
      this.#held.forgetSegment(id)
    }
    for (const id of [...put].sort((a, b) => a - b)) await this.#index(await this.#store.segments(id, id), touched)
    this.#reading = await this.#store.reading()
    return [...touched].map(parts)
  }

  async #index(segments: Segment[], touched: Set<string>): Promise<void> {
    for (const segment of segments) {
      this.#held.sizes.set(segment.id, segment.box.length)
      const records = await this.#open(segment)
      for (const record of records) {
        const key = keyOf(record.c, record.r)
        if ((this.#held.copy(key)?.segment ?? 0) > segment.id) continue
        this.#held.place(key, record, segment.id)
        touched.add(key)
      }
    }
  }

  async #open(segment: Segment): Promise<WireRecord[]> {
    try {
      return JSON.parse(fromUtf8(await unlock(this.#lock, placeOf(segment.id), segment.box))) as WireRecord[]
    } catch {
      this.#broken = true
      return []
    }
  }

  // From the server

  /**
   * Stores a page with its cursor. `also` runs in the same transaction, for what the news does to this device's own
   * ops. Gives null, and stores nothing, where the page does not follow the cursor that is held.
   */
  async store(page: Changes, epoch: string, also: (tx: Tx) => Promise<void>): Promise<Stored | null> {
    if ((page.after ?? null) !== this.#reading.cursor) return null
    const leaving = this.#leaving(page)
    const coming = new Map<string, WireRecord>()
    for (const record of page.records) if (!isDeparted(record)) coming.set(keyOf(record.c, record.r), record)
    const written = await this.#write(coming, leaving, this.#tainted(coming, leaving))
    const ended = !page.more && !this.#reading.whole
    const reading: Reading = { ...this.#reading, epoch, cursor: page.cursor, whole: this.#reading.whole || !page.more }
    const stored = await this.#store.write(['segments', 'single', 'outbox'], 'relaxed', async (tx) => {
      const now = (await tx.get('single', 'reading')) as Reading | undefined
      if ((now?.cursor ?? null) !== (page.after ?? null)) return false
      for (const segment of written.put) await tx.put('segments', segment)
      for (const id of written.gone) await tx.delete('segments', id)
      await tx.put('single', reading, 'reading')
      await also(tx)
      return true
    })
    if (!stored) return null
    this.#reading = reading
    for (const key of leaving) this.#held.remove(key)
    this.#held.settle(written)
    const touched = [...new Set([...leaving, ...coming.keys()])].map(parts)
    return { put: written.put.map((it) => it.id), gone: written.gone, touched, ended }
  }

  /** Forgets every record and the cursor. */
  async reset(epoch: string): Promise<Stored> {
    const gone = [...this.#held.sizes.keys()]
    const touched = this.#held.keys().map(parts)
    const reading: Reading = { ...NOTHING_READ, epoch, again: this.#reading.again }
    await this.#store.write(['segments', 'single'], 'strict', async (tx) => {
      await tx.clear('segments')
      await tx.put('single', reading, 'reading')
    })
    this.#clear()
    this.#reading = reading
    return { put: [], gone, touched, ended: false }
  }

  /** Merges small segments into one; gives null where there is nothing to do. */
  async merge(): Promise<Stored | null> {
    const small = [...this.#held.sizes].filter(([, size]) => size < SMALL).map(([id]) => id)
    if (small.length < MANY) return null
    const records = small.flatMap((id) => this.#held.recordsIn(id))
    const id = this.#held.nextSegment
    const put = records.length ? [await this.#seal(id, records)] : []
    const cursor = this.#reading.cursor
    const stored = await this.#store.write(['segments', 'single'], 'relaxed', async (tx) => {
      const now = (await tx.get('single', 'reading')) as Reading | undefined
      if ((now?.cursor ?? null) !== cursor) return false
      for (const segment of put) await tx.put('segments', segment)
      for (const old of small) await tx.delete('segments', old)
      return true
    })
    if (!stored) return null
    this.#held.settle({ put, gone: small, placed: new Map(put.length ? [[id, records]] : []) })
    return { put: put.map((it) => it.id), gone: small, touched: [], ended: false }
  }

  /** The audiences whose sum is not the server's. */
  async astray(sums: { [audience: string]: string }): Promise<string[]> {
    const own = await this.#held.sums()
    return Object.keys(sums).filter((audience) => own && own.of(audience) !== sums[audience])
  }

  /** Notes that an audience is read again; false where that was done within a day. */
  async readAgain(audience: string): Promise<boolean> {
    const now = this.#world.now()
    if ((this.#reading.again[audience] ?? -Infinity) > now - 86_400_000) return false
    const again = { ...this.#reading.again, [audience]: now }
    await this.#store.write(['single'], 'relaxed', async (tx) => {
      const held = ((await tx.get('single', 'reading')) as Reading | undefined) ?? NOTHING_READ
      await tx.put('single', { ...held, again }, 'reading')
    })
    this.#reading = { ...this.#reading, again }
    return true
  }

  // Segments

  /** Records that a page takes away. `dropped` comes first: what the page brings of them is held again. */
  #leaving(page: Changes): Set<string> {
    const leaving = new Set<string>()
    for (const audience of page.dropped) for (const key of this.#held.seenBy(audience)) leaving.add(key)
    for (const record of page.records) if (isDeparted(record)) leaving.add(keyOf(record.c, record.r))
    return leaving
  }

  /** Segments that hold something which may no longer be on the disk. */
  #tainted(coming: Map<string, WireRecord>, leaving: Set<string>): Set<number> {
    const wanted = new Set(leaving)
    for (const [key, record] of coming) {
      const held = this.#held.copy(key)
      if (held && this.#takesAway(held.record, record)) wanted.add(key)
    }
    return this.#held.segmentsOf(wanted)
  }

  /** Whether an older copy says anything that the newer one no longer lets this reader know. */
  #takesAway(older: WireRecord, newer: WireRecord): boolean {
    if (older.a.some((audience) => !newer.a.includes(audience))) return true
    for (const [field, value] of Object.entries(older.f)) {
      const now = newer.f[field]
      if (now === undefined) return true
      if (!equal(value, now) && this.#holdsWords(older.c, field)) return true
    }
    for (const [field, losers] of Object.entries(older.k)) {
      if (!this.#holdsWords(older.c, field)) continue
      const left = newer.k[field] ?? []
      if (losers.some((loser) => !left.some((it) => equal(it.value, loser.value)))) return true
    }
    return false
  }

  /** Fields whose older values may have had to go: whatever can be redacted, and what is not known here. */
  #holdsWords(c: string, field: string): boolean {
    const kind = this.#kinds.field(c, field)
    return !kind || kind.redactable === true || kind.kind === 'log' || kind.kind === 'narrow'
  }

  async #write(coming: Map<string, WireRecord>, leaving: Set<string>, tainted: Set<number>): Promise<Written> {
    const without = new Set([...leaving, ...coming.keys()])
    const written: Written = { put: [], gone: [], placed: new Map() }
    for (const id of tainted) {
      const left = this.#held.recordsIn(id, without)
      written.placed.set(id, left)
      if (left.length) written.put.push(await this.#seal(id, left))
      else written.gone.push(id)
    }
    if (coming.size) {
      const id = this.#held.nextSegment
      const records = [...coming.values()]
      written.placed.set(id, records)
      written.put.push(await this.#seal(id, records))
    }
    return written
  }

  async #seal(id: number, records: WireRecord[]): Promise<Segment> {
    return { id, box: await lock(this.#lock, placeOf(id), toUtf8(JSON.stringify(records)), this.#world.random) }
  }

  #clear(): void {
    this.#held.clear()
    this.#broken = false
    this.#reading = NOTHING_READ
  }
}

function parts(key: string): { c: string; r: string } {
  const [c = '', r = ''] = key.split('/')
  return { c, r }
}
