/**
 * The device's own lock: AES-256-GCM under a key that no script can read out. It keeps what is stored here from being
 * read off a disk's files; sealing (seal.ts) keeps words from being read even by this device.
 */
import { canonical } from './canonical'
import { fromUtf8, join, toUtf8, type Bytes } from './bytes'
import type { Random } from './ids'
import type { Json } from './types'

/** What locks by itself: while the PIN is unsaid, what is kept is dropped where only the PIN's owner can take it out (drop.ts). */
export interface OwnLock {
  lock(place: string, plain: Uint8Array): Promise<Bytes>
  unlock(place: string, locked: Uint8Array): Promise<Bytes>
}

export type Lock = CryptoKey | OwnLock

const IV = 12

export async function newLock(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** Locks bytes; `place` says where they belong, and they unlock nowhere else. */
export async function lock(key: Lock, place: string, plain: Uint8Array, random: Random): Promise<Bytes> {
  if ('lock' in key) return key.lock(place, plain)
  const iv = random(new Uint8Array(IV))
  const ct = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: toUtf8(place) }, key, plain as Bytes)
  return join(iv, new Uint8Array(ct))
}

/** Throws where the bytes were not locked by this key for this place. */
export async function unlock(key: Lock, place: string, locked: Uint8Array): Promise<Bytes> {
  if ('lock' in key) return key.unlock(place, locked)
  const box = locked as Bytes
  const params = { name: 'AES-GCM', iv: box.subarray(0, IV), additionalData: toUtf8(place) }
  return new Uint8Array(await crypto.subtle.decrypt(params, key, box.subarray(IV)))
}

export async function lockJson(key: Lock, place: string, value: Json, random: Random): Promise<Bytes> {
  return lock(key, place, toUtf8(canonical(value)), random)
}

export async function unlockJson(key: Lock, place: string, locked: Uint8Array): Promise<Json> {
  return JSON.parse(fromUtf8(await unlock(key, place, locked))) as Json
}
