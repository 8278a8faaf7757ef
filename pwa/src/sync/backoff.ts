/** When to come back: exponential backoff with full jitter (protocol section 4). */

const FIRST = 1_000
const MOST = 60_000
const WATCHED = 3_000

/**
 * How long to wait before a try, in milliseconds. `tries` counts the failures in a row before it (0: the first try
 * again), `chance` is in [0, 1), `watched` says that somebody looks at the page, and waits to hand in or for news; `atLeast` is
 * what the server asked for with `retry_after`, in milliseconds, and holds whatever else does.
 */
export function backoff(tries: number, chance: number, watched: boolean, atLeast = 0): number {
  const ceiling = Math.min(MOST, FIRST * 2 ** Math.min(tries, 16))
  return Math.max(atLeast, chance * Math.min(ceiling, watched ? WATCHED : MOST))
}

/** A number in [0, 1) from a source of bytes. */
export function chance(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): number {
  return random(new Uint8Array(4)).reduce((sum, byte) => (sum + byte) / 256, 0)
}
