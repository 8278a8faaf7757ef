/** What a desk does: stores changes, says so, and remembers how each is taken back. */
import { createContext } from 'svelte'
import { get } from 'svelte/store'
import { m } from '../paraglide/messages.js'
import type { Change, Earshot, Rec } from '../sync'
import { whyNotSaved } from '../ui/saving'
import { inverse, stands } from './undo'

/** One thing that was done, with what takes each of its changes back. */
interface Act {
  said: string
  pairs: { made: Change; back: Change }[]
}

/** So many can be taken back, one after the other. */
const REMEMBERED = 100
/** So long the words for what was done stand on the screen. */
const SHOWN = 8000

export class Acts {
  readonly #earshot: Earshot
  readonly #say: (words: string) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #acts = $state.raw<Act[]>([])

  /** What was just done, shown for some seconds. */
  done = $state('')
  /** Whether that is what `undo` would take back. */
  mayUndo = $state(false)
  problem = $state('')

  constructor(earshot: Earshot, say: (words: string) => void) {
    this.#earshot = earshot
    this.#say = say
  }

  /** Whether anything done here can be taken back. */
  get undoable(): boolean {
    return this.#acts.length > 0
  }

  /** Resolves to whether it is stored; where it is not, the reason is shown. */
  async make(changes: Change[], said: string): Promise<boolean> {
    const pairs = changes.map((made) => ({ made, back: inverse(made, this.#now(made)) }))
    if (!(await this.#store(changes))) return false
    // What can be taken back only in part is not taken back at all.
    const whole = pairs.flatMap(({ made, back }) => (back ? [{ made, back }] : []))
    this.mayUndo = whole.length === pairs.length
    if (this.mayUndo) this.#acts = [...this.#acts.slice(1 - REMEMBERED), { said, pairs: whole }]
    this.#show(said)
    return true
  }

  /** Takes back what was done last; gives the first record that it concerned, or null where there was nothing. */
  async undo(): Promise<{ c: string; r: string } | null> {
    const act = this.#acts.at(-1)
    if (!act) return null
    this.#acts = this.#acts.slice(0, -1)
    const back = act.pairs.filter(({ made, back }) => stands(made, back, this.#now(made))).map((it) => it.back)
    if (back.length > 0 && !(await this.#store(back))) return null
    this.mayUndo = false
    this.#show(back.length > 0 ? m.desk_triage_undone({ what: act.said }) : m.desk_triage_changed_since())
    return act.pairs[0]?.back ?? null
  }

  /** Says why nothing was done. */
  tell(why: string): void {
    this.mayUndo = false
    this.#show(why)
  }

  async #store(changes: Change[]): Promise<boolean> {
    try {
      await this.#earshot.save(changes)
      this.problem = ''
      return true
    } catch (cause) {
      this.problem = whyNotSaved(cause)
      this.#say(this.problem)
      return false
    }
  }

  #now({ c, r }: Change): Rec | undefined {
    return get(this.#earshot.records(c)).find((it) => it.r === r)
  }

  #show(said: string): void {
    this.done = said
    this.#say(said)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => (this.done = ''), SHOWN)
  }
}

export const [useActs, setActs] = createContext<Acts>()
