/**
 * What is said to the server and what its frames do here, the same over a socket and over HTTP: the join of outbox
 * and replica. Nothing in here waits on the network.
 */
import type { Outbox } from './outbox'
import type { Replica, Stored } from './replica'
import type { Row, Store, Tx } from './store'
import { isTrouble } from './trouble'
import type { Tokens } from './identity'
import type { Changes, Welcome } from './wire'
import type { World } from './world'

/** What comes of a page. */
export type PageOutcome =
  | 'stored'
  | 'anew' // it does not follow what is held: connect again from the cursor that is
  | 'astray' // a sum is off: connect again and say so
  | 'full' // no room: go on without reading

export interface Parts {
  world: World
  store: Store
  outbox: Outbox
  replica: Replica
  tokens: Tokens
  /** Whether the browser granted persistent storage. */
  persisted: () => boolean
  /** Tells the screen and the other tabs what a page did. */
  onStored: (stored: Stored) => void
  onWelcome: (welcome: Welcome) => void
}

const SCHEMA = 1

export class Conversation {
  readonly parts: Parts
  /** Audiences to be read again from their beginning, named in the next `hello`. */
  again: string[] = []
  /** The code of the last trouble, for the desk to see. */
  trouble: string | null = null
  /** When the server last said anything, in milliseconds; 0 where it has not yet. A portal's page is nothing that it said. */
  heardAt = 0
  /** True while there is no room for what the server sends: only what is handed in goes. */
  pushOnly = false
  #epoch = ''
  /** What has a lower number was acked when this connection began. */
  #from = 0

  constructor(parts: Parts) {
    this.parts = parts
  }

  hello(copied = false): { [key: string]: unknown } {
    const { world, outbox, replica, persisted } = this.parts
    const { ops, oldest } = outbox.waiting
    const { epoch, cursor } = replica.reading
    const reads = !this.pushOnly && !copied
    this.#from = outbox.from
    return {
      app: world.app,
      schema: SCHEMA,
      epoch: cursor === null ? null : epoch,
      ...(reads ? { cursor } : {}),
      now: new Date(world.now()).toISOString(),
      holds: { ops, oldest: oldest === null ? null : new Date(oldest).toISOString(), persisted: persisted(), trouble: this.trouble },
      ...(reads && this.again.length ? { again: this.again } : {}),
      ...(copied ? { copied: true } : {}),
    }
  }

  /** False where this device was set back or copied: nothing may go under its numbers any more. */
  async welcome(welcome: Welcome): Promise<boolean> {
    const { outbox, tokens, world } = this.parts
    tokens.heard(welcome.now)
    this.heardAt = world.now()
    this.#epoch = welcome.epoch
    if (outbox.isCopied(welcome)) return false
    await outbox.welcome(welcome)
    await outbox.prune()
    this.again = []
    this.parts.onWelcome(welcome)
    return true
  }

  /** On the open line: role, audiences or the sealing key have changed. */
  async welcomeAgain(welcome: Welcome): Promise<void> {
    await this.parts.outbox.welcome(welcome)
    this.parts.onWelcome(welcome)
  }

  async page(page: Changes): Promise<PageOutcome> {
    const { replica, outbox, store } = this.parts
    const changed: Row[] = []
    let stored: Stored | null
    try {
      stored = await replica.store(page, this.#epoch, async (tx) => {
        changed.push(...(await this.#news(tx, page)))
      })
    } catch (cause) {
      if (!isTrouble(cause)) throw cause
      this.trouble = cause.code
      if (cause.code !== 'storage_full') throw cause
      this.pushOnly = true
      return 'full'
    }
    if (!stored) return 'anew'
    await outbox.take(changed)
    if (!page.more) await this.#liftMissing(store, stored.ended)
    this.parts.onStored(stored)
    if (!page.more && page.sums && (await this.#check(page.sums))) return 'astray'
    return 'stored'
  }

  /** Lifts what has come back already: an answer may be slower than the change that it made. */
  async liftReturned(): Promise<void> {
    const { outbox, replica, store } = this.parts
    const back = [...outbox.laidOver()].filter((op) => op.seq !== null && replica.version(op.c, op.r) >= op.seq)
    await this.#lift(store, back.map((op) => op.n))
  }

  async reset(): Promise<void> {
    this.parts.onStored(await this.parts.replica.reset(this.#epoch))
  }

  async tidyUp(): Promise<void> {
    const merged = await this.parts.replica.merge()
    if (merged) this.parts.onStored(merged)
  }

  /** What a page does to this device's own ops, in the transaction that stores it. */
  async #news(tx: Tx, page: Changes): Promise<Row[]> {
    const { outbox } = this.parts
    const changed: Row[] = []
    const back: number[] = []
    for (const record of page.records) {
      if (!outbox.has(record.c, record.r)) continue
      const departed = 'departed' in record ? record.departed : null
      if (departed === 'gone') changed.push(...(await outbox.forget(tx, record.c, record.r)))
      else if (!departed) changed.push(...(await outbox.mended(tx, record.c, record.r)))
      // An op that waits on the server has no seq to wait for: the next news of its record is its own.
      for (const op of outbox.over(record.c, record.r)) if (op.acked && (departed || (op.seq ?? 0) <= record.v)) back.push(op.n)
    }
    const emptied = new Set(changed.map((row) => row.n))
    changed.push(...(await outbox.lift(tx, back.filter((n) => !emptied.has(n)))))
    return changed
  }

  /**
   * An acked op whose record did not come is for others to see: all of them after a whole first read, later those that
   * were acked before this connection began, since what comes over it is newer than that.
   */
  async #liftMissing(store: Store, ended: boolean): Promise<void> {
    const { outbox, replica } = this.parts
    const missing = [...outbox.laidOver()].filter((op) => op.acked && (ended || (op.seq && op.n < this.#from)) && !replica.get(op.c, op.r))
    await this.#lift(store, missing.map((op) => op.n))
  }

  async #lift(store: Store, numbers: number[]): Promise<void> {
    if (!numbers.length) return
    const rows = await store.write(['outbox'], 'relaxed', (tx) => this.parts.outbox.lift(tx, numbers))
    await this.parts.outbox.take(rows)
  }

  async #check(sums: { [audience: string]: string }): Promise<boolean> {
    const { replica } = this.parts
    const due: string[] = []
    for (const audience of await replica.astray(sums)) {
      this.trouble = 'sums'
      if (await replica.readAgain(audience)) due.push(audience)
    }
    this.again = due
    return due.length > 0
  }
}
