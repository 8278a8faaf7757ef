/** Phones and browsers as the server knows them: when each was last in touch, what it still holds, what troubles it. */
import type { Json } from '../sync'
import type { Asked } from '../sync/asking'
import { object, part } from '../ui/fields'

export interface Device {
  id: string
  member: string
  name: string
  /** When it was last in touch; null where it never was. */
  seen: Date | null
  /** Things that it holds and has not handed in, as it said itself when it was last in touch. */
  holds: number
  /** Since when it holds the oldest of them; null where it has not said. */
  since: Date | null
  /** Whether its browser promised to keep what is stored; null where it has not said. */
  persisted: boolean | null
  /** The code of its last trouble, or ''. */
  trouble: string
  off: boolean
}

/** What is held for longer than this is no bad afternoon without signal any more. */
const STUCK = 24 * 3_600_000

export function readDevices(answer: Asked): Device[] {
  return list(answer.devices).map((it) => {
    const holds = object(object(it).holds)
    return {
      id: part(it, 'id'),
      member: part(it, 'member'),
      name: part(it, 'name'),
      seen: time(part(it, 'last_seen')),
      holds: typeof holds.ops === 'number' ? holds.ops : 0,
      since: time(part(holds, 'oldest')),
      persisted: typeof holds.persisted === 'boolean' ? holds.persisted : null,
      trouble: part(holds, 'trouble'),
      off: object(it).revoked === true,
    }
  })
}

/** It holds something that should long have come. */
export function isStuck(device: Device, now: Date): boolean {
  return !device.off && device.holds > 0 && device.since !== null && now.getTime() - device.since.getTime() > STUCK
}

/** One's phones in the order in which they matter: stuck first, then whichever was in touch last; those switched off at the end. */
export function inOrder(devices: Device[], now: Date): Device[] {
  const rank = (it: Device): number => (it.off ? 2 : isStuck(it, now) ? 0 : 1)
  return [...devices].sort((a, b) => rank(a) - rank(b) || (b.seen?.getTime() ?? 0) - (a.seen?.getTime() ?? 0))
}

export interface Invitation {
  member: string
  made: Date | null
  expires: Date | null
  used: boolean
}

export function readInvitations(answer: Asked): Invitation[] {
  return list(answer.invitations).map((it) => ({
    member: part(it, 'member'),
    made: time(part(it, 'made')),
    expires: time(part(it, 'expires')),
    used: part(it, 'used') !== '',
  }))
}

/** The last invitation of a member that was not used, whether it is still good or not. */
export function openInvitation(invitations: Invitation[], member: string): Invitation | undefined {
  return invitations
    .filter((it) => it.member === member && !it.used)
    .sort((a, b) => (b.made?.getTime() ?? 0) - (a.made?.getTime() ?? 0))[0]
}

/** Whom one may give a device: who could invite an administrator could become one. */
export function mayInvite(role: string): readonly string[] {
  const front = ['volunteer', 'outreach', 'manager']
  return role === 'admin' ? [...front, 'coordinator', 'lead', 'admin'] : role === 'coordinator' ? front : []
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function time(text: string): Date | null {
  const at = text === '' ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? null : new Date(at)
}
