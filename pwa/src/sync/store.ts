/**
 * The one place that opens IndexedDB. Three stores beside a small one for single values:
 *
 * - `lives`: each identity that this browser has had. One is live; another may still have things to hand in.
 * - `outbox`: what was said here, by life and number. Words are sealed or locked, labels locked.
 * - `segments`: pages of the replica, each locked as one value.
 *
 * Transactions are short, never wait for anything but the database, and are committed explicitly, so that a tab that
 * the system freezes holds nothing up. A database that the browser has closed is opened again.
 *
 * A release may be withdrawn: then an older build meets what a newer one has written. So stores and fields are only ever
 * added, what is absent means what it meant before, and a value is changed by spreading what it holds. An older build
 * opens a newer database as it stands, and leaves alone what it does not know. One that lacked a store of its own would
 * change nothing in it, and say so (`storage_newer`).
 */
import type { Bytes } from './bytes'
import type { Pin } from './pin'
import type { Aside, Ready } from './ready'
import type { Intake } from './seal'
import { storageTrouble, trouble } from './trouble'

export type LifeState =
  | 'live'
  | 'unknown' // the server does not know this device: a new code is needed
  | 'copied' // it was set back or copied: what it holds goes under the old key, the next code makes a new one
  | 'left' // erased by its owner: what had not been handed in still goes, then nothing is left
  | 'ended' // revoked: what is sealed is handed in, then nothing is left

/** One identity of this browser: a device in the words of the protocol. */
export interface Life {
  life: number
  device: string
  keys: CryptoKeyPair
  /** `Me`, locked; null once this life has ended. */
  me: Bytes | null
  intake: Intake
  /** The number that the next op gets. */
  next: number
  acked: number
  safe: number
  backed: boolean
  state: LifeState
  /** The hour in which the state began, in milliseconds. */
  since: number
  /** The hour in which the server last welcomed this device, in milliseconds; 0 before. */
  touched: number
}

export type Status = 'applied' | 'merged' | 'kept' | 'same' | 'refused'

export interface Problem {
  code: string
  field?: string
}

/** One op as it is kept. */
export interface Row {
  life: number
  n: number
  form: 'sealed' | 'plain'
  /** The intake key it is sealed to; '' for a plain one. */
  key: string
  /** `enc ‖ ct`, or the locked op text; null once voided or no longer held: it goes as a `void`. */
  body: Bytes | null
  /** What it is about (outbox.ts, Label), locked; null once nothing of it is to be shown. */
  label: Bytes | null
  /** For how long it is held back, in milliseconds from when its label says that it was made; 0 when it may go. */
  held: number
  /** The hour by which it goes where nobody can read when it was made, in milliseconds: the PIN is unsaid. Absent: none. */
  latest?: number
  /** SHA-256 of its text as it stands, or last stood, on the wire; null for one voided before it ever went. */
  hash: string | null
  /** Set, durably, before it is put on the wire for the first time. */
  sent: boolean
  /** Whether it still lies over the record. */
  laid: boolean
  /** Why the device has set it aside: the server takes no frame that holds it. */
  aside: string | null
  status: Status | null
  seq: number | null
  problem: Problem | null
  /** The end of the day on which it was found safe, in milliseconds; 0 before. */
  safeAt: number
}

export interface Segment {
  id: number
  box: Bytes
}

/** How far the replica has read. */
export interface Reading {
  epoch: string | null
  cursor: string | null
  /** True once a first read has ended. */
  whole: boolean
  /** When each audience was last read again because its sum was off, in milliseconds. */
  again: { [audience: string]: number }
}

/** How long a transaction may wait, in milliseconds: behind a tab that was frozen in the middle of its own it would wait for ever. */
const PATIENCE = 4_000

/** Goes up with each store that is added. */
const VERSION = 1
const STORES = ['lives', 'outbox', 'segments', 'single'] as const

/** What a store needs of the world (world.ts). */
export interface Keeping {
  readonly database: string
  readonly engine?: Engine
  /** What all of it is locked with, once the PIN was said: then it lies on no disk. */
  readonly key?: CryptoKey | undefined
}

/** What a database is kept by: the browser's own, or for a computer that keeps nothing one in memory. */
export interface Engine {
  factory: Pick<IDBFactory, 'open'>
  range: Pick<typeof IDBKeyRange, 'bound'>
}

export const NOTHING_READ: Reading = { epoch: null, cursor: null, whole: false, again: {} }

/** What each store holds, under which key. */
interface Holds {
  lives: { key: number; value: Life }
  outbox: { key: [life: number, n: number]; value: Row }
  segments: { key: number; value: Segment }
  single: { key: keyof Single; value: Single[keyof Single] }
}

/** Values that there is one of. */
export interface Single {
  /** What everything is locked with, on a device without a PIN. */
  lock: CryptoKey
  /** What gives the lock to whoever says the PIN. */
  pin: Pin
  /** What lies open on a locked phone, so that it can be written on. */
  ready: Ready
  /** What was dropped while the PIN was unsaid, and is no op. */
  aside: Aside
  reading: Reading
  draft: Bytes
  pocket: Bytes
  /** What was dropped and taken out again, and still has to find its place. */
  owed: Bytes
  /** The last device here was revoked, and all of it is gone. */
  ended: true
}

/** What a member keeps here besides what they say. */
export type Keepsake = 'draft' | 'pocket' | 'owed'

export type StoreName = keyof Holds

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new DOMException('', 'UnknownError'))
  })

/** One transaction: each step resolves with its answer, and nothing else may be waited for in between. */
export class Tx {
  readonly #tx: IDBTransaction
  readonly #range: Engine['range']

  constructor(tx: IDBTransaction, range: Engine['range']) {
    this.#tx = tx
    this.#range = range
  }

  /** The keys from one to another, both among them. */
  between<S extends StoreName>(from: Holds[S]['key'], to: Holds[S]['key']): IDBKeyRange {
    return this.#range.bound(from, to)
  }

  get<S extends StoreName>(store: S, key: Holds[S]['key']): Promise<Holds[S]['value'] | undefined> {
    return asked<Holds[S]['value'] | undefined>(this.#tx.objectStore(store).get(key))
  }

  all<S extends StoreName>(store: S, range?: IDBKeyRange): Promise<Holds[S]['value'][]> {
    return asked<Holds[S]['value'][]>(this.#tx.objectStore(store).getAll(range))
  }

  keys<S extends StoreName>(store: S): Promise<Holds[S]['key'][]> {
    return asked(this.#tx.objectStore(store).getAllKeys()) as Promise<Holds[S]['key'][]>
  }

  count(store: StoreName): Promise<number> {
    return asked(this.#tx.objectStore(store).count())
  }

  /** `key` only for `single`: every other value holds its own. */
  put<S extends StoreName>(store: S, value: Holds[S]['value'], key?: Holds[S]['key']): Promise<IDBValidKey> {
    return asked(this.#tx.objectStore(store).put(value, key))
  }

  delete<S extends StoreName>(store: S, key: Holds[S]['key'] | IDBKeyRange): Promise<undefined> {
    return asked(this.#tx.objectStore(store).delete(key))
  }

  clear(store: StoreName): Promise<undefined> {
    return asked(this.#tx.objectStore(store).clear())
  }
}

/** Ends a transaction that waits for another one too long: nothing of it is stored. */
function bounded(tx: IDBTransaction): ReturnType<typeof setTimeout> {
  return setTimeout(() => abort(tx), PATIENCE)
}

function abort(tx: IDBTransaction): void {
  try {
    tx.abort()
  } catch {
    // It has ended by itself.
  }
}

export class Store {
  readonly #keeping: Keeping
  readonly #engine: Engine
  #db: Promise<IDBDatabase> | null = null
  #closed = false

  constructor(keeping: Keeping) {
    this.#keeping = keeping
    this.#engine = keeping.engine ?? { factory: indexedDB, range: IDBKeyRange }
  }

  /**
   * Reads and writes in one transaction. `work` may wait for nothing but the transaction. Resolves when it is
   * committed; on any failure nothing of it is stored, and a `Trouble` is thrown.
   */
  async write<T>(names: StoreName[], durability: 'strict' | 'relaxed', work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#retrying(async (db) => {
      const tx = db.transaction(names, 'readwrite', { durability })
      const late = bounded(tx)
      const done = new Promise<void>((resolve, reject) => {
        tx.oncomplete = () => resolve()
        tx.onabort = () => reject(tx.error ?? new DOMException('', 'AbortError'))
      })
      // Without this, a failed transaction that nobody awaits any more would be an unhandled rejection.
      done.catch(() => undefined)
      let result: T
      try {
        result = await work(new Tx(tx, this.#engine.range))
        tx.commit()
      } catch (cause) {
        abort(tx)
        throw cause
      } finally {
        // Once it is to be committed it will be, or fail: nobody can say any more that it is not saved.
        clearTimeout(late)
      }
      await done
      return result
    })
  }

  #read<T>(name: StoreName, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#retrying(async (db) => {
      const tx = db.transaction(name)
      const late = bounded(tx)
      return work(new Tx(tx, this.#engine.range)).finally(() => clearTimeout(late))
    })
  }

  lives(): Promise<Life[]> {
    return this.#read('lives', (tx) => tx.all('lives'))
  }

  rows(life: number, from = 0, to = Infinity): Promise<Row[]> {
    if (from > to) return Promise.resolve([])
    return this.#read('outbox', (tx) => tx.all('outbox', tx.between<'outbox'>([life, from], [life, to])))
  }

  segmentIds(): Promise<number[]> {
    return this.#read('segments', (tx) => tx.keys('segments'))
  }

  segments(from: number, to: number): Promise<Segment[]> {
    return this.#read('segments', (tx) => tx.all('segments', tx.between<'segments'>(from, to)))
  }

  /** What everything here is locked with; null where that is nothing yet, or lies under a PIN that was not said. */
  async lock(): Promise<CryptoKey | null> {
    return this.#keeping.key ?? this.single('lock')
  }

  async reading(): Promise<Reading> {
    return (await this.single('reading')) ?? NOTHING_READ
  }

  /** Whether a view is being written, and not yet finished: also one that cannot be read now. */
  async drafting(): Promise<boolean> {
    return (await this.single('draft')) !== null
  }

  /** Whether the last device here was revoked, and all of it is gone. */
  async ended(): Promise<boolean> {
    return (await this.single('ended')) === true
  }

  async single<K extends keyof Single>(key: K): Promise<Single[K] | null> {
    return ((await this.#read('single', (tx) => tx.get('single', key))) as Single[K] | undefined) ?? null
  }

  async close(): Promise<void> {
    this.#closed = true
    const db = this.#db
    this.#db = null
    if (db) (await db).close()
  }

  /** Under memory pressure iOS closes databases under a running page: the second try has a fresh one. */
  async #retrying<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work(await this.#open())
      } catch (cause) {
        const name = cause instanceof DOMException || cause instanceof Error ? cause.name : ''
        if (tries > 0 || this.#closed || (name !== 'InvalidStateError' && name !== 'UnknownError')) throw storageTrouble(cause)
        this.#db = null
      }
    }
  }

  #open(): Promise<IDBDatabase> {
    this.#db ??= this.#openNow().catch((cause: unknown) => {
      this.#db = null
      throw cause
    })
    return this.#db
  }

  async #openNow(): Promise<IDBDatabase> {
    const request = this.#engine.factory.open(this.#keeping.database, VERSION)
    request.onupgradeneeded = () => {
      const db = request.result
      db.createObjectStore('lives', { keyPath: 'life' })
      db.createObjectStore('outbox', { keyPath: ['life', 'n'] })
      db.createObjectStore('segments', { keyPath: 'id' })
      db.createObjectStore('single')
    }
    const db = await asked(request).catch((cause: unknown) => {
      if (!(cause instanceof DOMException && cause.name === 'VersionError')) throw cause
      return asked(this.#engine.factory.open(this.#keeping.database))
    })
    if (!STORES.every((name) => db.objectStoreNames.contains(name))) {
      db.close()
      throw trouble('storage_newer')
    }
    // A newer version of the app in another tab waits for this one to let go.
    db.onversionchange = () => {
      db.close()
      this.#db = null
    }
    db.onclose = () => (this.#db = null)
    return db
  }
}
