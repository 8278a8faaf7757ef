/** How a change that somebody makes becomes an op that is kept: its text, sealed or locked, and what may be shown of it. */
import { canonical, tidy } from './canonical'
import { sha256, toUtf8 } from './bytes'
import { weekOf } from './ids'
import type { Kinds } from './kinds'
import { hourOf } from './lives'
import { lock, lockJson, type Lock } from './lock'
import { LONGEST_HOLD, place } from './row'
import { seal, sealedLength, sealedOp } from './seal'
import type { Life, Row } from './store'
import { trouble } from './trouble'
import type { Change, Json, Me } from './types'
import type { World } from './world'

/** The largest op that the server takes, in bytes as it stands in a frame (protocol section 4). */
const LARGEST_OP = 256 * 1024
/** What of that a sealed op has beside its seal: its number and the name of the key. */
const AROUND_SEAL = 120
const SCHEMA = 1
const HOUR = 3_600_000

/** What never waits behind something that is held, and ends the hold of everything before it. */
const HURRIES = new Set(['escalation'])

/** What may be known of an op here, once it is sealed: ids and enum values, never words. */
export interface Label {
  c: string
  r: string
  does: 'make' | 'change' | 'withdraw'
  made: number
  week: string
  about: { [field: string]: Json }
}

export interface Saving {
  /** For how many minutes it is held here and may be taken back before it goes. */
  hold?: number
  about?: { [field: string]: Json }
  /** What is said is what the draft held: it goes in the same transaction. */
  finishes?: boolean
  /** For an op that was saved before under another identity: when it was said, and the row that it stands in for. */
  again?: { at: string; row: [life: number, n: number] }
}

/** What is the same for all that one save says. */
export interface Saying {
  world: World
  kinds: Kinds
  /** The device's own lock. */
  key: Lock
  me: Me
  life: Life
  now: number
  saving: Saving
}

/** What is known here of the record that a change is about. */
interface About {
  /** The version last received; 0 for never. */
  base: number
  /** Whether the change makes it. */
  makes: boolean
}

/** Throws a `Trouble` for what is larger than the server takes. */
export async function rowOf(saying: Saying, n: number, change: Change, { base, makes }: About): Promise<Row> {
  const { world, kinds, key, me, life, now, saving } = saying
  const { r, ...rest } = change
  const op: { [key: string]: Json } = { ...(rest as { [key: string]: Json }), at: saving.again?.at ?? new Date(now).toISOString(), base, schema: SCHEMA }
  if (r) op.r = r
  const sealed = isSealed(me, change)
  const text = canonical(sealed ? op : { ...op, n })
  const bytes = toUtf8(text)
  if ((sealed ? sealedLength(bytes.length) + AROUND_SEAL : bytes.length) > LARGEST_OP) throw trouble('too_large')
  const held = saving.hold && !change.withdraw ? Math.min(saving.hold * 60_000, LONGEST_HOLD) : 0
  const does = change.withdraw ? 'withdraw' : makes ? 'make' : 'change'
  const label: Label = { c: change.c, r, does, made: now, week: weekOf(now), about: aboutOf(change, saving.about, kinds) }
  const body = sealed ? await seal(life.intake, life.device, n, bytes) : await lock(key, place(life.life, n), bytes, world.random)
  return {
    life: life.life,
    n,
    form: sealed ? 'sealed' : 'plain',
    key: sealed ? life.intake.id : '',
    body,
    label: await lockJson(key, `${place(life.life, n)}/label`, label as unknown as Json, world.random),
    held,
    latest: held && hourOf(now + held) + HOUR,
    hash: await sha256(toUtf8(sealed ? sealedOp(n, life.intake.id, body) : text)),
    sent: false,
    laid: true,
    aside: null,
    status: null,
    seq: null,
    problem: null,
    safeAt: 0,
  }
}

/** Whose words are sealed on saving: those of everybody who carries a phone to where people speak. */
function isSealed(me: Me, change: Change): boolean {
  return me.role === 'volunteer' || me.role === 'outreach' || (me.role === 'manager' && change.c === 'view')
}

/** Whether a change ends the hold of everything before it. */
export function hurries(change: Change, makes: boolean, kinds: Kinds): boolean {
  if (change.withdraw || HURRIES.has(change.c) || change.redact) return true
  if (makes) return false
  return Object.keys(change.set ?? {}).some((field) => kinds.field(change.c, field)?.deciding || kinds.field(change.c, field)?.kind === 'narrow')
}

/** Values in the form in which they are compared and stored, without what the change leaves out. */
export function tidyChange(change: Change): Change {
  const said = Object.entries(change).filter(([, value]) => value !== undefined)
  return tidy(Object.fromEntries(said) as Json) as unknown as Change
}

/** The change of an op that was kept in plain, with when it was said and what it was based on. */
export function saidBefore(text: string): { change: Change; at: string; base: number } {
  const { at, base, c, r = '', set, add, remove, settle, redact, withdraw, receipt } = JSON.parse(text) as Change & { at: string; base: number }
  return { change: { c, r, set, add, remove, settle, redact, withdraw, receipt } as Change, at, base }
}

/** Of what a screen says about a save, what this change speaks of; nothing that holds a person's words. */
function aboutOf(change: Change, about: Saving['about'], kinds: Kinds): { [field: string]: Json } {
  const fields = new Set([...Object.keys(change.set ?? {}), ...Object.keys(change.add ?? {})])
  const may = (field: string): boolean => fields.has(field) && kinds.field(change.c, field)?.redactable !== true && kinds.field(change.c, field)?.kind !== 'log'
  return Object.fromEntries(Object.entries(about ?? {}).filter(([field]) => may(field)))
}
