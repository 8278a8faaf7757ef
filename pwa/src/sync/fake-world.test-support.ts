/** A world that a test owns: its clock moves only when the test says so, its dice have a seed, its line can be cut. */
import type { FakeConnection } from './fake-connection.test-support'
import type { FakeServer } from './fake-server.test-support'
import type { Bytes } from './bytes'
// Here from the start, since fetching them takes time that no clock of a test knows of.
import './over-http'
import './sums'
import { counted, settled, soon } from './real-work.test-support'
import type { ChannelLike, Happening, SocketLike, World } from './world'

/** Small and seeded (mulberry32): the same seed gives the same history. */
export function dice(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export class Clock {
  #now = Date.parse('2026-11-24T09:30:00Z')
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((it) => it !== timer))
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter((it) => it.at <= this.#now).sort((a, b) => a.at - b.at)
    this.#timers = this.#timers.filter((it) => it.at > this.#now)
    for (const it of due) it.run()
  }

  /** Lets time pass until something is so; fails where it does not come to be. */
  async until(what: string, is: () => boolean | Promise<boolean>, step = 100): Promise<void> {
    for (let i = 0; i < 1500; i++) {
      if (await is()) return
      this.advance(step)
      await settled()
    }
    throw new Error(`never came to be: ${what}`)
  }

  /** Lets time pass. */
  async pass(ms: number, step = 100): Promise<void> {
    for (let at = 0; at < ms; at += step) {
      this.advance(step)
      await settled()
    }
  }
}

/** The channels of one browser. */
export class Browser {
  readonly channels = new Map<string, Set<FakeChannel>>()
  readonly #held = new Map<string, { release: () => void }>()
  readonly #queues = new Map<string, (() => void)[]>()

  readonly locks = {
    request: async (name: string, options: { steal?: boolean; ifAvailable?: boolean }, run: (lock: object | null) => Promise<unknown>): Promise<unknown> => {
      const held = this.#held.get(name)
      if (held && options.ifAvailable) return run(null)
      if (held && options.steal) held.release()
      else if (held) await new Promise<void>((resolve) => this.#queues.set(name, [...(this.#queues.get(name) ?? []), resolve]))
      let stolen = (): void => undefined
      const theft = new Promise<never>((_, reject) => (stolen = () => reject(new DOMException('stolen', 'AbortError'))))
      const mine = { release: stolen }
      this.#held.set(name, mine)
      try {
        return await Promise.race([run({ name }), theft])
      } finally {
        if (this.#held.get(name) === mine) {
          this.#held.delete(name)
          const [next, ...rest] = this.#queues.get(name) ?? []
          this.#queues.set(name, rest)
          next?.()
        }
      }
    },
  } as unknown as Pick<LockManager, 'request'>

  /** Takes every lock, as a tab does where its holder does not answer. */
  steal(): void {
    for (const held of this.#held.values()) held.release()
  }
}

class FakeChannel implements ChannelLike {
  onmessage: ((event: { data: unknown }) => void) | null = null
  readonly #all: Set<FakeChannel>
  constructor(all: Set<FakeChannel>) {
    this.#all = all
    all.add(this)
  }
  postMessage(message: unknown): void {
    const data = structuredClone(message)
    for (const it of this.#all) if (it !== this) soon(() => it.onmessage?.({ data }))
  }
  close(): void {
    this.#all.delete(this)
  }
}

class FakeSocket implements SocketLike {
  protocol = ''
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  connection: FakeConnection | null = null
  #over = false
  send(text: string): void {
    if (this.#over) return
    const connection = this.connection
    soon(() => !this.#over && connection && void counted(connection.hear(text)))
  }
  close(): void {
    this.#over = true
    this.connection?.left()
  }
  end(code: number): void {
    if (this.#over) return
    this.#over = true
    this.connection?.left()
    this.onclose?.({ code })
  }
}

let databases = 0

export class FakeWorld implements World {
  readonly origin = 'https://earshot.test'
  readonly app = 'test'
  readonly clock: Clock
  readonly server: FakeServer
  readonly browser: Browser
  database: string
  /** What saying the PIN gave. */
  key: CryptoKey | undefined
  /** How often this tab heard that the PIN has to be said again. */
  lockings = 0
  locks
  online = true
  /** A network that lets no socket through. */
  blocksSockets = false
  /** A portal answers every address with its own page. */
  portal = false
  seen = true
  skew = 0
  readonly sockets = new Set<FakeSocket>()
  #watching: ((what: Happening) => void)[] = []
  readonly #dice: () => number

  constructor(clock: Clock, server: FakeServer, seed = 1, browser = new Browser()) {
    this.clock = clock
    this.server = server
    this.browser = browser
    this.database = `earshot-test-${++databases}`
    this.locks = browser.locks
    this.#dice = dice(seed)
  }

  locked(): void {
    this.lockings++
  }

  /** Another tab of the same browser. */
  tab(): FakeWorld {
    const tab = new FakeWorld(this.clock, this.server, 99, this.browser)
    tab.database = this.database
    return tab
  }

  now(): number {
    return this.clock.now() + this.skew
  }
  random = (bytes: Bytes): Bytes => bytes.map(() => Math.floor(this.#dice() * 256)) as Bytes
  after(ms: number, run: () => void): () => void {
    return this.clock.after(ms, run)
  }
  socket(_url: string, protocol: string): SocketLike {
    const socket = new FakeSocket()
    this.sockets.add(socket)
    soon(() => {
      if (!this.online || this.blocksSockets) return socket.end(1006)
      // It speaks, but not our language.
      if (this.portal) return socket.onopen?.()
      socket.protocol = protocol
      socket.connection = this.server.connect({
        send: (text) => soon(() => socket.onmessage?.({ data: text })),
        close: (code) => soon(() => socket.end(code)),
      })
      socket.onopen?.()
    })
    return socket
  }
  async fetch(url: string, init: RequestInit): Promise<Response> {
    if (this.portal) return new Response('<html>Welcome to Free WiFi</html>', { headers: { 'content-type': 'text/html' } })
    if (!this.online) throw new TypeError('network')
    const headers = new Headers(init.headers)
    return counted(this.server.http(new URL(url).pathname, String(init.body), headers.get('authorization')?.slice(7) ?? null))
  }
  channel(name: string): ChannelLike {
    const all = this.browser.channels.get(name) ?? new Set<FakeChannel>()
    this.browser.channels.set(name, all)
    return new FakeChannel(all)
  }
  visible(): boolean {
    return this.seen
  }
  watch(run: (what: Happening) => void): void {
    this.#watching.push(run)
  }
  async persist(): Promise<boolean> {
    return true
  }

  happen(what: Happening): void {
    for (const run of this.#watching) run(what)
  }
  /** The line is cut: what is on its way is lost, both ways. */
  cut(code = 1006): void {
    for (const socket of this.sockets) socket.end(code)
    this.sockets.clear()
  }
  goOffline(): void {
    this.online = false
    this.cut()
  }
  goOnline(): void {
    this.online = true
    this.happen('online')
  }
}
