/**
 * What this device has said, by number, from the moment it is saved until it is safe on the server and 35 days longer.
 *
 * Promises: a number is given once, without gaps, in the transaction that stores its op; when `save` resolves, the op
 * is on disk; what is sealed can't be read here again; what was taken back before it went never goes.
 */
import { fromUtf8, toUtf8 } from './bytes'
import { Kept, type Flying } from './kept'
import type { Kinds } from './kinds'
import { hourOf } from './lives'
import { unlock, type Lock } from './lock'
import type { LaidOp } from './overlay'
import { place, voidRow, voidText } from './row'
import { hurries, rowOf, tidyChange, type Saving } from './saying'
import { sealedOp } from './seal'
import { isCopied, markSent } from './sending'
import type { Life, Row, Store, Tx } from './store'
import { trouble } from './trouble'
import type { Change, HandedIn, Me } from './types'
import type { Ack, Welcome } from './wire'
import type { World } from './world'

const DAY = 86_400_000
const KEEP_AFTER_SAFE = 35 * DAY

/** Some ops as they go into one frame, in order. */
export interface Batch {
  first: number
  last: number
  ops: string[]
}

export class Outbox {
  readonly #store: Store
  readonly #world: World
  readonly #kinds: Kinds
  readonly #lock: Lock
  readonly #kept: Kept
  #life: Life
  #me: Me
  /** Numbers that are on the wire now. */
  #flying: Flying | null = null

  /** One save after the other: within a tab none of them has to seal twice. */
  #saves: Promise<unknown> = Promise.resolve()

  /** Called after each change, with the records that it touches, and whether it was made in this tab. */
  onChange: (touched: { c: string; r: string }[], here: boolean) => void = () => undefined

  private constructor(store: Store, world: World, kinds: Kinds, key: Lock, life: Life, me: Me) {
    this.#store = store
    this.#world = world
    this.#kinds = kinds
    this.#lock = key
    this.#kept = new Kept(key, world.now())
    this.#life = life
    this.#me = me
  }

  static async open(store: Store, world: World, kinds: Kinds, key: Lock, life: Life, me: Me): Promise<Outbox> {
    const outbox = new Outbox(store, world, kinds, key, life, me)
    await outbox.#kept.take(await store.rows(life.life))
    return outbox
  }

  get life(): Life {
    return this.#life
  }

  set me(me: Me) {
    this.#me = me
  }

  // Saving

  /** Resolves when the changes are on disk. Throws a `Trouble`, and then nothing of them is. */
  save(changes: Change[], base: (c: string, r: string) => number, saving: Saving = {}): Promise<HandedIn[]> {
    const saved = this.#saves.catch(() => undefined).then(() => this.#save(changes, base, saving))
    this.#saves = saved
    return saved
  }

  async #save(changes: Change[], base: (c: string, r: string) => number, saving: Saving): Promise<HandedIn[]> {
    const now = this.#world.now()
    const tidied = changes.map((change) => tidyChange(change))
    for (;;) {
      const life = this.#life
      const rows: Row[] = []
      const saying = { world: this.#world, kinds: this.#kinds, key: this.#lock, me: this.#me, life, now, saving }
      let hurry = false
      for (const change of tidied) {
        const seen = base(change.c, change.r)
        const makes = seen === 0 && !this.#kept.about(change.c, change.r).length
        rows.push(await rowOf(saying, life.next + rows.length, change, { base: seen, makes }))
        hurry ||= hurries(change, makes, this.#kinds)
      }
      const stored = await this.#store.write(['lives', 'outbox', 'single'], 'strict', async (tx) => {
        const fresh = await freshLife(tx, life.life)
        // Another tab has given this number meanwhile: seal again for the next one.
        if (fresh.next !== life.next) return { life: fresh, rows: null }
        const changed = [...rows]
        if (hurry) changed.push(...(await this.#endHolds(tx)))
        for (const change of tidied) if (change.withdraw) changed.push(...(await this.forget(tx, change.c, change.r)))
        const after = { ...fresh, next: fresh.next + rows.length }
        for (const row of rows) await tx.put('outbox', row)
        await tx.put('lives', after)
        if (saving.again) await tx.delete('outbox', saving.again.row)
        if (saving.finishes) await tx.delete('single', 'draft')
        return { life: after, rows: changed }
      })
      this.#life = stored.life
      if (!stored.rows) {
        await this.refresh()
        continue
      }
      await this.take(stored.rows)
      return this.#shown(rows.map((row) => row.n))
    }
  }

  async #endHolds(tx: Tx): Promise<Row[]> {
    const held = this.#kept.rows().filter((row) => row.held > 0).map((row) => row.n)
    return this.#patch(tx, held, (row) => ({ ...row, held: 0, latest: 0 }))
  }

  /**
   * What was held long enough stands as free on disk: whoever hands in without this page, and without the PIN, cannot
   * tell when a hold began.
   */
  async letGo(): Promise<void> {
    const now = this.#world.now()
    const over = this.#kept.rows().filter((row) => row.held > 0 && !row.sent && this.#kept.heldUntil(row, now) === null)
    if (over.length) await this.#change(over.map((row) => row.n), (row) => ({ ...row, held: 0, latest: 0 }))
  }

  // Taking back

  /**
   * Voids what is still held here, and says whether that was done: false when any of it has gone already, so that
   * only a `withdraw` can bring it back.
   */
  async takeBack(n: number): Promise<boolean> {
    const label = this.#kept.get(n)?.label
    if (!label) return true
    const now = this.#world.now()
    const numbers = this.#kept.about(label.c, label.r).map((it) => it.row.n)
    const rows = await this.#store.write(['outbox'], 'strict', async (tx) => {
      const all = await Promise.all(numbers.map((it) => tx.get('outbox', [this.#life.life, it])))
      if (!all.every((row) => row && this.#kept.heldUntil(row, now) !== null)) return null
      const voided = all.filter((row) => row !== undefined).map(voidRow)
      for (const row of voided) await tx.put('outbox', row)
      return voided
    })
    if (rows) await this.take(rows)
    return rows !== null
  }

  /** Its owner has seen why an op needs a look: nothing of it is to be shown any more. */
  async putAway(n: number): Promise<void> {
    await this.#change([n], (row) => ({ ...row, label: null }))
  }

  /**
   * A record that has come: the desk has mended the refused op that makes it, where there is one. Runs in the
   * transaction that stores the news, as `forget` does.
   */
  async mended(tx: Tx, c: string, r: string): Promise<Row[]> {
    // One that waits is laid over its record still; the id of one that was taken is another's.
    const making = this.#kept.about(c, r).filter((it) => it.row.problem && !it.row.laid && it.row.problem.code !== 'id_taken' && it.label?.does === 'make')
    return this.#patch(tx, making.map((it) => it.row.n), (row) => ({ ...row, status: 'applied', problem: null }))
  }

  /**
   * A record that is withdrawn: its ops here are emptied, and those that the server has not got go as voids. Runs in
   * the transaction that stores the news; `take` what it gives, afterwards.
   */
  async forget(tx: Tx, c: string, r: string): Promise<Row[]> {
    if (!r) return []
    return this.#patch(tx, this.#kept.about(c, r).filter((it) => it.label?.does !== 'withdraw').map((it) => it.row.n), voidRow)
  }

  // The wire

  /** How many ops wait, how many of them are held back, and since when. */
  get waiting(): { ops: number; held: number; oldest: number | null } {
    const now = this.#world.now()
    const all = this.#kept.all().filter((it) => it.row.n > this.#life.acked && !it.row.empty && !it.row.aside)
    const times = all.map((it) => it.label?.made ?? now)
    const held = all.filter((it) => this.#kept.heldUntil(it.row, now) !== null).length
    return { ops: all.length, held, oldest: times.length ? times.reduce((a, b) => Math.min(a, b)) : null }
  }

  /** When the next hold ends, in milliseconds; null where nothing is held. */
  get holdEnds(): number | null {
    const now = this.#world.now()
    const ends = this.#kept.rows().map((row) => this.#kept.heldUntil(row, now)).filter((until) => until !== null)
    return ends.length ? Math.min(...ends) : null
  }

  /** Where the next push begins: at what the server lacks, or lower where its answer was lost on the way. */
  get from(): number {
    let from = this.#life.acked + 1
    for (const row of this.#kept.rows()) if (row.sent && !row.empty && !row.aside && !row.status) from = Math.min(from, row.n)
    return from
  }

  /** The next ops for one frame, marked as sent; null where nothing may go now. */
  async batch(from: number, most: { ops: number; bytes: number }): Promise<Batch | null> {
    const now = this.#world.now()
    const end = this.#life.next - 1
    if (from > end) return null
    const rows = new Map((await this.#store.rows(this.#life.life, from, Math.min(end, from + most.ops - 1))).map((row) => [row.n, row]))
    const ops: string[] = []
    const marks: number[] = []
    let n = from
    let bytes = 32
    for (; n <= end && n < from + most.ops; n++) {
      const row = rows.get(n)
      if (row && this.#kept.heldUntil(row, now) !== null) break
      const text = (row && (await this.#text(row))) ?? voidText(n)
      const length = toUtf8(text).length + 1
      if (ops.length && bytes + length > most.bytes) break
      ops.push(text)
      bytes += length
      if (row?.body && !row.sent) marks.push(n)
    }
    if (!ops.length) return null
    if (marks.length && !(await this.#markSent(marks))) return this.batch(from, most)
    return { first: from, last: n - 1, ops }
  }

  /** The op as it stands in a frame; null where nothing is held under its number any more. */
  async #text(row: Row): Promise<string | null> {
    if (row.body && !row.aside) {
      try {
        if (row.form === 'sealed') return sealedOp(row.n, row.key, row.body)
        return fromUtf8(await unlock(this.#lock, place(row.life, row.n), row.body))
      } catch {
        // A row that can't be read any more stops nothing behind it.
      }
    }
    return null
  }

  async #markSent(numbers: number[]): Promise<boolean> {
    const rows = await markSent(this.#store, this.#life.life, numbers)
    if (rows) await this.take(rows)
    else await this.refresh()
    return rows !== null
  }

  /** What is on the wire now, for the screen. */
  fly(batch: Batch | null): void {
    const before = this.#flying
    this.#flying = batch && { first: batch.first, last: batch.last }
    const range = batch ?? before
    if (range) this.onChange([], false)
  }

  /** Whether the server holds, under this device's numbers, something that this device never put there. */
  isCopied(welcome: Welcome): boolean {
    return isCopied(this.#kept.rows(), this.#life.next, welcome)
  }

  /** Takes over how far the server is: also backwards, after a restore. */
  async welcome(welcome: Welcome): Promise<void> {
    await this.#settle(welcome, [], welcome)
  }

  /** The server expects this number next, whatever it said before. */
  async rewind(expected: number): Promise<void> {
    await this.#settle({ acked: expected - 1, safe: Math.min(this.#life.safe, expected - 1) }, [], null)
  }

  /** Takes in an `ack`. */
  async ack(ack: Ack): Promise<void> {
    await this.#settle(ack, ack.results, null)
  }

  async #settle(to: { acked: number; safe: number }, results: Ack['results'], welcome: Welcome | null): Promise<void> {
    const now = this.#world.now()
    const byN = new Map(results.map((result) => [result.n, result]))
    const numbers = this.#kept
      .rows()
      .filter((row) => byN.has(row.n) || (row.n > to.acked && (row.status || row.safeAt)) || (row.n <= to.safe && !row.safeAt) || (row.n > to.safe && row.safeAt))
      .map((row) => row.n)
    const done = await this.#store.write(['lives', 'outbox'], 'strict', async (tx) => {
      const fresh = await freshLife(tx, this.#life.life)
      const life: Life = { ...fresh, acked: to.acked, safe: to.safe, backed: welcome?.backed ?? fresh.backed, intake: welcome?.intake ?? fresh.intake, touched: hourOf(now) }
      const rows = await this.#patch(tx, numbers, (row) => {
        const result = byN.get(row.n)
        const next = { ...row, safeAt: row.n <= to.safe ? row.safeAt || dayAfter(now) : 0 }
        if (row.n > to.acked) return { ...next, status: null, seq: null, problem: null, laid: row.body !== null && !row.aside }
        if (!result) return next
        const refused = result.problem !== null && result.problem.code !== 'early'
        return { ...next, status: result.status, seq: result.seq, problem: result.problem, laid: next.laid && !refused }
      })
      await tx.put('lives', life)
      return { life, rows }
    })
    this.#life = { ...done.life, touched: now }
    await this.#taken(done.rows, true)
  }

  /** Sets aside an op that the server takes no frame with: shown, kept, and voided on the wire. */
  async setAside(n: number, code: string): Promise<void> {
    await this.#change([n], (row) => ({ ...row, aside: code, laid: false }))
  }

  /** Lifts ops that have come back in their records; runs in the transaction that stores these. */
  async lift(tx: Tx, numbers: number[]): Promise<Row[]> {
    return this.#patch(tx, numbers, (row) => ({ ...row, laid: false }))
  }

  /** Removes what has been safe for 35 days; the last acked one stays, emptied, for its hash. */
  async prune(): Promise<void> {
    const now = this.#world.now()
    const old = this.#kept.rows().filter((row) => row.safeAt && row.n <= this.#life.safe && row.safeAt + KEEP_AFTER_SAFE < now)
    if (!old.length) return
    const rows = await this.#store.write(['outbox'], 'relaxed', async (tx) => {
      const last = await this.#patch(tx, old.filter((row) => row.n === this.#life.acked).map((row) => row.n), (row) => ({ ...row, body: null, label: null, laid: false }))
      for (const row of old) if (row.n !== this.#life.acked) await tx.delete('outbox', [this.#life.life, row.n])
      return last
    })
    for (const row of old) this.#kept.drop(row.n)
    await this.take(rows)
  }

  // What lies over the records

  /** Whether any op here is about a record. */
  has(c: string, r: string): boolean {
    return this.#kept.about(c, r).length > 0
  }

  /** Ops that lie over a record, in order. */
  over(c: string, r: string): LaidOp[] {
    if (!this.has(c, r)) return []
    return this.#kept.about(c, r).map((it) => it.op).filter((op) => op !== null)
  }

  /** Every record that something lies over. */
  *laidOver(): Iterable<LaidOp> {
    for (const it of this.#kept.all()) if (it.op) yield it.op
  }

  // The screen

  /** Everything that was handed in here and may still be shown, oldest first. */
  handedIn(): HandedIn[] {
    return this.#shown(this.#kept.numbers())
  }

  #shown(numbers: number[]): HandedIn[] {
    const now = this.#world.now()
    return numbers.map((n) => this.#kept.handedIn(n, this.#life, this.#flying, now)).filter((it) => it !== null)
  }

  /** Everything that is not yet known to be with the server, as it would go: for a file that the desk can take in. */
  async rescue(): Promise<string> {
    const rows = (await this.#store.rows(this.#life.life)).filter((row) => row.body && (row.n > this.#life.acked || row.aside))
    const ops = (await Promise.all(rows.map((row) => this.#text({ ...row, aside: null })))).filter((op) => op !== null)
    return `{"device":${JSON.stringify(this.#life.device)},"ops":[${ops.join(',')}]}`
  }

  // Rows

  /** Reads again what another tab has changed. */
  async refresh(): Promise<void> {
    const life = (await this.#store.lives()).find((it) => it.life === this.#life.life)
    if (life) this.#life = { ...life, touched: Math.max(life.touched, this.#life.touched) }
    const rows = await this.#store.rows(this.#life.life)
    const there = new Set(rows.map((row) => row.n))
    for (const n of this.#kept.numbers()) if (!there.has(n)) this.#kept.drop(n)
    await this.#taken(rows, false)
  }

  /** Takes over rows as this tab has stored them. */
  async take(rows: Row[]): Promise<void> {
    if (rows.length) await this.#taken(rows, true)
  }

  async #taken(rows: Row[], here: boolean): Promise<void> {
    const touched = rows.map((row) => this.#kept.get(row.n)?.label ?? null)
    await this.#kept.take(rows)
    touched.push(...rows.map((row) => this.#kept.get(row.n)?.label ?? null))
    const records = new Map(touched.filter((label) => label !== null).map((label) => [`${label.c}/${label.r}`, { c: label.c, r: label.r }]))
    this.onChange([...records.values()], here)
  }

  /** Changes rows in a transaction of their own. */
  async #change(numbers: number[], change: (row: Row) => Row): Promise<void> {
    await this.take(await this.#store.write(['outbox'], 'strict', (tx) => this.#patch(tx, numbers, change)))
  }

  /** Stores what the change makes of those rows that are there, and gives it, to be taken once it is committed. */
  async #patch(tx: Tx, numbers: number[], change: (row: Row) => Row): Promise<Row[]> {
    const rows: Row[] = []
    for (const n of numbers) {
      const row = await tx.get('outbox', [this.#life.life, n])
      if (row) rows.push(change(row))
    }
    for (const row of rows) await tx.put('outbox', row)
    return rows
  }
}

async function freshLife(tx: Tx, life: number): Promise<Life> {
  const fresh = await tx.get('lives', life)
  if (!fresh) throw trouble('storage_cleared')
  if (fresh.state === 'ended' || fresh.state === 'left') throw trouble('not_enrolled')
  return fresh
}

/** The end of a day, in milliseconds, so that no row tells when its view was handed in. */
function dayAfter(now: number): number {
  return Math.ceil(now / DAY) * DAY
}
