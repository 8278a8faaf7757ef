/**
 * Asks the server what it has learnt, as views are opened, a page of them at a time, and keeps that in memory alone.
 * Without a line what was told stays; a view of which nothing was told is left to what this device works out by itself.
 */
import type { Earshot } from '../sync'
import { ask } from '../sync/asking'
import { pageOf, type Learned, type Page } from './learned'

/** What was told so long ago is asked again: decisions teach. */
const FRESH = 60_000

export class Learnt {
  readonly #earshot: Earshot
  readonly #now: () => number
  #told = $state.raw<Page>({})
  #asked: { [view: string]: number } = {}
  #asking = false
  #notBefore = 0

  constructor(earshot: Earshot, now: () => number) {
    this.#earshot = earshot
    this.#now = now
  }

  of(view: string): Learned | undefined {
    return this.#told[view]
  }

  /** A view was opened: what the server makes of it is asked, with that of others which wait. */
  async look(view: string): Promise<void> {
    const now = this.#now()
    if (this.#asking || now < this.#notBefore || now - (this.#asked[view] ?? -FRESH) < FRESH) return
    this.#asking = true
    try {
      // The first page has all of a usual morning; a view that it lacks stands first on a page that begins with it.
      const first = await this.#page('', now)
      if (!(view in first)) await this.#page(`?after=${view}~`, now)
      this.#asked[view] = now
    } catch {
      this.#notBefore = now + FRESH / 2
    } finally {
      this.#asking = false
    }
  }

  async #page(query: string, now: number): Promise<Page> {
    const page = pageOf(await ask(this.#earshot, { path: `/v1/reports/suggestions${query}` }))
    this.#told = { ...this.#told, ...page }
    for (const view of Object.keys(page)) this.#asked[view] = now
    return page
  }
}
