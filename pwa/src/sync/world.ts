/**
 * What this folder takes from the browser, in one place: time, chance, the network, other tabs. Tests pass in their
 * own, so that a test owns the clock, the dice and the line.
 */
import type { Random } from './ids'
import type { Engine } from './store'

/** The part of a WebSocket that is used here. */
export interface SocketLike {
  readonly protocol: string
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(code?: number): void
}

/** The part of a BroadcastChannel that is used here. */
export interface ChannelLike {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(message: unknown): void
  close(): void
}

export type Happening = 'online' | 'offline' | 'visible' | 'hidden' | 'freeze' | 'resume'

export interface World {
  /** Name of the database; a browser has one, a test one a device. */
  readonly database: string
  /** What it is kept by, where that is not the browser's own. */
  readonly engine?: Engine
  /** What all that is kept is locked with, once the PIN was said. */
  readonly key?: CryptoKey | undefined
  /** Runs when what is kept here lies under a PIN from now on: another tab was locked, or was given one. */
  locked?(): void
  /** Where the server is: scheme, host, port. */
  readonly origin: string
  readonly app: string
  now(): number
  random: Random
  /** Runs once, `ms` from now; the answer cancels. */
  after(ms: number, run: () => void): () => void
  socket(url: string, protocol: string): SocketLike
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Web Locks; null where the browser has none. */
  readonly locks: Pick<LockManager, 'request'> | null
  channel(name: string): ChannelLike | null
  visible(): boolean
  watch(run: (what: Happening) => void): void
  /** Asks the browser to keep what is stored; null where it can't be asked. */
  persist(): Promise<boolean | null>
}

/** Waits for so many milliseconds, or for good where that is null; in any case no longer than until the signal. */
export async function pause(world: World, ms: number | null, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const cancel = ms === null ? () => undefined : world.after(ms, resolve)
    signal.addEventListener('abort', () => {
      cancel()
      resolve()
    })
  })
}

/** The world of a worker: time, chance and the network as a page has them, but nobody looks on, and it asks for nothing. */
export function workerWorld(): World {
  return {
    database: 'earshot',
    origin: location.origin,
    app: __APP_VERSION__,
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(bytes),
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    socket: (url, protocol) => new WebSocket(url, protocol) as SocketLike,
    fetch: (url, init) => fetch(url, init),
    locks: navigator.locks ?? null,
    channel: (name) => (typeof BroadcastChannel === 'function' ? (new BroadcastChannel(name) as ChannelLike) : null),
    visible: () => false,
    watch: () => undefined,
    persist: () => navigator.storage.persisted(),
  }
}

export function browserWorld(): World {
  return {
    ...workerWorld(),
    visible: () => document.visibilityState === 'visible',
    watch(run) {
      addEventListener('online', () => run('online'))
      addEventListener('offline', () => run('offline'))
      document.addEventListener('visibilitychange', () => run(document.visibilityState === 'visible' ? 'visible' : 'hidden'))
      document.addEventListener('freeze', () => run('freeze'))
      document.addEventListener('resume', () => run('resume'))
      addEventListener('pagehide', () => run('freeze'))
      addEventListener('pageshow', (event) => event.persisted && run('resume'))
    },
    async persist() {
      if (!navigator.storage?.persist) return null
      return (await navigator.storage.persisted()) || (await navigator.storage.persist())
    },
  }
}
