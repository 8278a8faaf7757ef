/** Chance that can be had again: a seed, printed, or given as EARSHOT_SEED. */
import { randomInt } from 'node:crypto'

export class Chance {
  readonly seed: number
  #state: number

  constructor() {
    this.seed = Number(process.env.EARSHOT_SEED) || randomInt(1, 2 ** 31)
    this.#state = this.seed
    console.log(`EARSHOT_SEED=${this.seed}`)
  }

  /** A whole number from 0 to below `end` (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * end)
  }
}
