/** How the line stands, in the words of the door (types.ts): worked out from who this browser is and what it reaches. */
import type { Touch } from './connection'
import { isOver } from './lives'
import type { Outbox } from './outbox'
import type { LifeState } from './store'
import type { Line } from './types'

export interface Standing {
  /** The state of the life that the screens speak for; null where there is none. */
  state: LifeState | null
  outbox: Outbox | null
  touch: Touch
  /** When the server last said anything, in milliseconds; 0 where this page has not heard it. */
  heard: number
  /** Since when this device and the server have the same. */
  together: Date
  /** Whether what was here was revoked and wiped. */
  ended: boolean
}

export function lineOf({ state, outbox, touch, heard, together, ended }: Standing): Line {
  if (!state || !outbox) return ended ? { kind: 'ended' } : { kind: 'no-signal', waiting: 0, last: null }
  if (state !== 'live') return isOver({ state }) ? { kind: 'ended' } : { kind: 'not-known' }
  if (touch === 'elsewhere') return { kind: 'elsewhere' }
  const { ops, held } = outbox.waiting
  if (touch === 'on') return ops > held ? { kind: 'handing-in', waiting: ops - held } : { kind: 'together', since: together }
  const last = Math.max(outbox.life.touched, heard)
  return { kind: 'no-signal', waiting: ops, last: last ? new Date(last) : null }
}
