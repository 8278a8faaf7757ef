/**
 * What somebody who found the phone could read of it: everything that the page's own stores give out, and every byte
 * that the browser has written to its profile.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'

/** IndexedDB, Cache Storage, localStorage and sessionStorage as one text; bytes stand as Latin-1, UTF-8 and UTF-16. */
export async function readStores(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const said: string[] = []
    const decoders = ['latin1', 'utf-8', 'utf-16le'].map((label) => new TextDecoder(label))
    const readBytes = (bytes: Uint8Array): void => decoders.forEach((it) => said.push(it.decode(bytes)))
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('not read'))
      })

    async function read(value: unknown): Promise<void> {
      if (value instanceof ArrayBuffer) readBytes(new Uint8Array(value))
      else if (ArrayBuffer.isView(value)) readBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      else if (value instanceof Blob) readBytes(new Uint8Array(await value.arrayBuffer()))
      else if (value instanceof CryptoKey) {
        // A key that gave itself out would open everything beside it.
        if (value.extractable && value.type !== 'public') said.push(`a key can be taken out: ${value.algorithm.name}`)
      } else if (value instanceof Map || value instanceof Set || Array.isArray(value)) for (const it of value) await read(it)
      else if (typeof value === 'object' && value !== null) {
        for (const [key, it] of Object.entries(value)) {
          said.push(key)
          await read(it)
        }
      } else said.push(String(value))
    }

    for (const { name } of await indexedDB.databases()) {
      const db = await done(indexedDB.open(name ?? ''))
      for (const store of db.objectStoreNames) {
        const rows = db.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([done(rows.getAllKeys()), done(rows.getAll())])
        said.push(`${db.name}/${store}: ${keys.length}`)
        await read([keys, values])
      }
      db.close()
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        said.push(request.url)
        readBytes(new Uint8Array((await (await cache.match(request))?.arrayBuffer()) ?? []))
      }
    }
    for (const store of [localStorage, sessionStorage]) for (const key of Object.keys(store)) said.push(key, store.getItem(key) ?? '')
    return said.join('\n')
  })
}

/**
 * Remembers, in a page that is about to open, each key that it locks or unlocks with, and what for: none of them can be
 * read out, but all of them open.
 */
export async function rememberKeys(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const used = new Map<string, [CryptoKey, BufferSource]>()
    Object.assign(window, { usedKeys: used })
    const keys: CryptoKey[] = []
    for (const verb of ['encrypt', 'decrypt'] as const) {
      const act = SubtleCrypto.prototype[verb]
      SubtleCrypto.prototype[verb] = function (how, key, data) {
        const about = (how as AesGcmParams).additionalData
        if (about) {
          if (!keys.includes(key)) keys.push(key)
          used.set(`${keys.indexOf(key)} ${new TextDecoder().decode(about)}`, [key, about])
        }
        return act.call(this, how, key, data)
      }
    }
  })
}

/** All that is locked in IndexedDB and that the keys which this page has used open, as one text. */
export async function openStores(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('not read'))
      })
    const boxes: Uint8Array<ArrayBuffer>[] = []
    const gather = (value: unknown): void => {
      if (value instanceof ArrayBuffer) boxes.push(new Uint8Array(value))
      else if (ArrayBuffer.isView(value)) boxes.push(new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength))
      else if (Array.isArray(value)) value.forEach(gather)
      else if (typeof value === 'object' && value !== null && !(value instanceof CryptoKey)) Object.values(value).forEach(gather)
    }
    for (const { name } of await indexedDB.databases()) {
      const db = await done(indexedDB.open(name ?? ''))
      for (const store of db.objectStoreNames) gather(await done(db.transaction(store).objectStore(store).getAll()))
      db.close()
    }
    const said: string[] = []
    const { usedKeys } = window as unknown as { usedKeys: Map<string, [CryptoKey, BufferSource]> }
    for (const box of boxes) {
      for (const [key, additionalData] of usedKeys.values()) {
        const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: box.subarray(0, 12), additionalData }, key, box.subarray(12)).catch(() => null)
        if (opened) said.push(new TextDecoder().decode(opened))
      }
    }
    return said.join('\n')
  })
}

/** Which of these sentences stand, in UTF-8 or UTF-16, in any file below a folder: `sentence in file`. */
export async function findOnDisk(folder: string, sentences: string[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    for (const sentence of sentences) {
      if (bytes.includes(sentence, 0, 'utf8') || bytes.includes(sentence, 0, 'utf16le')) found.push(`${sentence} in ${path.slice(folder.length + 1)}`)
    }
  }
  return found
}
