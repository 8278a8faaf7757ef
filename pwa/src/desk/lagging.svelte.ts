/**
 * Very many records as they were a moment ago: for what a page says about all of them, such as how many wait. While
 * thousands come in, such numbers are worked out now and then, and whoever types or scrolls does not wait for them.
 */
import { untrack } from 'svelte'
import type { Rec } from '../sync'

/** Up to so many are followed at once. */
const FEW = 5000
/** So far behind it may be, in milliseconds. */
const MOMENT = 1000

export class Lagging {
  #held = $state.raw<Rec[]>([])

  /** Made while a component is set up: it ends with it. */
  constructor(read: () => Rec[]) {
    this.#held = untrack(read)
    let soon: ReturnType<typeof setTimeout> | undefined
    const follow = (): void => {
      soon = undefined
      this.#held = untrack(read)
    }
    $effect(() => {
      if (read().length <= FEW) follow()
      else soon ??= setTimeout(follow, MOMENT)
    })
    $effect(() => () => clearTimeout(soon))
  }

  get current(): Rec[] {
    return this.#held
  }
}
