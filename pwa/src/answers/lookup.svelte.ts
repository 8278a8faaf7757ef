import { m } from '../paraglide/messages.js'
import type { Earshot } from '../sync'

/** One look-up of a receipt code, as a screen shows it. */
export class Lookup {
  status = $state('')
  answers = $state<{ id: string; said: string; did: string }[]>([])
  looking = $state(false)
  /** There was no line to ask over. */
  unheard = $state(false)
  readonly #earshot: Earshot

  constructor(earshot: Earshot) {
    this.#earshot = earshot
  }

  async look(code: string): Promise<void> {
    if (this.looking) return
    this.say('')
    this.looking = true
    try {
      const { status, answers } = await this.#earshot.lookUp(code)
      this.status = m.answers_status({ code: status })
      this.answers = answers
    } catch (cause) {
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
      this.status = m.answers_status({ code: why })
      this.unheard = why === 'no_answer'
    } finally {
      this.looking = false
    }
  }

  /** Says something else than what was found. */
  say(words: string): void {
    this.status = words
    this.answers = []
    this.unheard = false
  }
}
