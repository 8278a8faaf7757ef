/** One op as it is kept: where it is locked for, whether it is held back, what stays of one that was voided. */
import type { Row } from './store'

/** No hold is longer than a day, as the schema has it. */
export const LONGEST_HOLD = 86_400_000

/**
 * Until when an op that was made then is held back, in milliseconds; null where it may go. A clock that was put back
 * since would hold it longer than anybody meant: it goes.
 */
export function heldUntil(row: { held: number; sent: boolean }, made: number, now: number): number | null {
  if (row.sent || row.held === 0) return null
  // A row of an earlier build holds the end itself.
  const until = row.held > LONGEST_HOLD ? row.held : made + row.held
  return until > now && until <= now + LONGEST_HOLD ? until : null
}

/** Where an op is locked for: it unlocks under no other number. */
export function place(life: number, n: number): string {
  return `outbox/${life}/${n}`
}

export const voidText = (n: number): string => JSON.stringify({ n, void: true })

/** Nothing is left of it but its number, and the hash where it had been on the wire. */
export function voidRow(row: Row): Row {
  return { ...row, body: null, label: null, laid: false, held: 0, latest: 0, hash: row.sent ? row.hash : null }
}
