/**
 * The records of a server in memory: how changes are written into them, and the pages that a reader is sent. How changes
 * meet is told short here: Go's own tests hold the server to section 7.
 */
import type { Clock } from './fake-world.test-support'
import { Sums } from './sums'
import type { Json } from './types'

export interface FakeDevice {
  id: string
  member: string
  role: string
  acked: number
  tip: string | null
  results: Map<number, Result>
  /** Hashes of the ops that were taken, by number. */
  hashes: Map<number, string | null>
  revoked: boolean
  hello: { [key: string]: unknown } | null
}

export interface FakeRecord {
  c: string
  r: string
  v: number
  f: { [field: string]: Json }
  k: { [field: string]: Json[] }
  a: string[]
  gone: boolean
  /** Which audiences it has left, and when. */
  left: Map<string, number>
  writes: Map<string, { seq: number; device: string }>
}

export interface Position {
  e: string
  at: { [audience: string]: number }
}

export type Op = { n: number; [key: string]: Json }
export type Frame = { [key: string]: unknown }

export interface Result {
  n: number
  status: string
  seq: number | null
  problem: { code: string; message: string } | null
}

export class FakeRecords {
  epoch = 'epoch-1'
  seq = 0
  records = new Map<string, FakeRecord>()
  pageSize = 3
  wrongSums = false
  readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  get now(): string {
    return new Date(this.clock.now()).toISOString()
  }

  audiences(device: FakeDevice): string[] {
    const own = ['team', `person:${device.member}`]
    return device.role === 'coordinator' ? [...own, 'desk', 'people'] : own
  }

  write(key: string, op: Op, device: FakeDevice, seq: number): void {
    const [c = '', r = ''] = key.split('/')
    const old = this.records.get(key)
    const record: FakeRecord = old ?? { c, r, v: 0, f: {}, k: {}, a: [], gone: false, left: new Map(), writes: new Map() }
    this.records.set(key, record)
    record.v = seq
    if (op.withdraw) {
      Object.assign(record, { f: {}, k: {}, gone: true })
      return
    }
    if (!old) record.f.by = device.member
    for (const [field, value] of Object.entries((op.set as { [field: string]: Json } | undefined) ?? {})) {
      const last = record.writes.get(field)
      if (last && last.seq > Number(op.base) && last.device !== device.id && record.f[field] !== value) record.k[field] = [...(record.k[field] ?? []), { value: record.f[field] ?? null, by: 'x', at: this.now, n: 1, device: last.device }]
      if (value === null) Reflect.deleteProperty(record.f, field)
      else record.f[field] = value
      record.writes.set(field, { seq, device: device.id })
    }
    for (const [field, value] of Object.entries((op.settle as { [field: string]: Json } | undefined) ?? {})) {
      record.f[field] = value
      Reflect.deleteProperty(record.k, field)
    }
    for (const [field, value] of Object.entries((op.redact as { [field: string]: Json } | undefined) ?? {})) {
      if (value === null) Reflect.deleteProperty(record.f, field)
      else record.f[field] = value
    }
    for (const [field, values] of Object.entries((op.add as { [field: string]: Json[] } | undefined) ?? {})) record.f[field] = [...((record.f[field] as Json[] | undefined) ?? []), ...values]
    for (const [field, values] of Object.entries((op.remove as { [field: string]: Json[] } | undefined) ?? {})) record.f[field] = ((record.f[field] as Json[] | undefined) ?? []).filter((it) => !values.includes(it))
    if (!old) record.a = this.#audiencesOf(record)
  }

  #audiencesOf(record: FakeRecord): string[] {
    if (record.c === 'service' || record.c === 'dat') return ['team']
    if (record.c === 'matter') return ['desk']
    return ['desk', `person:${String(record.f.by)}`]
  }

  /** A record as a reader of some audiences gets it: a person's own, without the words. */
  #masked(record: FakeRecord, audiences: string[]): Frame {
    const a = record.a.filter((it) => audiences.includes(it))
    const f = { ...record.f }
    if (!a.includes('desk')) Reflect.deleteProperty(f, 'words')
    return { c: record.c, r: record.r, v: record.v, a, f, k: a.includes('desk') ? record.k : {} }
  }

  position(hello: Frame): Position | null {
    if (hello.cursor === null || hello.cursor === undefined) return { e: this.epoch, at: {} }
    const position = JSON.parse(String(hello.cursor)) as Position
    return position.e === this.epoch ? position : null
  }

  /** The page that follows a position; null where there is nothing new. */
  page(device: FakeDevice, position: Position, again: string[], after: string | null): Frame | null {
    const audiences = this.audiences(device)
    const dropped = [...Object.keys(position.at).filter((it) => !audiences.includes(it)), ...again]
    for (const audience of dropped) Reflect.deleteProperty(position.at, audience)
    const fresh = audiences.filter((it) => position.at[it] === undefined)
    const from = (audience: string): number => position.at[audience] ?? 0
    const due = [...this.records.values()]
      .filter((it) => it.a.some((audience) => audiences.includes(audience) && it.v > from(audience)) || [...it.left].some(([audience, v]) => audiences.includes(audience) && from(audience) > 0 && v > from(audience)))
      .sort((a, b) => a.v - b.v)
    if (!due.length && !fresh.length && !dropped.length) return null
    const some = due.slice(0, this.pageSize)
    const more = due.length > some.length
    const upTo = more ? (some.at(-1)?.v ?? 0) : this.seq
    for (const audience of audiences) position.at[audience] = Math.max(from(audience), upTo)
    const records = some.map((it) => {
      const stays = it.a.some((audience) => audiences.includes(audience))
      if (it.gone) return { c: it.c, r: it.r, v: it.v, gone: true }
      return stays ? this.#masked(it, audiences) : { c: it.c, r: it.r, v: it.v, out: true }
    })
    const page: Frame = { t: 'changes', records, after, cursor: JSON.stringify(position), more }
    if (dropped.length) page.dropped = dropped
    if (!more) page.sums = this.#sums(audiences)
    return page
  }

  #sums(audiences: string[]): Frame {
    const sums = new Sums()
    for (const it of this.records.values()) if (!it.gone) sums.add(it.a, it.c, it.r, it.v)
    return Object.fromEntries(audiences.map((audience) => [audience, this.wrongSums ? '1' : sums.of(audience)]))
  }

  move(record: FakeRecord, a: string[]): void {
    for (const audience of record.a) if (!a.includes(audience)) record.left.set(audience, record.v)
    record.a = a
  }
}
