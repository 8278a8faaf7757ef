/**
 * Records as screens see them: the server's with this device's own ops laid over. Lists are told of changes together,
 * so that a first read of many pages does not work out the same list for each of them.
 */
import type { Kinds } from './kinds'
import { Listed } from './listed'
import { Worked } from './live'
import type { Outbox } from './outbox'
import { lay } from './overlay'
import type { Replica } from './replica'
import type { Live, Rec } from './types'
import type { World } from './world'

/** A change is told so soon, in milliseconds; at leisure, after four times as long as telling the last one took. */
const SOON = 16
const MOST = 100

export interface Sources {
  outbox: Outbox
  replica: Replica
  member: string
}

export class ShownRecords {
  readonly #world: World
  readonly #kinds: Kinds
  #sources: Sources | null = null
  /** Records that something of this device lies over: each is worked out once, and kept until it changes. */
  readonly #laid = new Map<string, Rec | undefined>()
  readonly #lists = new Map<string, Worked<Rec[]>>()
  /** The received records of each list, and which records have changed since it was last worked out. */
  readonly #listed = new Map<string, { received: Listed; changed: Set<string> }>()
  readonly #singles = new Map<string, Worked<Rec | undefined>>()
  readonly #staleLists = new Set<string>()
  readonly #staleSingles = new Set<string>()
  /** When the next telling is due; Infinity where none is. */
  #due = Infinity
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
    this.#laid.clear()
    this.#listed.clear()
    for (const c of this.#lists.keys()) this.#staleLists.add(c)
    for (const key of this.#singles.keys()) this.#staleSingles.add(key)
    this.#tell(SOON)
  }

  /** What comes in many pages is told when there is time; whatever somebody does here, at once. */
  touched(records: Iterable<{ c: string; r: string }>, at: 'once' | 'leisure' = 'once'): void {
    for (const { c, r } of records) {
      if (this.#laid.size) this.#laid.delete(`${c}/${r}`)
      this.#listing(c).changed.add(r)
      if (this.#lists.has(c)) this.#staleLists.add(c)
      if (this.#singles.size && this.#singles.has(`${c}/${r}`)) this.#staleSingles.add(`${c}/${r}`)
    }
    this.#tell(at === 'once' ? SOON : Math.max(SOON, this.#cost * 4))
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

  /** What is received is shown as it is held, where nothing lies over it. */
  #rec(c: string, r: string): Rec | undefined {
    if (!this.#sources) return undefined
    const { outbox, replica, member } = this.#sources
    const under = replica.get(c, r)
    const ops = outbox.over(c, r)
    if (!ops.length) return under
    const key = `${c}/${r}`
    if (!this.#laid.has(key)) {
      const shown = lay(c, under, ops, this.#kinds, { member })
      this.#laid.set(key, shown && { c, r, ...shown, pending: true })
    }
    return this.#laid.get(key)
  }

  #list(c: string): Rec[] {
    if (!this.#sources) return []
    const { outbox, replica } = this.#sources
    const received = this.#brought(c)
    // What was made here and has not come back is the newest of all, in the order of its making.
    const made = new Set<string>()
    for (const op of outbox.laidOver()) if (op.c === c && op.r && !replica.get(c, op.r)) made.add(op.r)
    return received.all([...made].flatMap((r) => this.#rec(c, r) ?? []))
  }

  /** The received records of a collection in order, with what has changed by now. */
  #brought(c: string): Listed {
    const { received, changed } = this.#listing(c)
    received.put(changed, (r) => this.#sources?.replica.get(c, r) && this.#rec(c, r))
    changed.clear()
    return received
  }

  #listing(c: string): { received: Listed; changed: Set<string> } {
    const held = this.#listed.get(c) ?? { received: new Listed(), changed: new Set(Array.from(this.#sources?.replica.collection(c) ?? [], ({ r }) => r)) }
    this.#listed.set(c, held)
    return held
  }

  #tell(wait: number): void {
    const due = this.#world.now() + wait
    if (this.#due <= due) return
    this.#due = due
    this.#world.after(wait, () => {
      if (this.#due !== due) return // sooner, by then
      this.#due = Infinity
      const began = this.#world.now()
      // Also where nobody looks yet: whoever comes to look at very many need not wait until all are in order.
      for (const c of this.#listed.keys()) this.#brought(c)
      for (const key of take(this.#staleSingles)) this.#singles.get(key)?.stale()
      for (const c of take(this.#staleLists)) this.#lists.get(c)?.stale()
      // Screens work out what they make of it right behind this, so that is counted too.
      this.#world.after(0, () => (this.#cost = Math.min(MOST, this.#world.now() - began)))
    })
  }
}

function take(set: Set<string>): string[] {
  const all = [...set]
  set.clear()
  return all
}
