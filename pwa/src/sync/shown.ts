/**
 * Records as screens see them: the server's with this device's own ops laid over. Each is worked out once and kept
 * until it changes, and lists are told of changes together, so that a first read of many pages does not work out the
 * same list for each of them.
 */
import type { Kinds } from './kinds'
import { Worked } from './live'
import type { Outbox } from './outbox'
import { lay } from './overlay'
import type { Replica } from './replica'
import type { Live, Rec } from './types'
import type { World } from './world'

const SOON = 16

export interface Sources {
  outbox: Outbox
  replica: Replica
  member: string
}

export class ShownRecords {
  readonly #world: World
  readonly #kinds: Kinds
  #sources: Sources | null = null
  readonly #worked = new Map<string, Rec | undefined>()
  readonly #lists = new Map<string, Worked<Rec[]>>()
  readonly #singles = new Map<string, Worked<Rec | undefined>>()
  readonly #staleLists = new Set<string>()
  readonly #staleSingles = new Set<string>()
  #telling = false
  #cost = 0

  constructor(world: World, kinds: Kinds) {
    this.#world = world
    this.#kinds = kinds
  }

  /** Where records come from now; null when this browser is nobody. */
  from(sources: Sources | null): void {
    this.#sources = sources
    this.all()
  }

  /** Everything may have changed. */
  all(): void {
    this.#worked.clear()
    for (const c of this.#lists.keys()) this.#staleLists.add(c)
    for (const key of this.#singles.keys()) this.#staleSingles.add(key)
    this.#tell()
  }

  touched(records: Iterable<{ c: string; r: string }>): void {
    for (const { c, r } of records) {
      this.#worked.delete(`${c}/${r}`)
      if (this.#lists.has(c)) this.#staleLists.add(c)
      if (this.#singles.has(`${c}/${r}`)) this.#staleSingles.add(`${c}/${r}`)
    }
    this.#tell()
  }

  list(c: string): Live<Rec[]> {
    const held = this.#lists.get(c) ?? new Worked(() => this.#list(c))
    this.#lists.set(c, held)
    return held
  }

  one(c: string, r: string): Live<Rec | undefined> {
    const key = `${c}/${r}`
    const held = this.#singles.get(key) ?? new Worked(() => this.#rec(c, r))
    this.#singles.set(key, held)
    return held
  }

  #rec(c: string, r: string): Rec | undefined {
    const key = `${c}/${r}`
    if (this.#worked.has(key)) return this.#worked.get(key)
    const rec = this.#work(c, r)
    this.#worked.set(key, rec)
    return rec
  }

  #work(c: string, r: string): Rec | undefined {
    if (!this.#sources) return undefined
    const { outbox, replica, member } = this.#sources
    const under = replica.get(c, r)
    const ops = outbox.over(c, r)
    if (!ops.length) return under && { c, r, v: under.v, f: under.f, k: under.k, pending: false }
    const shown = lay(c, under, ops, this.#kinds, { member })
    return shown && { c, r, ...shown, pending: true }
  }

  #list(c: string): Rec[] {
    if (!this.#sources) return []
    const { outbox, replica } = this.#sources
    const recs: Rec[] = []
    for (const { r } of replica.collection(c)) {
      const rec = this.#rec(c, r)
      if (rec) recs.push(rec)
    }
    recs.sort((a, b) => a.v - b.v)
    // What was made here and has not come back is the newest of all, in the order of its making.
    const made = new Set<string>()
    for (const op of outbox.laidOver()) if (op.c === c && op.r && !replica.get(c, op.r)) made.add(op.r)
    for (const r of made) {
      const rec = this.#rec(c, r)
      if (rec) recs.push(rec)
    }
    return recs
  }

  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    this.#world.after(Math.max(SOON, this.#cost * 4), () => {
      this.#telling = false
      const began = this.#world.now()
      for (const key of take(this.#staleSingles)) this.#singles.get(key)?.stale()
      for (const c of take(this.#staleLists)) this.#lists.get(c)?.stale()
      this.#cost = Math.min(250, this.#world.now() - began)
    })
  }
}

function take(set: Set<string>): string[] {
  const all = [...set]
  set.clear()
  return all
}
