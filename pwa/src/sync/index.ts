/** The one door between the screens and this device's sync: `openEarshot`, and the types that it speaks in. */
export type * from './types'
