/** The shared cases of sync/vectors: what Go does with them, this side does too. */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { backoff } from './backoff'
import { fromBase64url, fromUtf8, toUtf8 } from './bytes'
import { canonical, tidy } from './canonical'
import type { FieldKind, Kinds } from './kinds'
import { lay, type LaidOp, type Shown } from './overlay'
import { seal, sealInfo } from './seal'
import type { Json } from './types'

interface Cases<T> {
  cases: T[]
  collections: { [name: string]: { fields: (FieldKind & { name: string; default?: Json })[] } }
}

function read<T>(file: string): Cases<T> {
  return JSON.parse(readFileSync(new URL(`../../../sync/vectors/${file}`, import.meta.url), 'utf8')) as Cases<T>
}

const cases = <T>(file: string): T[] => read<T>(file).cases

describe('backoff.json', () => {
  for (const it_ of cases<{ name: string; attempt: number; visible: boolean; dice: number; ms: number }>('backoff.json')) {
    it(it_.name, () => expect(backoff(it_.attempt, it_.dice, it_.visible)).toBe(it_.ms))
  }
})

describe('canonical.json', () => {
  for (const one of cases<{ name: string; in: string; out: string | null; server?: boolean }>('canonical.json')) {
    if (one.server) continue
    it(one.name, () => {
      const made = (): string => canonical(tidy(JSON.parse(one.in) as Json))
      if (one.out === null) expect(made).toThrow()
      else expect(made()).toBe(one.out)
    })
  }
})

interface SealCase {
  name: string
  device: string
  n: number
  private: string
  public: string
  sealed: string
  op: string | null
}

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

/** What the server does with what is sealed here. */
async function open(one: SealCase, sealed: Uint8Array): Promise<string | null> {
  try {
    const recipientKey = await suite.kem.importKey('raw', fromBase64url(one.private).buffer, false)
    const info = toUtf8(sealInfo(one.device, one.n)).buffer
    const recipient = await suite.createRecipientContext({ recipientKey, enc: sealed.slice(0, 65).buffer as ArrayBuffer, info })
    return fromUtf8(new Uint8Array(await recipient.open(sealed.slice(65).buffer as ArrayBuffer)))
  } catch {
    return null
  }
}

describe('seal.json', () => {
  for (const one of cases<SealCase>('seal.json')) {
    it(`${one.name}: opens to the same as on the other side`, async () => {
      let bytes: Uint8Array
      try {
        bytes = fromBase64url(one.sealed)
      } catch {
        bytes = new Uint8Array()
      }
      expect(await open(one, bytes)).toBe(one.op)
    })
    if (one.op === null) continue
    const op = one.op
    it(`${one.name}: sealed here, it opens to the same`, async () => {
      const sealed = await seal({ id: 'intake-1', key: one.public }, one.device, one.n, toUtf8(op))
      expect(await open(one, sealed)).toBe(op)
      expect(await open({ ...one, n: one.n === 1 ? 2 : one.n - 1 }, sealed)).toBeNull()
    })
  }
})

interface LayCase {
  name: string
  collection: string
  member: string
  record: Shown | null
  ops: LaidOp[]
  shows: Omit<Shown, 'v'> | null
}

interface MergeCase {
  name: string
  collection: string
  ops: { device: string; member: string; server?: boolean; time: string; op: LaidOp; status: string }[]
  record: { v: number; f?: { [field: string]: Json }; gone?: true } | null
}

function kindsOf({ collections }: Cases<unknown>): Kinds {
  const fields = (c: string): { [name: string]: FieldKind } =>
    Object.fromEntries((collections[c]?.fields ?? []).map((it) => [it.name, it.default === undefined ? it : { ...it, starts: it.default }]))
  return { fields, field: (c, field) => fields(c)[field], unfit: () => null }
}

describe('lay.json', () => {
  const held = read<LayCase>('lay.json')
  for (const one of held.cases) {
    it(one.name, () => {
      const shown = lay(one.collection, one.record ?? undefined, one.ops, kindsOf(held), { member: one.member })
      if (!one.shows) return expect(shown).toBeUndefined()
      expect(shown?.f).toEqual(one.shows.f)
      expect(shown?.k).toEqual(one.shows.k ?? {})
    })
  }
})

describe('merge.json', () => {
  const held = read<MergeCase>('merge.json')
  /** Whose every op is one device's own and took effect: what a device shows of these is what becomes of them. */
  const own = held.cases.filter(({ ops, record }) => record && ops.every((it) => it.device === ops[0]?.device && !it.server && it.status === 'applied'))
  it('has cases of one device alone', () => expect(own.length).toBeGreaterThan(2))
  for (const one of own) {
    it(one.name, () => {
      const ops = one.ops.map(({ op, time }) => ({ ...op, at: time }))
      const shown = lay(one.collection, undefined, ops, kindsOf(held), { member: one.ops[0]?.member ?? '' })
      if (one.record?.gone) return expect(shown).toBeUndefined()
      // What is private is for the device that said it.
      const hidden = Object.keys(shown?.f ?? {}).filter((field) => (held.collections[one.collection]?.fields.find((it) => it.name === field) as { private?: boolean } | undefined)?.private)
      for (const field of hidden) Reflect.deleteProperty(shown?.f ?? {}, field)
      expect(shown?.f).toEqual(one.record?.f)
    })
  }
})
