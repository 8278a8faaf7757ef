/** `summing`, for a screen: what all records come to, as of a moment ago; null while it is not worked out yet. */
import { untrack } from 'svelte'
import type { Rec } from '../sync'
import { Summing, type Sum } from './summing'

export class Summed<T> {
  #total = $state.raw<T | null>(null)

  /** Made while a component is set up: it ends with it. `begin` gives a sum that has taken nothing. */
  constructor(read: () => Rec[], begin: () => Sum<T>) {
    const summing = new Summing<T>((total) => (this.#total = total))
    const follow = (): void => summing.follow(read(), begin())
    untrack(follow)
    $effect(() => {
      const [all, sum] = [read(), begin()]
      untrack(() => summing.follow(all, sum))
    })
    $effect(() => () => summing.end())
  }

  get current(): T | null {
    return this.#total
  }
}
