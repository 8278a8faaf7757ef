/**
 * What a screen shows of an answer that only the server can give: it is asked for at once, again when there is a line
 * after there was none, and whenever the screen wants it anew. What was answered stays until something newer comes.
 */
import { fromStore } from 'svelte/store'
import type { Earshot, Trouble } from '../sync'

export type AskState = 'asking' | 'here' | 'no-line' | 'failed'

/** So long after there was no answer it is asked again, in milliseconds. */
const SOON = 2_000

export class Answer<T> {
  /** The last answer; undefined where there was none yet. */
  value = $state.raw<T>()
  state = $state<AskState>('asking')
  /** The code of the last trouble. */
  code = $state('')
  readonly #ask: (signal: AbortSignal) => Promise<T>
  #latest = new AbortController()

  /** Made while a component is set up: it ends with it. */
  constructor(earshot: Earshot, ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask
    const line = fromStore(earshot.line)
    const there = $derived(line.current.kind === 'together' || line.current.kind === 'handing-in')
    $effect(() => {
      if (!there || this.state !== 'no-line') return
      // A line that is said to be there, and gives no answer, is not asked in one breath again and again.
      const soon = setTimeout(() => void this.again(), SOON)
      return () => clearTimeout(soon)
    })
    $effect(() => {
      void this.again()
      return () => this.#latest.abort()
    })
  }

  /** Asks anew; an older question that is still on its way is given up. */
  readonly again = async (): Promise<void> => {
    this.#latest.abort()
    const mine = (this.#latest = new AbortController())
    this.state = 'asking'
    try {
      const value = await this.#ask(mine.signal)
      if (mine.signal.aborted) return
      this.value = value
      this.state = 'here'
      this.code = ''
    } catch (cause) {
      if (mine.signal.aborted) return
      this.code = codeOf(cause)
      this.state = this.code === 'no_answer' ? 'no-line' : 'failed'
    }
  }
}

/** The code of what went wrong; what is no trouble of ours is a bug, and is not hidden. */
export function codeOf(cause: unknown): string {
  const code = (cause as Partial<Trouble> | null)?.code
  if (typeof code !== 'string') throw cause
  return code
}
