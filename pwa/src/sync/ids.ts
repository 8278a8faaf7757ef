/** Ids of records: UUIDv7, made by whoever makes the record. */

/** Fills bytes at random: `crypto.getRandomValues`, or a test's own. */
export type Random = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>

/**
 * Records of what somebody said or did: their ids tell the week and no more, so that nobody can work out from an id
 * on which day a view was written down.
 */
const BY_WEEK = new Set(['view', 'visit', 'escalation'])

const DAY = 86_400_000

/** The start of the ISO week, Monday 00:00 UTC, in milliseconds. */
export function weekStart(at: number): number {
  const day = Math.floor(at / DAY)
  // 1 January 1970 was a Thursday, the fourth day of its week.
  return (day - ((((day + 3) % 7) + 7) % 7)) * DAY
}

/** The Monday of the ISO week (UTC), YYYY-MM-DD. */
export function weekOf(at: number): string {
  return new Date(weekStart(at)).toISOString().slice(0, 10)
}

/** A UUIDv7; for a view, a visit or an escalation its time bits are the start of the ISO week. */
export function newId(collection: string, now: number, random: Random): string {
  const bytes = random(new Uint8Array(16))
  const view = new DataView(bytes.buffer)
  const time = BY_WEEK.has(collection) ? weekStart(now) : now
  view.setUint16(0, Math.floor(time / 2 ** 32))
  view.setUint32(2, time % 2 ** 32)
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70)
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
