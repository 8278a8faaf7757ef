/** A value that screens can watch: the store contract that Svelte reads with `$`, without Svelte. */
import type { Live } from './types'

export class Value<T> implements Live<T> {
  #now: T
  readonly #runs = new Set<(value: T) => void>()

  constructor(start: T) {
    this.#now = start
  }

  get now(): T {
    return this.#now
  }

  set(value: T): void {
    if (Object.is(value, this.#now)) return
    this.#now = value
    for (const run of [...this.#runs]) run(value)
  }

  subscribe(run: (value: T) => void): () => void {
    this.#runs.add(run)
    run(this.#now)
    return () => void this.#runs.delete(run)
  }
}

/** A value that is worked out when somebody looks, and again after `stale()` while anybody looks. */
export class Worked<T> implements Live<T> {
  readonly #work: () => T
  readonly #runs = new Set<(value: T) => void>()

  constructor(work: () => T) {
    this.#work = work
  }

  stale(): void {
    if (!this.#runs.size) return
    const value = this.#work()
    for (const run of [...this.#runs]) run(value)
  }

  subscribe(run: (value: T) => void): () => void {
    this.#runs.add(run)
    run(this.#work())
    return () => void this.#runs.delete(run)
  }
}
