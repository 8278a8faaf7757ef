/**
 * What a page says about all of very many records, such as how many wait: worked out some at a time, and again a moment
 * after they have changed, so that whoever types or scrolls never waits for it.
 */
import type { Rec } from '../sync'

/** Takes records one after the other, and says what they come to. */
export interface Sum<T> {
  take(rec: Rec): void
  total(): T
}

/** Up to so many are summed at once; of more, so many in one go: some milliseconds. */
const FEW = 5000
const SLICE = 3000
/** So long very many are left alone before they are summed again, in milliseconds. */
const MOMENT = 300

export function sumOf<T>(recs: Rec[], sum: Sum<T>): T {
  for (const rec of recs) sum.take(rec)
  return sum.total()
}

/** Those of all that are asked for. */
export class Those implements Sum<Rec[]> {
  readonly #asked: (rec: Rec) => boolean
  readonly #found: Rec[] = []

  constructor(asked: (rec: Rec) => boolean) {
    this.#asked = asked
  }

  take(rec: Rec): void {
    if (this.#asked(rec)) this.#found.push(rec)
  }

  total(): Rec[] {
    return this.#found
  }
}

export class Summing<T> {
  readonly #tell: (total: T) => void
  readonly #later: (work: () => void, ms: number) => void
  #next: { all: Rec[]; sum: Sum<T> } | null = null
  /** Another one with each beginning: what was put off before that is not done any more. */
  #pass: object | null = null

  constructor(tell: (total: T) => void, later: (work: () => void, ms: number) => void = (work, ms) => void setTimeout(work, ms)) {
    this.#tell = tell
    this.#later = later
  }

  /** The records as they are now, and a sum that has taken none of them. */
  follow(all: Rec[], sum: Sum<T>): void {
    if (all.length <= FEW) {
      this.end()
      this.#tell(sumOf(all, sum))
      return
    }
    this.#next = { all, sum }
    if (!this.#pass) this.#begin()
  }

  end(): void {
    this.#pass = this.#next = null
  }

  #begin(): void {
    const next = this.#next
    this.#next = null
    this.#pass = next && {}
    if (next) this.#slice(next.all, next.sum, 0)
  }

  #slice(all: Rec[], sum: Sum<T>, from: number): void {
    for (const rec of all.slice(from, from + SLICE)) sum.take(rec)
    if (from + SLICE < all.length) return this.#soon(() => this.#slice(all, sum, from + SLICE), 0)
    this.#tell(sum.total())
    this.#soon(() => this.#begin(), MOMENT)
  }

  #soon(work: () => void, ms: number): void {
    const pass = this.#pass
    this.#later(() => this.#pass === pass && work(), ms)
  }
}
