/**
 * One connection to the server, from opening the socket to its end. Everything that happens to it comes through one
 * mailbox and is dealt with one after the other, so that nothing has to be locked.
 */
import { backoff, chance } from './backoff'
import type { Conversation } from './conversation'
import type { Batch } from './outbox'
import { readFrame, type Fault, type Frame, type Welcome } from './wire'
import type { SocketLike } from './world'

export const SUBPROTOCOL = 'earshot.v1'

const OPENING = 15_000
const WELCOMING = 20_000
const QUIET = 25_000
const ANSWERING = 20_000
/** The slowest line that is worth waiting for, in bytes a millisecond: an answer may take as long as its frame. */
const SLOWEST = 2
/** The first frame on a new line is small, each after it twice the one before: what breaks off is not much. */
const FIRST_FRAME = 64 * 1024
/** As the protocol says: a push is at most 500 ops and 1 MiB, whatever more a server would take. */
export const MOST = { ops: 500, bytes: 1 << 20 }

/** Why a session is over, and what that asks for. */
export type Ending =
  | { why: 'closed'; code: number; opened: boolean; welcomed: boolean; pushing: Batch | null; retryAfter: number }
  | { why: 'anew'; soon: boolean }
  | { why: 'copied' }
  | { why: 'wiped'; reason: string }
  | { why: 'stopped' }

type Event = { kind: 'open' } | { kind: 'closed'; code: number } | { kind: 'frame'; data: unknown } | { kind: 'poke' } | { kind: 'stop' } | { kind: 'tick' }

/** A push that a server could not take in one frame goes on one op at a time, up to this number. */
export interface Pace {
  singleUntil: number
}

export class Session {
  readonly #talk: Conversation
  readonly #pace: Pace
  readonly #onUp: () => void
  readonly #events: Event[] = []
  #wake: (() => void) | null = null
  #socket: SocketLike | null = null

  #opened = false
  #welcomed = false
  #flying: Batch | null = null
  #floor = 0
  #bytes = FIRST_FRAME
  #gaps = 0
  #heardAt = 0
  /** Until when the server has to have answered what it was last asked. */
  #deadline = Infinity
  /** Until when anything at all has to have come, once a ping has gone. */
  #pongBy = Infinity
  #pushAfter = 0
  #retryAfter = 0
  #renewing = false

  constructor(talk: Conversation, pace: Pace, onUp: () => void) {
    this.#talk = talk
    this.#pace = pace
    this.#onUp = onUp
  }

  /** Something may be there to be sent. */
  poke(): void {
    this.#post({ kind: 'poke' })
  }

  /** There is no network: what is on its way will not be answered. */
  lost(): void {
    this.#post({ kind: 'closed', code: 1006 })
  }

  stop(): void {
    this.#post({ kind: 'stop' })
  }

  async run(access: string): Promise<Ending> {
    const { world, outbox } = this.#talk.parts
    const socket = world.socket(`${world.origin.replace(/^http/, 'ws')}/v1/sync`, SUBPROTOCOL)
    this.#socket = socket
    socket.onopen = () => this.#post({ kind: 'open' })
    socket.onmessage = (event) => this.#post({ kind: 'frame', data: event.data })
    socket.onclose = (event) => this.#post({ kind: 'closed', code: event.code })
    this.#deadline = world.now() + OPENING
    try {
      for (;;) {
        const ending = await this.#deal(await this.#next(), access)
        if (ending) return ending
      }
    } finally {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
      outbox.fly(null)
    }
  }

  async #deal(event: Event, access: string): Promise<Ending | null> {
    switch (event.kind) {
      case 'open':
        // A portal that answers every address can't know the name of our language.
        if (this.#socket?.protocol !== SUBPROTOCOL) return this.#closed(1006)
        this.#opened = true
        this.#deadline = this.#now + WELCOMING
        this.#send({ t: 'hello', access, ...this.#talk.hello() })
        return null
      case 'closed':
        return this.#closed(event.code)
      case 'stop':
        return { why: 'stopped' }
      case 'frame': {
        this.#heardAt = this.#now
        this.#pongBy = Infinity
        const frame = readFrame(event.data)
        if (!frame) return null
        this.#talk.heardAt = this.#now
        return this.#hear(frame)
      }
      case 'poke':
      case 'tick':
        return this.#now >= Math.min(this.#deadline, this.#pongBy) ? this.#closed(1006) : await this.#idle()
    }
  }

  async #hear(frame: Frame): Promise<Ending | null> {
    const { outbox, tokens } = this.#talk.parts
    if (!this.#welcomed && frame.t !== 'welcome' && frame.t !== 'wipe' && frame.t !== 'error' && frame.t !== 'reset') return null
    switch (frame.t) {
      case 'welcome':
        return this.#welcome(frame)
      case 'ack': {
        const batch = this.#flying
        await outbox.ack(frame)
        await this.#talk.liftReturned()
        if (batch && frame.acked >= batch.last) this.#floor = batch.last + 1
        this.#bytes = Math.min(MOST.bytes, this.#bytes * 2)
        if (this.#pace.singleUntil <= frame.acked) this.#pace.singleUntil = 0
        this.#land()
        return this.#idle()
      }
      case 'changes': {
        const outcome = await this.#talk.page(frame)
        if (outcome === 'stored') {
          this.#send({ t: 'seen', cursor: frame.cursor })
          if (!frame.more) await this.#talk.tidyUp()
          return null
        }
        return { why: 'anew', soon: outcome === 'astray' }
      }
      case 'reset':
        await this.#talk.reset()
        return null
      case 'wipe':
        return { why: 'wiped', reason: frame.reason }
      case 'error':
        return this.#fault(frame)
      case 'pong':
        tokens.heard(frame.now)
        return null
    }
  }

  async #welcome(frame: Welcome): Promise<Ending | null> {
    if (this.#welcomed) {
      await this.#talk.welcomeAgain(frame)
      return null
    }
    if (!(await this.#talk.welcome(frame))) return { why: 'copied' }
    this.#welcomed = true
    this.#deadline = Infinity
    this.#onUp()
    return this.#idle()
  }

  async #fault(fault: Fault): Promise<Ending | null> {
    const { world, outbox } = this.#talk.parts
    this.#retryAfter = (fault.retryAfter ?? 0) * 1000
    this.#talk.trouble = fault.code
    const batch = this.#flying
    if (!batch) return null
    if (fault.code === 'gap' && fault.expected !== null) {
      this.#land()
      // Numbers that this device has not given: it is not the only one that speaks under its key.
      if (fault.expected > outbox.life.next) return { why: 'copied' }
      if (++this.#gaps > 3) return { why: 'anew', soon: false }
      await outbox.rewind(fault.expected)
      this.#floor = fault.expected
      return this.#idle()
    }
    if (fault.retryAfter !== null) {
      this.#land()
      this.#pushAfter = this.#now + this.#retryAfter + backoff(0, chance(world.random), false)
      if (fault.code !== 'unavailable') this.#pace.singleUntil = Math.max(this.#pace.singleUntil, batch.last)
      return null
    }
    // One that is fatal is followed by a close, which says the rest.
    return null
  }

  /** Sends what may go now: what was said here, a new token, a sign of life. */
  async #idle(): Promise<Ending | null> {
    if (!this.#welcomed) return null
    const { outbox } = this.#talk.parts
    if (!this.#flying && this.#now >= this.#pushAfter) {
      const from = Math.max(this.#floor, outbox.from)
      const batch = await outbox.batch(from, { ops: from <= this.#pace.singleUntil ? 1 : MOST.ops, bytes: this.#bytes })
      if (batch) {
        this.#flying = batch
        outbox.fly(batch)
        const text = `{"t":"push","ops":[${batch.ops.join(',')}]}`
        this.#deadline = this.#now + ANSWERING + text.length / SLOWEST
        this.#sendText(text)
      }
    }
    if (this.#now >= this.#renewAt) this.#renew()
    // A ping behind a push on a slow line would say nothing that its answer does not.
    if (this.#pongBy === Infinity && !this.#flying && this.#now - this.#heardAt >= QUIET) {
      this.#pongBy = this.#now + ANSWERING
      this.#send({ t: 'ping' })
    }
    return null
  }

  /** Asks for a new token beside everything else; where that fails the socket, or the server's close, will tell. */
  #renew(): void {
    this.#renewing = true
    this.#talk.parts.tokens.access().then(
      (access) => {
        this.#renewing = false
        this.#send({ t: 'token', access })
        this.poke()
      },
      () => undefined,
    )
  }

  get #renewAt(): number {
    return this.#renewing || !this.#welcomed ? Infinity : (this.#talk.parts.tokens.renewAt ?? Infinity)
  }

  #land(): void {
    this.#flying = null
    this.#deadline = Infinity
    this.#talk.parts.outbox.fly(null)
  }

  #closed(code: number): Ending {
    return { why: 'closed', code, opened: this.#opened, welcomed: this.#welcomed, pushing: this.#flying, retryAfter: this.#retryAfter }
  }

  #send(frame: { [key: string]: unknown }): void {
    this.#sendText(JSON.stringify(frame))
  }

  #sendText(text: string): void {
    try {
      this.#socket?.send(text)
    } catch {
      // A socket that closes just now says so itself.
    }
  }

  // The mailbox

  get #now(): number {
    return this.#talk.parts.world.now()
  }

  #post(event: Event): void {
    this.#events.push(event)
    this.#wake?.()
  }

  async #next(): Promise<Event> {
    const { world, outbox } = this.#talk.parts
    const event = this.#events.shift()
    if (event) return event
    const holdEnds = this.#welcomed && !this.#flying ? outbox.holdEnds : null
    const quiet = this.#welcomed && this.#pongBy === Infinity && !this.#flying ? this.#heardAt + QUIET : Infinity
    const pushAfter = this.#pushAfter > this.#now ? this.#pushAfter : Infinity
    const at = Math.min(this.#deadline, this.#pongBy, holdEnds ?? Infinity, quiet, pushAfter, this.#renewAt)
    await new Promise<void>((resolve) => {
      const cancel = at === Infinity ? () => undefined : world.after(Math.max(0, at - this.#now) + 1, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = null
    return this.#events.shift() ?? { kind: 'tick' }
  }
}
