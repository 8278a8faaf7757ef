/**
 * What every screen is handed: the door to what is kept and sent, the names of things, the place we are at, the time,
 * and a voice for those who listen instead of look.
 */
import { createContext } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'
import type { Earshot } from '../sync'
import { Known } from './known.svelte'
import { Route } from './route.svelte'

/** The present, for screens: reading it makes a screen follow it. */
export class Clock {
  readonly #read: () => Date
  readonly #halfMinutes = createSubscriber((update) => every(30_000, update))
  readonly #seconds = createSubscriber((update) => every(1000, update))

  constructor(read: () => Date) {
    this.#read = read
  }

  /** As fresh as relative times need. */
  get now(): Date {
    this.#halfMinutes()
    return this.#read()
  }

  /** For what counts down. */
  get second(): Date {
    this.#seconds()
    return this.#read()
  }

  /** The time at this moment, followed by nobody. */
  read(): Date {
    return this.#read()
  }
}

function every(milliseconds: number, update: () => void): () => void {
  const timer = setInterval(update, milliseconds)
  return () => clearInterval(timer)
}

export interface Leave {
  /** How much is not handed in, and would be lost. */
  waiting: () => number
  now: () => unknown
}

/** Lets go of what is open, and opens it with the key that comes: a PIN was chosen or said. */
export type Again = (make: () => Promise<CryptoKey>) => Promise<void>

export class Ground {
  readonly earshot: Earshot
  readonly known: Known
  readonly clock: Clock
  readonly route = new Route()
  /** How one leaves a computer that keeps nothing; null everywhere else. */
  readonly leave: Leave | null
  /** Null where nothing lies under a PIN, nor can: at a computer that keeps nothing. */
  readonly again: Again | null
  /** Whether what is kept here lies under a PIN; null while that is not known. */
  pinned = $state<boolean | null>(null)
  /** What the polite live region says now. */
  said = $state('')

  constructor(earshot: Earshot, read: () => Date, leave: Leave | null = null, again: Again | null = null) {
    this.earshot = earshot
    this.leave = leave
    this.again = again
    this.clock = new Clock(read)
    this.known = new Known(earshot)
  }

  #toSay: string[] = []

  /** Tells a screen reader of a change that everybody else sees. What comes at the same moment is said together: none is lost. */
  readonly say = (words: string): void => {
    this.said = ''
    if (this.#toSay.push(words) > 1) return
    setTimeout(() => {
      this.said = this.#toSay.join('. ')
      this.#toSay = []
    }, 60)
  }
}

export const [useGround, setGround] = createContext<Ground>()
