/**
 * What a screen may know of a device: the door between the screens and the sync folder.
 * No screen opens IndexedDB or a socket; everything goes through an `Earshot`.
 */
import type { World } from './world'

/** Anything that a Svelte component can read with `$`: the store contract, without Svelte. */
export interface Live<T> {
  /** Calls `run` at once and at each change, until the returned function is called. */
  subscribe(run: (value: T) => void): () => void
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Who this device speaks for, as enrolment told it. */
export interface Me {
  device: string
  member: string
  name: string
  role: 'volunteer' | 'outreach' | 'coordinator' | 'manager' | 'lead' | 'admin'
  dat: { id: string; name: string; slug: string }
}

/** A value that lost against another one; both stay until somebody settles the field. */
export interface Loser {
  value: Json
  by: string
  at: string
  n: number
  device: string
}

/** A record as it is shown: the server's, with what this device has said since laid over it. */
export interface Rec {
  c: string
  r: string
  /** The version last received; 0 when it was made here and has not come back yet. */
  v: number
  f: { [field: string]: Json }
  k: { [field: string]: Loser[] }
  /** True while something of this device's lies over it that the server has not sent back; else absent. */
  pending?: true
}

/** How the line to the server is, in the words that the top of the screen says. */
export type Line =
  | { kind: 'together'; since: Date } // in touch, nothing waits
  | { kind: 'handing-in'; waiting: number }
  | { kind: 'no-signal'; waiting: number; last: Date | null }
  | { kind: 'elsewhere' } // another tab or a newer connection of this device has the line
  | { kind: 'not-known' } // the server does not know this device: a new code is needed, nothing is lost
  | { kind: 'ended' } // this device was revoked; what it held is erased

/** The five states of a thing handed in (mockups: "Five states"). */
export type Fate = 'here' | 'going' | 'team' | 'safe' | 'look'

/**
 * Why a device has set an op aside by itself: no frame that holds it is taken, so the server has not got it. Whatever
 * the server refuses, under codes of its own, it keeps whole.
 */
export const ASIDE = ['too_large', 'not_taken'] as const
export type Aside = (typeof ASIDE)[number]

/** One thing handed in, as far as a phone may know it once it is sealed: never the words. */
export interface HandedIn {
  n: number
  c: string
  r: string
  /** Whether it made the record, changed it, or takes it back. */
  does: 'make' | 'change' | 'withdraw'
  fate: Fate
  /** The Monday of the week it was made in, YYYY-MM-DD. */
  week: string
  /** What may be kept beside a sealed op: kind, themes, service (ids and enum values, never words). */
  about: { [field: string]: Json }
  /** Why it needs a look, in the server's stable code or as an `Aside`; the screen says it in words. */
  problem: { code: string; field?: string } | null
  /** Until when it is held on the phone and may be taken back before it goes. */
  heldUntil: Date | null
}

/** One change to one record, before it has a number. */
export interface Change {
  c: string
  r: string
  set?: { [field: string]: Json }
  add?: { [field: string]: Json[] }
  remove?: { [field: string]: Json[] }
  settle?: { [field: string]: Json }
  redact?: { [field: string]: Json }
  withdraw?: true
  receipt?: string
}

/** What became of what the holder of a receipt said. */
export interface LookedUp {
  status: string
  answers: { id: string; said: string; did: string; published: string }[]
}

export interface Trouble extends Error {
  /** Stable: `invitation_invalid`, `no_answer`, `storage_full`, `storage_gone`, `storage_cleared`, `storage_newer`, `not_saved`, … */
  code: string
}

export interface Earshot {
  /** Whether all that is kept here lies under a PIN that was not said: then nothing of it is shown. */
  readonly locked: boolean
  readonly me: Live<Me | null>
  readonly line: Live<Line>
  /** Whether the browser promised to keep what is stored; null while it is not known. */
  readonly persisted: Live<boolean | null>
  readonly handedIn: Live<HandedIn[]>
  /** True once a first read has ended (or everything that was held is loaded): lists may say "nothing here". */
  readonly complete: Live<boolean>

  /** Makes a key, redeems the code, stores who we are. Throws `Trouble`. */
  enrol(code: string, deviceName: string): Promise<Me>
  /** Asks the browser to promise that it keeps what is stored, and gives its answer: null where it cannot be asked. */
  askToKeep(): Promise<boolean | null>

  /** Every record of a collection, newest change last; kept up to date. */
  records(collection: string): Live<Rec[]>
  record(collection: string, id: string): Live<Rec | undefined>

  /**
   * Numbers, seals (for a volunteer, an outreach worker) or encrypts, and stores the changes durably, in one
   * transaction. Resolves only when they are on this phone. `hold` keeps them here for so many minutes,
   * in which `takeBack` voids them. `about` is what of it may be shown here afterwards: ids and enum values.
   * `finishes` erases the draft with it.
   */
  save(changes: Change[], options?: { hold?: number; about?: { [field: string]: Json }; finishes?: boolean }): Promise<HandedIn[]>

  /**
   * The one view that is being written and not yet finished: a JSON value of the screen's own shape, stored
   * encrypted under the device's lock, and erased when null is kept. `keep` resolves when it is stored.
   */
  readonly draft: { load(): Promise<Json>; keep(value: Json): Promise<void> }

  /** Whether there is a draft here, from now or from before, whether it can be read or not. */
  drafting(): Promise<boolean>

  /**
   * What a member carries besides, as a draft is kept: printed cards that are not given out yet, codes of others that
   * wait for a line to be looked up. No save erases it.
   */
  readonly pocket: Earshot['draft']

  /** What was written on this phone while it was locked, and is no op: it waits for its place (lock/owed.ts). */
  readonly owed: Earshot['draft']

  /** Voids what is still held here; withdraws what has gone. Resolves when that is stored. */
  takeBack(item: HandedIn): Promise<void>

  /** Shows no more of what needs a look: it has been seen, and nothing is left to do here. */
  putAway(item: HandedIn): Promise<void>

  /** A new id for a record: UUIDv7; for view, visit and escalation its time bits are the start of the ISO week. */
  newId(collection: string): string

  /** Three words and two digits, at random. */
  newReceipt(): string

  /** What became of what a receipt's holder said; `no_answer` without signal. */
  lookUp(receipt: string): Promise<LookedUp>

  /** Lets what is asked over HTTP alone (asking.ts) speak as this device; no screen sees its token. */
  speak<T>(call: (world: World, access: string) => Promise<T>): Promise<T>

  /** What has not been handed in, as it would go: text of a file that the desk can take in. Sealed words stay sealed. */
  rescue(): Promise<string>

  /** Erases everything here but what has not been handed in. */
  erase(): Promise<void>
}
