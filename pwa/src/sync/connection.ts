/**
 * Keeps a device in touch: opens sessions, and decides after each how and when to come back (protocol section 4).
 */
import { backoff, chance } from './backoff'
import type { Conversation } from './conversation'
import { Session, type Ending, type Pace } from './session'
import type { TwinEnding } from './twin'
import { fetched, isTrouble } from './trouble'
import type { Aside } from './types'

/** How the line stands, for the device to say in words. */
export type Touch = 'off' | 'on' | 'elsewhere' | 'away'

/** What a connection can't settle by itself. */
export interface Verdicts {
  onTouch(touch: Touch): void
  /** The server does not know this device. */
  onUnknown(): Promise<void>
  onCopied(): Promise<void>
  onWiped(reason: string): Promise<void>
}

/** So many sockets in a row that did not open, where HTTP did, mean that this network lets none through. */
const BLOCKED = 2
const TRY_SOCKET_AGAIN = 300_000
const POLL_WATCHED = 4_000
const POLL = 30_000
/** Where a mast comes back, a street of phones is online again at once: each waits for a random part of this, in milliseconds. */
const CROWD = 2_000

export class Connection {
  readonly #talk: Conversation
  readonly #verdicts: Verdicts
  readonly #signal: AbortSignal
  readonly #pace: Pace = { singleUntil: 0 }
  #session: Session | null = null
  #tries = 0
  #blocked = 0
  #blockedUntil = 0
  /** The server asked to be left alone until then. */
  #notBefore = 0
  #wake: (() => void) | null = null
  #stopComing: () => void = () => undefined

  constructor(talk: Conversation, verdicts: Verdicts, signal: AbortSignal) {
    this.#talk = talk
    this.#verdicts = verdicts
    this.#signal = signal
    signal.addEventListener('abort', () => {
      this.#stopComing()
      this.#session?.stop()
      this.#wake?.()
    })
  }

  /** Something may be there to be sent, or somebody looks: come back soon where the line is down. */
  poke(): void {
    this.#session?.poke()
    if (this.#waitsLong && this.#talk.parts.world.now() >= this.#notBefore) this.#wake?.()
  }

  /** The browser says that it has no network; a socket that hangs would not say so for half a minute. */
  offline(): void {
    this.#session?.lost()
  }

  /** The browser says that it is online again, maybe on another network: one that lets sockets through. */
  online(): void {
    this.#session?.poke()
    this.#tries = this.#blockedUntil = 0
    this.#stopComing()
    const { world } = this.#talk.parts
    this.#stopComing = world.after(Math.max(chance(world.random) * CROWD, this.#notBefore - world.now()), () => this.#wake?.())
  }

  #waitsLong = false

  /** Resolves when the signal says so, or when there is no coming back. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const wait = await this.#turn()
      this.#verdicts.onTouch(wait === 'elsewhere' ? 'elsewhere' : wait === 'poll' ? 'on' : 'off')
      // Not by itself (protocol section 4), but when somebody looks or saves here: a line that comes and goes may have
      // brought an older hello of this very device behind the newer one.
      if (wait === 'elsewhere') await this.#sleep(null, true)
      else if (wait === 'never') {
        this.#verdicts.onTouch('away')
        return
      } else if (wait === 'poll') await this.#sleep(this.#waiting() ? POLL_WATCHED : POLL, true)
      else if (wait > 0) await this.#sleep(wait, wait > 3_000)
    }
  }

  /** One session. Gives how long to stay away, in milliseconds. */
  async #turn(): Promise<number | 'poll' | 'never' | 'elsewhere'> {
    const { tokens, world, outbox } = this.#talk.parts
    let ending: TwinEnding
    // A token that is asked for now shows that HTTP gets through.
    const proves = tokens.renewAt === null
    try {
      await outbox.letGo()
      const access = await tokens.access()
      ending = this.#usesTwin() ? await this.#twinTurn(access) : await this.#socketTurn(access)
    } catch (cause) {
      if (!isTrouble(cause)) throw cause
      if (cause.code === 'unknown_device') {
        await this.#verdicts.onUnknown()
        return 'never'
      }
      this.#talk.trouble = cause.code
      const asked = 'retryAfter' in cause && typeof cause.retryAfter === 'number' ? cause.retryAfter * 1000 : 0
      return this.#later(asked)
    }
    switch (ending.why) {
      case 'idle':
        this.#tries = 0
        return 'poll'
      case 'stopped':
        return 0
      case 'copied':
        await this.#verdicts.onCopied()
        return 'never'
      case 'wiped':
        await this.#verdicts.onWiped(ending.reason)
        return 'never'
      case 'anew':
        return ending.soon ? 0 : this.#later(0)
      case 'closed':
        if (!ending.opened) {
          tokens.drop()
          if (proves && ++this.#blocked >= BLOCKED) this.#blockedUntil = world.now() + TRY_SOCKET_AGAIN
        }
        return this.#afterClose(ending)
    }
  }

  async #twinTurn(access: string): Promise<TwinEnding> {
    const { twinTurn } = await fetched(import('./over-http'))
    return twinTurn(this.#talk, this.#pace, access, () => this.#up())
  }

  async #socketTurn(access: string): Promise<Ending> {
    const session = new Session(this.#talk, this.#pace, () => this.#up())
    this.#session = session
    if (this.#signal.aborted) session.stop()
    try {
      return await session.run(access)
    } finally {
      this.#session = null
    }
  }

  async #afterClose(ending: Extract<Ending, { why: 'closed' }>): Promise<number | 'never' | 'elsewhere'> {
    const { tokens, outbox } = this.#talk.parts
    switch (ending.code) {
      case 4409:
        return 'elsewhere'
      case 4403:
        return 'never'
      case 4401:
        tokens.drop()
        return this.#tries++ === 0 ? 0 : this.#later(ending.retryAfter)
      case 4400:
      case 4413: {
        if (!ending.welcomed) return 'never'
        const push = ending.pushing
        if (!push) return this.#later(ending.retryAfter)
        if (push.first < push.last) this.#pace.singleUntil = push.last
        else {
          const why: Aside = ending.code === 4413 ? 'too_large' : 'not_taken'
          await outbox.setAside(push.first, why)
          this.#talk.trouble = 'set_aside'
        }
        return 0
      }
      default:
        return this.#later(ending.retryAfter)
    }
  }

  #up(): void {
    this.#tries = 0
    this.#blocked = 0
    this.#verdicts.onTouch('on')
  }

  #usesTwin(): boolean {
    return this.#blockedUntil > this.#talk.parts.world.now()
  }

  #later(atLeast: number): number {
    this.#notBefore = this.#talk.parts.world.now() + atLeast
    return backoff(this.#tries++, chance(this.#talk.parts.world.random), this.#talk.parts.world.visible(), atLeast)
  }

  /** Somebody looks on, and something waits. A lost line needs the first alone: whoever looks at a desk waits for news. */
  #waiting(): boolean {
    return this.#talk.parts.world.visible() && this.#talk.parts.outbox.waiting.ops > 0
  }

  /** `null`: until it is woken. */
  async #sleep(ms: number | null, long: boolean): Promise<void> {
    if (this.#signal.aborted) return
    this.#waitsLong = long
    await new Promise<void>((resolve) => {
      const cancel = ms === null ? () => undefined : this.#talk.parts.world.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = null
    this.#waitsLong = false
  }
}
