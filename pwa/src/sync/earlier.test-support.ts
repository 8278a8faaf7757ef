/** A browser's store as a file, keys and all, and back: phones as earlier builds left them (earlier.test.ts). */
import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { vi } from 'vitest'
import { fromBase64url, toBase64url, type Bytes } from './bytes'

interface Kept {
  keyPath: string | string[] | null
  rows: { key: unknown; value: unknown }[]
}

export interface Dump {
  version: number
  stores: { [name: string]: Kept }
}

interface KeyText {
  jwk: JsonWebKey
  algorithm: KeyAlgorithm & { namedCurve?: string }
  usages: KeyUsage[]
}

/** From here on keys are made so that they can be written into a file; gives back how it was. */
export function openKeys(): () => void {
  const made = crypto.subtle.generateKey
  const spy = vi.spyOn(crypto.subtle, 'generateKey').mockImplementation(((algorithm: EcKeyGenParams, _: boolean, usages: KeyUsage[]) => made.call(crypto.subtle, algorithm, true, usages)) as typeof made)
  return () => spy.mockRestore()
}

export async function dump(database: string): Promise<Dump> {
  const db = await openDB(database)
  const stores: Dump['stores'] = {}
  for (const name of Array.from(db.objectStoreNames)) {
    const store = db.transaction(name).store
    const keyPath = store.keyPath as Kept['keyPath']
    const [keys, values] = await Promise.all([db.getAllKeys(name), db.getAll(name)])
    stores[name] = { keyPath, rows: await Promise.all(values.map(async (value, at) => ({ key: keyPath === null ? keys[at] : null, value: await toText(value) }))) }
  }
  const { version } = db
  db.close()
  return { version, stores }
}

/** Makes the database anew as it stood. */
export async function load(database: string, { version, stores }: Dump): Promise<void> {
  await deleteDB(database)
  const db = await openDB(database, version, {
    upgrade(fresh) {
      for (const [name, { keyPath }] of Object.entries(stores)) fresh.createObjectStore(name, keyPath === null ? {} : { keyPath })
    },
  })
  for (const [name, { rows }] of Object.entries(stores)) {
    for (const { key, value } of rows) await db.put(name, await fromText(value), (key as IDBValidKey | null) ?? undefined)
  }
  db.close()
}

export async function keyText(key: CryptoKey): Promise<KeyText> {
  return { jwk: await crypto.subtle.exportKey('jwk', key), algorithm: { ...key.algorithm }, usages: [...key.usages] }
}

export async function keyOf({ jwk, algorithm, usages }: KeyText, extractable = false): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', jwk, algorithm, extractable || jwk.kty === 'EC' && jwk.d === undefined, usages)
}

async function toText(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return { bytes: toBase64url(value) }
  if (value instanceof CryptoKey) return { key: await keyText(value) }
  if (Array.isArray(value)) return Promise.all(value.map(toText))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, it]) => [name, await toText(it)] as const)))
}

async function fromText(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(fromText))
  if (value === null || typeof value !== 'object') return value
  if ('bytes' in value) return fromBase64url(String(value.bytes)) as Bytes
  if ('key' in value && Object.keys(value).length === 1) return keyOf(value.key as KeyText)
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, it]) => [name, await fromText(it)] as const)))
}
