/**
 * What this device has said lies over the server's records until it comes back in them (protocol section 6). Laying is
 * a picture for the screen, never sent and never stored: the server alone says what came of an op.
 */
import { equal } from './canonical'
import { narrowness, startOf, type Kinds } from './kinds'
import type { Change, Json, Loser } from './types'

/** An op of this device that has not come back yet. */
export interface LaidOp extends Change {
  n: number
  at: string
  base: number
  /** The seq that the server gave it; null until it is acked. */
  seq: number | null
  acked: boolean
}

/** The fields and losers of a record. */
export interface Shown {
  v: number
  f: { [field: string]: Json }
  k: { [field: string]: Loser[] }
}

/** Whose words an entry of a log is, as the server will fill it in. */
export interface Author {
  member: string
}

/**
 * Lays ops, in the order of their numbers, over a record as it was received (undefined: never, or removed). Gives
 * undefined where nothing is to be shown: withdrawn here, or only changed and not made here.
 */
export function lay(c: string, under: Shown | undefined, ops: readonly LaidOp[], kinds: Kinds, author: Author): Shown | undefined {
  if (ops.some((op) => op.withdraw)) return undefined
  const maker = under ? undefined : ops.find((op) => op.base === 0)
  if (!under && !maker) return undefined
  const shown: Shown = { v: under?.v ?? 0, f: maker ? beginning(c, maker, kinds, author) : { ...under?.f }, k: { ...under?.k } }
  for (const op of ops) layOne(c, shown, op, kinds, author)
  return shown
}

/** A new record before anybody has said anything of it, with what the server will fill in where its maker does not. */
function beginning(c: string, maker: LaidOp, kinds: Kinds, author: Author): Shown['f'] {
  const filled = { time: maker.at, member: author.member }
  const begun: Shown['f'] = {}
  for (const [field, kind] of Object.entries(kinds.fields(c) ?? {})) {
    const value = kind.fill ? filled[kind.fill] : startOf(kind)
    if (value !== undefined) begun[field] = value
  }
  return begun
}

function layOne(c: string, shown: Shown, op: LaidOp, kinds: Kinds, author: Author): void {
  for (const [field, value] of Object.entries(op.set ?? {})) {
    const kind = kinds.field(c, field)
    const now = shown.f[field]
    if (kind?.kind === 'narrow' && now !== undefined && narrowness(kind, now) >= narrowness(kind, value)) continue
    put(shown, field, value)
    without(shown, field, (loser) => !equal(loser.value, value))
  }
  for (const [field, value] of Object.entries(op.settle ?? {})) {
    put(shown, field, value)
    // What has come after the base was not seen by the one who settled, and stays.
    without(shown, field, (loser) => shown.v > op.base && !equal(loser.value, value))
  }
  for (const [field, value] of Object.entries(op.redact ?? {})) {
    put(shown, field, value)
    without(shown, field, () => false)
  }
  for (const [field, values] of Object.entries(op.remove ?? {})) {
    put(shown, field, list(shown.f[field]).filter((it) => !values.some((gone) => equal(it, gone))))
  }
  for (const [field, values] of Object.entries(op.add ?? {})) {
    const held = list(shown.f[field])
    if (kinds.field(c, field)?.kind === 'log') put(shown, field, [...held, ...entries(held, values, op, author)])
    else put(shown, field, [...held, ...values.filter((it) => !held.some((has) => equal(it, has)))].sort(byBytes))
  }
}

/** Entries of a log whose id is not there yet, with what the server will fill in. */
function entries(held: Json[], values: Json[], op: LaidOp, author: Author): Json[] {
  const ids = new Set(held.map((it) => (isEntry(it) ? it.id : undefined)))
  return values.filter(isEntry).filter((it) => !ids.has(it.id)).map((it) => ({ by: author.member, at: op.at, ...it }))
}

function put(shown: Shown, field: string, value: Json): void {
  if (value === null) shown.f = Object.fromEntries(Object.entries(shown.f).filter(([name]) => name !== field))
  else shown.f[field] = value
}

function without(shown: Shown, field: string, stays: (loser: Loser) => boolean): void {
  const losers = shown.k[field]
  if (!losers) return
  const left = losers.filter(stays)
  shown.k = Object.fromEntries(Object.entries(shown.k).filter(([name]) => name !== field))
  if (left.length) shown.k[field] = left
}

/** The order in which a set stands on the wire: that of UTF-8, which is that of code points. */
function byBytes(a: Json, b: Json): number {
  const [as, bs] = [Array.from(String(a)), Array.from(String(b))]
  const at = as.findIndex((char, i) => char !== bs[i])
  return at < 0 ? as.length - bs.length : (as[at]?.codePointAt(0) ?? 0) - (bs[at]?.codePointAt(0) ?? -1)
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])

const isEntry = (it: Json): it is { [key: string]: Json } => typeof it === 'object' && it !== null && !Array.isArray(it)
