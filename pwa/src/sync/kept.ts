/**
 * This device's ops as they stand in memory: each row but its body, with what may be known of it once it is opened.
 */
import type { LaidOp } from './overlay'
import { unlockJson, type Lock } from './lock'
import { heldUntil, place } from './row'
import type { Label } from './saying'
import type { Life, Row } from './store'
import type { HandedIn } from './types'

export interface Item {
  row: Omit<Row, 'body'> & { empty: boolean }
  label: Label | null
  op: LaidOp | null
}

/** Numbers that are on the wire. */
export interface Flying {
  first: number
  last: number
}

const NONE: Item[] = []

export class Kept {
  readonly #lock: Lock
  readonly #items = new Map<number, Item>()
  /** When this was opened, in milliseconds: what cannot be dated here was made before. */
  readonly #opened: number
  /** Numbers of the ops about a record, by its id alone: a page asks for each of its own. */
  readonly #byRecord = new Map<string, Set<number>>()

  constructor(key: Lock, now: number) {
    this.#lock = key
    this.#opened = now
  }

  get(n: number): Item | undefined {
    return this.#items.get(n)
  }

  all(): Item[] {
    return [...this.#items.values()]
  }

  rows(): Item['row'][] {
    return this.all().map((it) => it.row)
  }

  /** Until when an op is held back, in milliseconds; null where it may go. One that was not taken in yet is as new as can be. */
  heldUntil(row: Pick<Row, 'n' | 'held' | 'sent'>, now: number): number | null {
    const item = this.#items.get(row.n)
    return heldUntil(row, item ? (item.label?.made ?? this.#opened) : now, now)
  }

  /** In order. */
  numbers(): number[] {
    return [...this.#items.keys()].sort((a, b) => a - b)
  }

  /** The ops about a record, in order. */
  about(c: string, r: string): Item[] {
    const numbers = this.#byRecord.get(r)
    if (!numbers) return NONE
    return [...numbers].sort((a, b) => a - b).flatMap((n) => this.#items.get(n) ?? []).filter((it) => it.label?.c === c)
  }

  async take(rows: Row[]): Promise<void> {
    for (const row of rows) {
      const { body, ...rest } = row
      const known = this.#items.get(row.n)
      const label = row.label && (known?.label ?? (await this.#label(row)))
      const op = row.laid && label ? (known?.op ?? (await this.#op(row, label))) : null
      this.drop(row.n)
      this.#items.set(row.n, {
        row: { ...rest, label: null, empty: body === null },
        label,
        op: op && { ...op, seq: row.seq, acked: row.status !== null },
      })
      if (!label?.r) continue
      this.#byRecord.set(label.r, (this.#byRecord.get(label.r) ?? new Set()).add(row.n))
    }
  }

  drop(n: number): void {
    this.#byRecord.get(this.#items.get(n)?.label?.r ?? '')?.delete(n)
    this.#items.delete(n)
  }

  /** An op as the screen shows it; null for what is not to be shown. */
  handedIn(n: number, life: Life, flying: Flying | null, now: number): HandedIn | null {
    const it = this.#items.get(n)
    if (!it?.label) return null
    const { c, r, week, about, does } = it.label
    // What waits finds its place by itself; what was to be taken back, and is gone, is as it should be.
    const fine = it.row.problem?.code === 'early' || (it.row.problem?.code === 'gone' && does === 'withdraw')
    const refused = fine ? null : it.row.problem
    const problem = it.row.aside ? { code: it.row.aside } : refused
    const fate = problem ? 'look' : fateOf(n, life, flying)
    const until = this.heldUntil(it.row, now)
    return { n, c, r, does, week, about, problem, fate, heldUntil: until === null ? null : new Date(until) }
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
}

function fateOf(n: number, life: Life, flying: Flying | null): HandedIn['fate'] {
  if (n <= life.acked) return life.backed && n <= life.safe ? 'safe' : 'team'
  return flying && n >= flying.first && n <= flying.last ? 'going' : 'here'
}
