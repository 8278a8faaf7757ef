/**
 * A device whose PIN is unsaid, behind the same door as an open one (types.ts). Sealing, signing and handing in need no
 * secret that lies under the PIN, so they go on; what else is kept is dropped through a slot (drop.ts) and taken in when
 * the PIN is said. It reads nothing of what was kept before.
 */
import { handInAlone } from './alone'
import { toUtf8 } from './bytes'
import { Drop } from './drop'
import { newId } from './ids'
import type { Kinds } from './kinds'
import { current } from './lives'
import { Value } from './live'
import { Outbox } from './outbox'
import { asidePlace, type Aside, type AsideItem, type Begun, type Ready } from './ready'
import { newReceipt } from './receipt'
import { Store } from './store'
import { Tabs } from './tabs'
import { isTrouble, trouble } from './trouble'
import type { Change, Earshot, HandedIn, Json, Line, Live, Me, Rec } from './types'
import type { World } from './world'

const TRY_AGAIN = 20_000

export class LockedEarshot implements Earshot {
  readonly locked = true
  readonly me: Live<Me | null>
  readonly line = new Value<Line>({ kind: 'no-signal', waiting: 0, last: null })
  readonly persisted = new Value<boolean | null>(null)
  readonly handedIn = new Value<HandedIn[]>([])
  readonly complete = new Value(true)
  /** What was being written before stays under the PIN; this is what is written now. */
  readonly draft: Earshot['draft']
  readonly pocket = nothing
  readonly owed = nothing

  readonly #world: World
  readonly #kinds: Kinds
  readonly #store: Store
  readonly #tabs: Tabs
  readonly #drop: Drop
  readonly #ready: Ready
  readonly #outbox: Outbox
  #draft: { at: number | null; value: Json } = { at: null, value: null }
  #handing: Promise<void> | null = null
  #more = false
  /** Since when the server has all that may go; null where it was not reached. */
  #together: Date | null = null
  #again: () => void = () => undefined
  #closed = false
  /** Runs when this phone is nobody's any more: it was revoked meanwhile. */
  onGone: () => unknown = () => undefined

  private constructor(world: World, kinds: Kinds, store: Store, parts: { drop: Drop; ready: Ready; outbox: Outbox }) {
    this.#world = world
    this.#kinds = kinds
    this.#store = store
    this.#drop = parts.drop
    this.#ready = parts.ready
    this.#outbox = parts.outbox
    this.me = new Value<Me | null>(parts.ready.me)
    this.#tabs = new Tabs(world)
    this.#tabs.onTell = ({ tell }) => {
      if (tell === 'life' || tell === 'locked') void this.#refresh()
    }
    this.#outbox.onChange = () => this.#show()
    this.draft = { load: async () => this.#draft.value, keep: (value) => this.#keepDraft(value) }
    world.watch((what) => {
      if (what === 'online' || what === 'visible') void this.handIn()
    })
  }

  /** Null where there is no PIN, or nobody's phone. */
  static async open(world: World, kinds: Kinds): Promise<LockedEarshot | null> {
    const store = new Store(world)
    const [pin, ready, lives] = await Promise.all([store.single('pin'), store.single('ready'), store.lives()])
    const life = current(lives)
    if (!pin || !ready || !life?.me) {
      await store.close()
      return null
    }
    const drop = new Drop(pin.drop)
    const outbox = await Outbox.open(store, world, kinds, drop, life, ready.me)
    const device = new LockedEarshot(world, kinds, store, { drop, ready, outbox })
    device.#show()
    void device.handIn()
    return device
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#again()
    this.#tabs.close()
    await this.#handing?.catch(() => undefined)
    await this.#store.close()
  }

  /**
   * Hands in what is sealed, as the service worker does, and asks whether this phone is still its owner's. Resolves when
   * that is over, one way or the other; what is saved meanwhile goes right after.
   */
  handIn(): Promise<void> {
    this.#more = true
    this.#handing ??= this.#handInAll().finally(() => (this.#handing = null))
    return this.#handing
  }

  async #handInAll(): Promise<void> {
    while (this.#more && !this.#closed) {
      this.#more = false
      await this.#handIn().catch((cause: unknown) => {
        // Storage that fails now may not fail in a while.
        if (!isTrouble(cause)) throw cause
        this.#soon(TRY_AGAIN)
      })
    }
  }

  async #handIn(): Promise<void> {
    await this.#outbox.letGo()
    const reached = await handInAlone(this.#world, true).catch(() => false)
    this.#together = reached ? new Date(this.#world.now()) : null
    await this.#refresh()
    const soonest = this.#outbox.holdEnds
    if (this.#outbox.waiting.ops > 0) this.#soon(soonest === null ? TRY_AGAIN : Math.min(TRY_AGAIN, Math.max(0, soonest - this.#world.now()) + 1_000))
  }

  #soon(wait: number): void {
    this.#again()
    if (!this.#closed) this.#again = this.#world.after(wait, () => void this.handIn())
  }

  async #refresh(): Promise<void> {
    if (this.#closed) return
    const lives = await this.#store.lives()
    if (this.#closed) return
    if (!current(lives)?.me || !(await this.#store.single('pin'))) return void this.onGone()
    await this.#outbox.refresh()
    this.#show()
  }

  #show(): void {
    this.handedIn.set(this.#outbox.handedIn())
    const { ops, held } = this.#outbox.waiting
    const { touched } = this.#outbox.life
    const last = touched ? new Date(touched) : null
    const line: Line = !this.#together ? { kind: 'no-signal', waiting: ops, last } : ops > held ? { kind: 'handing-in', waiting: ops - held } : { kind: 'together', since: this.#together }
    if (JSON.stringify(line) !== JSON.stringify(this.line.now)) this.line.set(line)
  }

  // What lies open

  /** The visit that runs. */
  get begun(): Begun | null {
    return this.#ready.visit
  }

  records(collection: string): Live<Rec[]> {
    const begun = this.#ready.visit
    if (collection !== 'visit') return new Value(this.#ready.records.filter((it) => it.c === collection))
    if (!begun) return new Value<Rec[]>([])
    const f = { service: begun.service, method: begun.method, status: 'running', spoken: 0, declined: 0 }
    return new Value<Rec[]>([{ c: 'visit', r: begun.r, v: 1, f, k: {} }])
  }

  record(collection: string, id: string): Live<Rec | undefined> {
    return new Value(this.#ready.records.find((it) => it.c === collection && it.r === id))
  }

  newId(collection: string): string {
    return newId(collection, this.#world.now(), this.#world.random)
  }

  newReceipt(): string {
    return newReceipt(this.#world.random)
  }

  // What may be said

  /**
   * Makes records, takes them back, and counts in the running visit. How far that was counted nobody can read now, so
   * that what is set here is what came since, and is added when the PIN is said.
   */
  async save(changes: Change[], options: Parameters<Earshot['save']>[1] = {}): Promise<HandedIn[]> {
    const [only] = changes
    if (changes.length === 1 && only?.c === 'visit' && only.r === this.#ready.visit?.r && only.set) {
      await this.#aside({ taps: { visit: only.r, set: only.set } })
      if (options.finishes) await this.#keepDraft(null)
      return []
    }
    for (const change of changes) {
      const unfit = this.#kinds.unfit(change, true)
      if (!change.withdraw && unfit) throw Object.assign(trouble(unfit.code), { field: unfit.field })
    }
    const saved = await this.#outbox.save(changes, () => 0, options)
    if (options.finishes) await this.#keepDraft(null)
    this.#show()
    void this.handIn()
    return saved
  }

  async takeBack(item: HandedIn): Promise<void> {
    if (!(await this.#outbox.takeBack(item.n))) await this.#outbox.save([{ c: item.c, r: item.r, withdraw: true }], () => 0)
    this.#show()
    void this.handIn()
  }

  async putAway(item: HandedIn): Promise<void> {
    await this.#outbox.putAway(item.n)
    this.#show()
  }

  async drafting(): Promise<boolean> {
    return this.#draft.value !== null
  }

  async #keepDraft(value: Json): Promise<void> {
    const at = await this.#aside(value === null ? null : { draft: value }, this.#draft.at)
    this.#draft = { at: value === null ? null : at, value }
  }

  /** Drops an item through the slot, in place of an earlier one; null drops nothing, and takes that one away. Gives its number. */
  async #aside(item: AsideItem | null, instead: number | null = null): Promise<number> {
    for (;;) {
      const at = (await this.#store.single('aside'))?.next ?? 0
      const box = item && (await this.#drop.seal(asidePlace(at), toUtf8(JSON.stringify(item))))
      const stored = await this.#store.write(['single'], 'strict', async (tx) => {
        const held = ((await tx.get('single', 'aside')) as Aside | undefined) ?? { next: 0, items: [] }
        // Another tab has used this number meanwhile.
        if (held.next !== at) return false
        const items = held.items.filter((it) => it.at !== instead)
        await tx.put('single', { next: at + 1, items: box ? [...items, { at, box }] : items }, 'aside')
        return true
      })
      if (stored) return at
    }
  }

  // What needs the PIN

  enrol = refused
  lookUp = refused
  speak = refused
  rescue = refused
  erase = refused
  askToKeep = (): Promise<boolean | null> => Promise.resolve(null)
}

const refused = (): Promise<never> => Promise.reject(trouble('locked'))
const nothing: Earshot['draft'] = { load: () => Promise.resolve(null), keep: refused }
