/**
 * The tabs of one browser share one connection. One of them holds a Web Lock and has the line; the others hear from it
 * what has changed on disk, and tell it what they have saved. A tab that the system freezes lets go of the line, and
 * one that is looked at takes it where its holder no longer answers.
 */
import type { Line } from './types'
import type { World } from './world'

/** What tabs tell each other. Nothing of it holds a word: numbers, states, where to look on disk. */
export type Tell =
  | { tell: 'rows' } // the outbox has changed on disk
  | { tell: 'segments'; put: number[]; gone: number[]; whole: boolean }
  | { tell: 'line'; line: Line }
  | { tell: 'life' } // this browser is somebody else now, or nobody
  | { tell: 'locked' } // the PIN has to be said again, in each of them
  | { tell: 'who' } // whoever has the line says how it stands

/** The Web Lock that whoever has the line holds. */
export const lineLock = (world: Pick<World, 'database'>): string => `${world.database}/earshot-line`
/** The channel over which tabs tell each other. */
export const tabsChannel = (world: Pick<World, 'database'>): string => `${world.database}-tabs`
const ASK = 5_000
const PATIENCE = 3

export class Tabs {
  readonly #world: World
  readonly #channel
  /** What another tab says. */
  onTell: (tell: Tell) => void = () => undefined
  #leading: AbortController | null = null
  #asked = 0
  #stopAsking: () => void = () => undefined
  #closed = false

  constructor(world: World) {
    this.#world = world
    this.#channel = world.channel(tabsChannel(world))
    if (this.#channel) {
      this.#channel.onmessage = (event) => {
        const tell = event.data as Tell
        if (tell.tell === 'line') this.#asked = 0
        this.onTell(tell)
      }
    }
  }

  get leads(): boolean {
    return this.#leading !== null
  }

  tell(tell: Tell): void {
    if (!this.#closed) this.#channel?.postMessage(tell)
  }

  /** Runs `work` whenever this tab has the line, until the signal says that it has it no more. */
  lead(work: (signal: AbortSignal) => Promise<void>): void {
    void this.#queue(work, false)
    this.#ask(work)
    this.#world.watch((what) => {
      if (what === 'freeze') this.#leading?.abort()
      if (what === 'resume') void this.#queue(work, false)
    })
  }

  close(): void {
    this.#closed = true
    this.#leading?.abort()
    this.#stopAsking()
    this.#channel?.close()
  }

  async #queue(work: (signal: AbortSignal) => Promise<void>, steal: boolean): Promise<void> {
    const run = async (): Promise<void> => {
      if (this.#closed || this.#leading) return
      const leading = new AbortController()
      this.#leading = leading
      try {
        await work(leading.signal)
      } finally {
        if (this.#leading === leading) this.#leading = null
      }
    }
    if (!this.#world.locks) return run()
    // Rejects when another tab steals the line: then this one has to stop.
    await this.#world.locks.request(lineLock(this.#world), steal ? { steal } : {}, run).catch(() => this.#leading?.abort())
  }

  /** Asks now and then whether the holder of the line is awake, while this tab is looked at. */
  #ask(work: (signal: AbortSignal) => Promise<void>): void {
    if (!this.#world.locks || !this.#channel) return
    this.#stopAsking = this.#world.after(ASK, () => {
      if (!this.#leading && this.#world.visible()) {
        if (++this.#asked > PATIENCE) {
          this.#asked = 0
          void this.#queue(work, true)
        } else this.tell({ tell: 'who' })
      } else this.#asked = 0
      if (!this.#closed) this.#ask(work)
    })
  }
}
