/**
 * What this device has said, by number, from the moment it is saved until it is safe on the server and 35 days longer.
 *
 * Promises: a number is given once, without gaps, in the transaction that stores its op; when `save` resolves, the op
 * is on disk; what is sealed can't be read here again; what was taken back before it went never goes.
 */
import { fromUtf8, toUtf8 } from './bytes'
import type { Kinds } from './kinds'
import { unlock, unlockJson } from './lock'
import type { LaidOp } from './overlay'
import { isHeld, place, voidRow, voidText } from './row'
import { hurries, rowOf, tidyChange, type Label, type Saving } from './saying'
import { sealedOp } from './seal'
import type { Life, Row, Store, Tx } from './store'
import { trouble } from './trouble'
import type { Change, HandedIn, Me } from './types'
import type { Ack, Welcome } from './wire'
import type { World } from './world'

const KEEP_AFTER_SAFE = 35 * 86_400_000

interface Item {
  row: Omit<Row, 'body'> & { empty: boolean }
  label: Label | null
  op: LaidOp | null
}

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
  readonly #lock: CryptoKey
  readonly #items = new Map<number, Item>()
  /** Numbers of the ops about a record. */
  readonly #byRecord = new Map<string, Set<number>>()
  #life: Life
  #me: Me
  /** Numbers that are on the wire now. */
  #flying: { first: number; last: number } | null = null

  /** One save after the other: within a tab none of them has to seal twice. */
  #saves: Promise<unknown> = Promise.resolve()

  /** Called after each change, with the records that it touches, and whether it was made in this tab. */
  onChange: (touched: { c: string; r: string }[], here: boolean) => void = () => undefined

  private constructor(store: Store, world: World, kinds: Kinds, key: CryptoKey, life: Life, me: Me) {
    this.#store = store
    this.#world = world
    this.#kinds = kinds
    this.#lock = key
    this.#life = life
    this.#me = me
  }

  static async open(store: Store, world: World, kinds: Kinds, key: CryptoKey, life: Life, me: Me): Promise<Outbox> {
    const outbox = new Outbox(store, world, kinds, key, life, me)
    await outbox.#load(await store.rows(life.life))
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
        const makes = seen === 0 && !this.#about(change.c, change.r).length
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
        for (const row of changed) await tx.put('outbox', row)
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
      return rows.map((row) => this.#handedIn(row.n)).filter((it) => it !== null)
    }
  }

  async #endHolds(tx: Tx): Promise<Row[]> {
    const held = [...this.#items.values()].filter((it) => it.row.held > 0).map((it) => it.row.n)
    return this.#patch(tx, held, (row) => ({ ...row, held: 0 }))
  }

  // Taking back

  /**
   * Voids what is still held here, and says whether that was done: false when any of it has gone already, so that
   * only a `withdraw` can bring it back.
   */
  async takeBack(n: number): Promise<boolean> {
    const label = this.#items.get(n)?.label
    if (!label) return true
    const now = this.#world.now()
    const numbers = this.#about(label.c, label.r).map((it) => it.row.n)
    const rows = await this.#store.write(['outbox'], 'strict', async (tx) => {
      const all = await Promise.all(numbers.map((it) => tx.get('outbox', [this.#life.life, it])))
      if (!all.every((row) => row && isHeld(row, now))) return null
      const voided = all.filter((row) => row !== undefined).map(voidRow)
      for (const row of voided) await tx.put('outbox', row)
      return voided
    })
    if (rows) await this.take(rows)
    return rows !== null
  }

  /**
   * A record that is withdrawn: its ops here are emptied, and those that the server has not got go as voids. Runs in
   * the transaction that stores the news; `take` what it gives, afterwards.
   */
  async forget(tx: Tx, c: string, r: string): Promise<Row[]> {
    if (!r) return []
    const rows = await this.#patch(tx, this.#about(c, r).filter((it) => it.label?.does !== 'withdraw').map((it) => it.row.n), voidRow)
    return rows
  }

  // The wire

  /** How many ops wait, how many of them are held back, and since when. */
  get waiting(): { ops: number; held: number; oldest: number | null } {
    const now = this.#world.now()
    const all = [...this.#items.values()].filter((it) => it.row.n > this.#life.acked && !it.row.empty && !it.row.aside)
    const times = all.map((it) => it.label?.made ?? now)
    const held = all.filter((it) => isHeld(it.row, now)).length
    return { ops: all.length, held, oldest: times.length ? times.reduce((a, b) => Math.min(a, b)) : null }
  }

  /** When the next hold ends, in milliseconds; null where nothing is held. */
  get holdEnds(): number | null {
    const now = this.#world.now()
    const ends = [...this.#items.values()].filter((it) => isHeld(it.row, now)).map((it) => it.row.held)
    return ends.length ? Math.min(...ends) : null
  }

  /** Where the next push begins: at what the server lacks, or lower where its answer was lost on the way. */
  get from(): number {
    let from = this.#life.acked + 1
    for (const it of this.#items.values()) if (it.row.sent && !it.row.empty && !it.row.aside && !it.row.status) from = Math.min(from, it.row.n)
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
      if (row && isHeld(row, now)) break
      const text = (row && (await this.#text(row))) ?? voidText(n)
      const length = toUtf8(text).length + 1
      if (ops.length && bytes + length > most.bytes) break
      ops.push(text)
      bytes += length
      if (row?.body && !row.sent) marks.push(n)
    }
    if (!ops.length) return null
    // Before the first byte leaves it stands on disk that it left: only so can taking back know.
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
    const rows = await this.#store.write(['outbox'], 'strict', async (tx) => {
      const all = await Promise.all(numbers.map((n) => tx.get('outbox', [this.#life.life, n])))
      if (!all.every((row) => row?.body)) return null
      const marked = all.filter((row) => row !== undefined).map((row) => ({ ...row, sent: true, held: 0 }))
      for (const row of marked) await tx.put('outbox', row)
      return marked
    })
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
    if (this.#life.next - 1 < welcome.acked) return true
    for (const { row } of this.#items.values()) {
      if (row.n <= welcome.acked && !row.sent && !row.empty && !row.aside) return true
    }
    const last = this.#items.get(welcome.acked)
    return Boolean(welcome.tip && last?.row.sent && last.row.hash && last.row.hash !== welcome.tip)
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
    const numbers = [...this.#items.values()]
      .map((it) => it.row)
      .filter((row) => byN.has(row.n) || (row.n > to.acked && (row.status || row.safeAt)) || (row.n <= to.safe && !row.safeAt) || (row.n > to.safe && row.safeAt))
      .map((row) => row.n)
    const done = await this.#store.write(['lives', 'outbox'], 'strict', async (tx) => {
      const fresh = await freshLife(tx, this.#life.life)
      const life: Life = { ...fresh, acked: to.acked, safe: to.safe, backed: welcome?.backed ?? fresh.backed, intake: welcome?.intake ?? fresh.intake, touched: now }
      const rows = await this.#patch(tx, numbers, (row) => {
        const result = byN.get(row.n)
        const next = { ...row, safeAt: row.n <= to.safe ? row.safeAt || now : 0 }
        if (row.n > to.acked) return { ...next, status: null, seq: null, problem: null, laid: row.body !== null && !row.aside }
        if (!result) return next
        const refused = result.problem !== null && result.problem.code !== 'early'
        return { ...next, status: result.status, seq: result.seq, problem: result.problem, laid: next.laid && !refused }
      })
      for (const row of rows) await tx.put('outbox', row)
      await tx.put('lives', life)
      return { life, rows }
    })
    this.#life = done.life
    await this.#taken(done.rows, true)
  }

  /** Sets aside an op that the server takes no frame with: shown, kept, and voided on the wire. */
  async setAside(n: number, code: string): Promise<void> {
    const rows = await this.#store.write(['outbox'], 'strict', async (tx) => {
      const rows = await this.#patch(tx, [n], (row) => ({ ...row, aside: code, laid: false }))
      for (const row of rows) await tx.put('outbox', row)
      return rows
    })
    await this.take(rows)
  }

  /** Lifts ops that have come back in their records; runs in the transaction that stores these. */
  async lift(tx: Tx, numbers: number[]): Promise<Row[]> {
    const rows = await this.#patch(tx, numbers, (row) => ({ ...row, laid: false }))
    for (const row of rows) await tx.put('outbox', row)
    return rows
  }

  /** Removes what has been safe for 35 days; the last acked one stays, emptied, for its hash. */
  async prune(): Promise<void> {
    const now = this.#world.now()
    const old = [...this.#items.values()].map((it) => it.row).filter((row) => row.safeAt && row.n <= this.#life.safe && row.safeAt + KEEP_AFTER_SAFE < now)
    if (!old.length) return
    const rows = await this.#store.write(['outbox'], 'relaxed', async (tx) => {
      const last = await this.#patch(tx, old.filter((row) => row.n === this.#life.acked).map((row) => row.n), (row) => ({ ...row, body: null, label: null, laid: false }))
      for (const row of old) if (row.n !== this.#life.acked) await tx.delete('outbox', [this.#life.life, row.n])
      for (const row of last) await tx.put('outbox', row)
      return last
    })
    for (const row of old) this.#drop(row.n)
    await this.take(rows)
  }

  // What lies over the records

  /** Ops that lie over a record, in order. */
  over(c: string, r: string): LaidOp[] {
    return this.#about(c, r).map((it) => it.op).filter((op) => op !== null)
  }

  /** Every record that something lies over. */
  *laidOver(): Iterable<LaidOp> {
    for (const it of this.#items.values()) if (it.op) yield it.op
  }

  // The screen

  /** Everything that was handed in here and may still be shown, oldest first. */
  handedIn(): HandedIn[] {
    return [...this.#items.keys()].sort((a, b) => a - b).map((n) => this.#handedIn(n)).filter((it) => it !== null)
  }

  #handedIn(n: number): HandedIn | null {
    const it = this.#items.get(n)
    if (!it?.label) return null
    const { c, r, week, about, does } = it.label
    const held = isHeld(it.row, this.#world.now())
    const refused = it.row.problem && it.row.problem.code !== 'early' ? it.row.problem : null
    const problem = it.row.aside ? { code: it.row.aside } : refused
    return { n, c, r, does, week, about, problem, fate: this.#fate(it.row, problem !== null), heldUntil: held ? new Date(it.row.held) : null }
  }

  #fate(row: Item['row'], looks: boolean): HandedIn['fate'] {
    if (looks) return 'look'
    if (row.n <= this.#life.acked) return this.#life.backed && row.n <= this.#life.safe ? 'safe' : 'team'
    return this.#flying && row.n >= this.#flying.first && row.n <= this.#flying.last ? 'going' : 'here'
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
    if (life) this.#life = life
    const rows = await this.#store.rows(this.#life.life)
    const there = new Set(rows.map((row) => row.n))
    for (const n of [...this.#items.keys()]) if (!there.has(n)) this.#drop(n)
    await this.#taken(rows, false)
  }

  /** Takes over rows as this tab has stored them. */
  async take(rows: Row[]): Promise<void> {
    if (rows.length) await this.#taken(rows, true)
  }

  async #taken(rows: Row[], here: boolean): Promise<void> {
    const touched = rows.map((row) => this.#items.get(row.n)?.label ?? null)
    await this.#load(rows)
    touched.push(...rows.map((row) => this.#items.get(row.n)?.label ?? null))
    const records = new Map(touched.filter((label) => label !== null).map((label) => [`${label.c}/${label.r}`, { c: label.c, r: label.r }]))
    this.onChange([...records.values()], here)
  }

  async #load(rows: Row[]): Promise<void> {
    for (const row of rows) {
      const { body, ...rest } = row
      const known = this.#items.get(row.n)
      const label = row.label && (known?.label ?? (await this.#label(row)))
      const op = row.laid && label ? (known?.op ?? (await this.#op(row, label))) : null
      this.#drop(row.n)
      this.#items.set(row.n, {
        row: { ...rest, label: null, empty: body === null },
        label,
        op: op && { ...op, seq: row.seq, acked: row.status !== null },
      })
      if (label?.r) at(this.#byRecord, `${label.c}/${label.r}`).add(row.n)
    }
  }

  #drop(n: number): void {
    const label = this.#items.get(n)?.label
    this.#items.delete(n)
    if (label) this.#byRecord.get(`${label.c}/${label.r}`)?.delete(n)
  }

  async #label(row: Row): Promise<Label | null> {
    if (!row.label) return null
    return unlockJson(this.#lock, `${place(row.life, row.n)}/label`, row.label).then(
      (it) => it as unknown as Label,
      () => null,
    )
  }

  /** The op as it lies over its record: a sealed one as far as its label tells. */
  async #op(row: Row, label: Label): Promise<LaidOp | null> {
    const common = { n: row.n, seq: null, acked: false }
    if (row.form === 'sealed' || !row.body) {
      const base = label.does === 'make' ? 0 : 1
      const verb = label.does === 'withdraw' ? { withdraw: true as const } : { set: label.about }
      return { ...common, ...verb, c: label.c, r: label.r, base, at: new Date(label.made).toISOString() }
    }
    return unlockJson(this.#lock, place(row.life, row.n), row.body).then(
      (it) => ({ ...(it as unknown as LaidOp), ...common, r: label.r }),
      () => null,
    )
  }

  #about(c: string, r: string): Item[] {
    const numbers = [...(this.#byRecord.get(`${c}/${r}`) ?? [])].sort((a, b) => a - b)
    return numbers.map((n) => this.#items.get(n)).filter((it) => it !== undefined)
  }

  async #patch(tx: Tx, numbers: number[], change: (row: Row) => Row): Promise<Row[]> {
    const rows: Row[] = []
    for (const n of numbers) {
      const row = await tx.get('outbox', [this.#life.life, n])
      if (row) rows.push(change(row))
    }
    return rows
  }
}

async function freshLife(tx: Tx, life: number): Promise<Life> {
  const fresh = await tx.get('lives', life)
  if (!fresh || fresh.state === 'ended' || fresh.state === 'left') throw trouble('not_enrolled')
  return fresh
}

function at(map: Map<string, Set<number>>, key: string): Set<number> {
  const held = map.get(key) ?? new Set()
  map.set(key, held)
  return held
}
