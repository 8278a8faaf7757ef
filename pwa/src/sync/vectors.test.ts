/** The shared cases of sync/vectors: what Go does with them, this side does too. */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { backoff } from './backoff'
import { fromBase64url, fromUtf8, toUtf8 } from './bytes'
import { canonical, tidy } from './canonical'
import { seal, sealInfo } from './seal'
import type { Json } from './types'

function cases<T>(file: string): T[] {
  const path = new URL(`../../../sync/vectors/${file}`, import.meta.url)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { cases: T[] }).cases : []
}

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
