/** The one door between the screens and this device's sync: `openEarshot`, and the types that it speaks in. */
import { collections, unfit, type Collections } from '../schema/schema'
import { EarshotDevice } from './earshot'
import type { Kinds } from './kinds'
import type { Earshot } from './types'
import { browserWorld } from './world'

export type * from './types'
export { watchMark } from './mark'
export { receiptsIn, tidyReceipt } from './receipt'

const kinds: Kinds = { fields: (c) => (collections as Collections)[c], field: (c, field) => (collections as Collections)[c]?.[field], unfit }

/** Opens what this browser holds: quick, and without the network. Throws a `Trouble` where storage can't be had. */
export function openEarshot(): Promise<Earshot> {
  return EarshotDevice.open(browserWorld(), kinds)
}
