/** Identities of this browser that are over, or copied, and still hold things: they hand them in one after the other. */
import type { Unlocked } from './ending'
import { handInRest, type Resting } from './rest'
import type { Store } from './store'
import type { World } from './world'

export interface Former {
  store: Store
  world: World
  /** What a wipe took off the disk and has not gone: it is tried this once. */
  unlocked: Unlocked
  /** Asked for anew for each: who lives may change meanwhile. */
  sayAgain: () => Resting['sayAgain']
  /** Hears of each life that was dealt with. */
  done: (life: number) => Promise<void>
}

/** Resolves true when none of them has anything more to hand in. */
export async function handInFormer({ store, world, unlocked, sayAgain, done }: Former): Promise<boolean> {
  let finished = true
  const key = await store.lock()
  for (const life of await store.lives()) {
    if (life.state === 'live' || life.state === 'unknown') continue
    finished = (await handInRest({ store, world, key, unlocked, sayAgain: sayAgain() }, life)) && finished
    unlocked = new Map()
    await done(life.life)
  }
  return finished
}
