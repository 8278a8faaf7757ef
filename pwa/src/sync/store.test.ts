/** What an older build finds where a newer one has been: a release may be withdrawn. */
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { toUtf8 } from './bytes'
import { Store } from './store'

describe('a store that a newer build has written', () => {
  const upgraded = async (name: string, change: (db: IDBDatabase, tx: IDBTransaction) => void): Promise<void> => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 7)
      request.onupgradeneeded = () => request.transaction && change(request.result, request.transaction)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    db.close()
  }

  it('opens as it stands, and what is not known here stays in it', async () => {
    const store = new Store({ database: 'newer' })
    await store.write(['segments'], 'strict', (tx) => tx.put('segments', { id: 1, box: toUtf8('a') }))
    await store.close()
    await upgraded('newer', (db, tx) => {
      db.createObjectStore('photos')
      tx.objectStore('segments').put({ id: 2, box: toUtf8('b'), since: 'a newer build' })
    })
    const older = new Store({ database: 'newer' })
    expect((await older.segments(1, 2)).map((it) => it.id)).toEqual([1, 2])
    await older.write(['segments'], 'strict', async (tx) => {
      for (const it of await tx.all('segments')) await tx.put('segments', { ...it, box: toUtf8('c') })
    })
    expect(await older.segments(2, 2)).toEqual([{ id: 2, box: toUtf8('c'), since: 'a newer build' }])
    await older.close()
    const db = await openDB('newer')
    expect([db.version, Array.from(db.objectStoreNames)]).toEqual([7, ['lives', 'outbox', 'photos', 'segments', 'single']])
    db.close()
  })

  it('is left as it is, and said to be newer, where a store of this build is gone from it', async () => {
    await upgraded('other', (db) => void db.createObjectStore('photos'))
    const older = new Store({ database: 'other' })
    await expect(older.lives()).rejects.toMatchObject({ code: 'storage_newer' })
    await older.close()
    const db = await openDB('other')
    expect(Array.from(db.objectStoreNames)).toEqual(['photos'])
    db.close()
  })
})
