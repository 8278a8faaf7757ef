/** What a desk does: stores changes, says so, and holds the last one for undoing. */
import { createContext } from 'svelte'
import { m } from '../paraglide/messages.js'
import type { Change, Earshot } from '../sync'
import { whyNotSaved } from '../ui/saving'

export class Acts {
  readonly #earshot: Earshot
  readonly #say: (words: string) => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** What was just done, shown for some seconds. */
  done = $state('')
  /** What takes it back, where anything does. */
  undoing = $state.raw<Change[]>([])
  problem = $state('')

  constructor(earshot: Earshot, say: (words: string) => void) {
    this.#earshot = earshot
    this.#say = say
  }

  /** Resolves to whether it is stored; where it is not, the reason is shown. */
  async make(changes: Change[], said: string, undo: Change[] = []): Promise<boolean> {
    try {
      await this.#earshot.save(changes)
    } catch (cause) {
      this.problem = whyNotSaved(cause)
      this.#say(this.problem)
      return false
    }
    this.problem = ''
    this.done = said
    this.undoing = undo
    this.#say(said)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.forget(), 8000)
    return true
  }

  async undo(): Promise<void> {
    if (this.undoing.length > 0) await this.make(this.undoing, m.desk_view_undone())
  }

  forget(): void {
    this.done = ''
    this.undoing = []
  }
}

export const [useActs, setActs] = createContext<Acts>()
