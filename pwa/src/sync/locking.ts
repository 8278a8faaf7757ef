/** The door between the screens and the PIN, beside index.ts: fetched when there is one, or when one is to be chosen. */
import { leave } from './ending'
import { kinds } from './index'
import { current } from './lives'
import { LockedEarshot } from './locked'
import { clearMark } from './mark'
import * as pins from './pin'
import { keepReady, type Ready } from './ready'
import { Store } from './store'
import { lineLock, tabsChannel, type Tell } from './tabs'
import { isTrouble, trouble } from './trouble'
import { browserWorld, type World } from './world'

export { DIGITS, ERASES_AFTER, WARNS_BEFORE, weakness, type Stake, type Tries, type Weakness } from './pin'
export { readyCollections, readyOf, type Begun, type Ready } from './ready'
export type { LockedEarshot } from './locked'

/** Opens a phone whose PIN is unsaid; null where there is none. */
export function openLocked(): Promise<LockedEarshot | null> {
  return LockedEarshot.open(browserWorld(), kinds)
}

/** How the PIN of this phone stands; null where it has none. */
export function pinTries(): Promise<pins.Tries | null> {
  return withStore(pins.pinTries)
}

/** What is lost where the PIN is forgotten. */
export function atStake(): Promise<pins.Stake> {
  return withStore(pins.atStake)
}

/**
 * Gives this phone its first PIN, and resolves with the key that is to be opened with from then on. The `Earshot` that
 * was open is closed before; other tabs have to say the PIN.
 */
export async function choosePin(pin: string, ready: Ready): Promise<CryptoKey> {
  const key = await withStore((store, world) => withLine(world, () => pins.choosePin(store, world, pin, ready)))
  tellTabs('locked')
  return key
}

/** Throws as `sayPin` does. */
export function changePin(old: string, pin: string): Promise<void> {
  return erasing(() => withStore((store, world) => pins.changePin(store, world, old, pin)))
}

/**
 * Resolves with the key. Throws a `Trouble`: `pin_wrong`, `pin_wait` for a try that comes too soon, `pin_erased` after one
 * too many, when nothing is here any more but what is sealed and not handed in.
 */
export function sayPin(pin: string): Promise<CryptoKey> {
  return erasing(() => withStore((store, world) => withLine(world, () => pins.sayPin(store, world, pin))))
}

/** The PIN is forgotten: erases everything but what is sealed and not handed in. */
export async function forgetAll(): Promise<void> {
  await withStore((store, world) =>
    withLine(world, async () => {
      const life = current(await store.lives())
      if (life) await leave(store, world, life)
    }),
  )
  clearMark()
  tellTabs('life')
}

/** Stores what lies open while the phone is locked, where it has a PIN. */
export function keepOpen(ready: Ready): Promise<void> {
  return withStore((store) => keepReady(store, ready))
}

/** In every other tab the PIN has to be said again. */
export function tellTabs(tell: 'locked' | 'life'): void {
  const world = browserWorld()
  const channel = world.channel(tabsChannel(world))
  channel?.postMessage({ tell } satisfies Tell)
  channel?.close()
}

async function erasing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isTrouble(cause) || cause.code !== 'pin_erases') throw cause
    await forgetAll()
    throw trouble('pin_erased', cause)
  }
}

async function withStore<T>(work: (store: Store, world: World) => Promise<T>): Promise<T> {
  const world = browserWorld()
  const store = new Store(world)
  try {
    return await work(store, world)
  } finally {
    await store.close()
  }
}

/** Nobody pushes meanwhile, be it another tab or the service worker. */
async function withLine<T>(world: World, work: () => Promise<T>): Promise<T> {
  if (!world.locks) return work()
  return (await world.locks.request(lineLock(world), { steal: true }, work)) as T
}
