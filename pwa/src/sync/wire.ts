/**
 * Frames as they come from the server. Whatever can't be one is no frame at all: a captive portal's page, half a
 * message, a proxy's apology. Frames, fields and codes that are not known here are passed over.
 */
import type { Json, Loser } from './types'
import type { Problem, Status } from './store'
import type { Intake } from './seal'

export interface WireRecord {
  c: string
  r: string
  v: number
  a: string[]
  f: { [field: string]: Json }
  k: { [field: string]: Loser[] }
}

/** A record that is no longer to be held: `gone` for everybody, or `out` of this reader's audiences. */
export interface Departed {
  c: string
  r: string
  v: number
  departed: 'gone' | 'out'
}

export interface Welcome {
  t: 'welcome'
  epoch: string
  acked: number
  tip: string | null
  safe: number
  backed: boolean
  now: string
  audiences: string[]
  intake: Intake | null
  limits: { ops: number; bytes: number; window: number }
}

export interface Result {
  n: number
  status: Status
  seq: number | null
  problem: Problem | null
}

export interface Ack {
  t: 'ack'
  acked: number
  safe: number
  results: Result[]
}

export interface Changes {
  t: 'changes'
  records: (WireRecord | Departed)[]
  after: string | null
  cursor: string
  more: boolean
  dropped: string[]
  sums: { [audience: string]: string } | null
}

export interface Fault {
  t: 'error'
  code: string
  retryAfter: number | null
  expected: number | null
}

export type Frame =
  | Welcome
  | Ack
  | Changes
  | Fault
  | { t: 'reset' }
  | { t: 'wipe'; reason: string }
  | { t: 'pong'; now: string | null }

type Loose = { [key: string]: unknown }

const isObject = (it: unknown): it is Loose => typeof it === 'object' && it !== null && !Array.isArray(it)
const isWhole = (it: unknown): it is number => typeof it === 'number' && Number.isSafeInteger(it) && it >= 0
const text = (it: unknown): string | null => (typeof it === 'string' ? it : null)
const strings = (it: unknown): string[] => (Array.isArray(it) ? it.filter((s) => typeof s === 'string') : [])

const STATUSES = new Set<unknown>(['applied', 'merged', 'kept', 'same', 'refused'])

/** The frame that a text holds, or null where it holds none that is known here. */
export function readFrame(data: unknown): Frame | null {
  if (typeof data !== 'string') return null
  try {
    const it: unknown = JSON.parse(data)
    return isObject(it) ? readObject(it, text(it.t)) : null
  } catch {
    return null
  }
}

/** A frame of kind `t` out of a member of the HTTP twin's answer, where kinds are the members' names. */
export function readObject(it: unknown, t: string | null): Frame | null {
  if (!isObject(it)) return null
  switch (t) {
    case 'welcome':
      return readWelcome(it)
    case 'ack':
      return readAck(it)
    case 'changes':
      return readChanges(it)
    case 'error':
      return {
        t,
        code: text(it.code) ?? '',
        retryAfter: typeof it.retry_after === 'number' && it.retry_after >= 0 ? it.retry_after : null,
        expected: isWhole(it.expected) ? it.expected : null,
      }
    case 'reset':
      return { t }
    case 'wipe':
      return { t, reason: text(it.reason) ?? '' }
    case 'pong':
      return { t, now: text(it.now) }
    default:
      return null
  }
}

function readWelcome(it: Loose): Welcome | null {
  const epoch = text(it.epoch)
  const now = text(it.now)
  if (epoch === null || now === null || Number.isNaN(Date.parse(now)) || !isWhole(it.acked)) return null
  const limits = isObject(it.limits) ? it.limits : {}
  const intake = isObject(it.intake) ? it.intake : {}
  const [id, key] = [text(intake.id), text(intake.key)]
  return {
    t: 'welcome',
    epoch,
    now,
    acked: it.acked,
    tip: text(it.tip),
    safe: isWhole(it.safe) ? it.safe : 0,
    backed: it.backed === true,
    audiences: strings(it.audiences),
    intake: id !== null && key !== null ? { id, key } : null,
    limits: {
      ops: isWhole(limits.ops) ? limits.ops : 500,
      bytes: isWhole(limits.bytes) ? limits.bytes : 1 << 20,
      window: isWhole(limits.window) ? limits.window : 1,
    },
  }
}

function readAck(it: Loose): Ack | null {
  if (!isWhole(it.acked)) return null
  const results: Result[] = []
  for (const one of Array.isArray(it.results) ? it.results : []) {
    if (!isObject(one) || !isWhole(one.n) || !STATUSES.has(one.status)) continue
    const problem = isObject(one.problem) ? one.problem : null
    const field = problem ? text(problem.field) : null
    results.push({
      n: one.n,
      status: one.status as Status,
      seq: isWhole(one.seq) ? one.seq : null,
      problem: problem ? { code: text(problem.code) ?? '', ...(field ? { field } : {}) } : null,
    })
  }
  return { t: 'ack', acked: it.acked, safe: isWhole(it.safe) ? it.safe : 0, results }
}

function readChanges(it: Loose): Changes | null {
  const cursor = text(it.cursor)
  if (cursor === null) return null
  const records: (WireRecord | Departed)[] = []
  for (const one of Array.isArray(it.records) ? it.records : []) {
    const record = readRecord(one)
    // A page of which a part can't be read is not stored at all: its cursor would skip that part for good.
    if (!record) return null
    records.push(record)
  }
  const sums = isObject(it.sums) ? Object.entries(it.sums).filter((pair): pair is [string, string] => typeof pair[1] === 'string') : null
  return {
    t: 'changes',
    records,
    after: text(it.after),
    cursor,
    more: it.more === true,
    dropped: strings(it.dropped),
    sums: sums && Object.fromEntries(sums),
  }
}

function readRecord(it: unknown): WireRecord | Departed | null {
  if (!isObject(it) || !isWhole(it.v)) return null
  const [c, r] = [text(it.c), text(it.r)]
  if (c === null || r === null) return null
  if (it.gone === true) return { c, r, v: it.v, departed: 'gone' }
  if (it.out === true) return { c, r, v: it.v, departed: 'out' }
  const k = isObject(it.k) ? (it.k as { [field: string]: Loser[] }) : {}
  return { c, r, v: it.v, a: strings(it.a), f: isObject(it.f) ? (it.f as { [field: string]: Json }) : {}, k }
}
