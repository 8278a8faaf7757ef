/** The one door between the screens and this device's sync: `openEarshot`, and the types that it speaks in. */
import { collections, unfit, type Collections } from '../schema/schema'
import { EarshotDevice } from './earshot'
import type { Kinds } from './kinds'
import type { Earshot } from './types'
import { browserWorld, type World } from './world'

export type * from './types'
export { watchMark } from './mark'

/** For the doors beside this one. */
export const kinds: Kinds = { fields: (c) => (collections as Collections)[c], field: (c, field) => (collections as Collections)[c]?.[field], unfit }

/** A device in a world of its own: for a door beside this one (shared.ts). */
export const openIn = (world: World): Promise<EarshotDevice> => EarshotDevice.open(world, kinds)

/** An `Earshot` that can be let go of, so that it is opened with another key or none. */
export type Opened = Earshot & { close(): Promise<void> }

/**
 * Opens what this browser holds: quick, and without the network. Throws a `Trouble` where storage can't be had.
 * `key` is what saying the PIN gives (locking.ts); `locked` runs when it has to be said again.
 */
export function openEarshot(key?: CryptoKey, locked?: () => void): Promise<Opened> {
  return openIn({ ...browserWorld(), key, locked })
}
