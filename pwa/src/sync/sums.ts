/**
 * The check sums of a replica (protocol section 5): for each audience the sum, modulo 2⁶⁴, of the first 8 bytes of
 * SHA-256 of `c/r/v` over its records.
 *
 * SHA-256 stands here once more, in plain script, because WebCrypto's is asynchronous: a hundred thousand promises
 * for a hundred thousand records would cost more than the hashing.
 */

const K = new Uint32Array(64)
const START = new Uint32Array(8)
{
  // FIPS 180-4: the first 32 bits of the fractional parts of the square and cube roots of the first primes.
  const fraction = (x: number): number => Math.floor((x - Math.floor(x)) * 2 ** 32)
  let found = 0
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true
    for (let d = 2; d * d <= candidate && prime; d++) prime = candidate % d !== 0
    if (!prime) continue
    if (found < 8) START[found] = fraction(Math.sqrt(candidate))
    K[found++] = fraction(Math.cbrt(candidate))
  }
}

const turn = (x: number, by: number): number => (x >>> by) | (x << (32 - by))
const W = new Uint32Array(64)

function block(state: Uint32Array, view: DataView, offset: number): void {
  const at = (i: number): number => W[i] ?? 0
  for (let i = 0; i < 16; i++) W[i] = view.getUint32(offset + i * 4)
  for (let i = 16; i < 64; i++) {
    const s0 = turn(at(i - 15), 7) ^ turn(at(i - 15), 18) ^ (at(i - 15) >>> 3)
    const s1 = turn(at(i - 2), 17) ^ turn(at(i - 2), 19) ^ (at(i - 2) >>> 10)
    W[i] = at(i - 16) + s0 + at(i - 7) + s1
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + at(i)) | 0
    const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  ;[a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] = (state[i] ?? 0) + x))
}

/** The first 8 bytes of SHA-256, as a big-endian unsigned integer. */
export function sha256First8(bytes: Uint8Array): bigint {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, bytes.length * 8)
  const state = START.slice()
  for (let offset = 0; offset < padded.length; offset += 64) block(state, view, offset)
  return (BigInt(state[0] ?? 0) << 32n) | BigInt(state[1] ?? 0)
}

const encoder = new TextEncoder()

/** What one record adds to the sum of each audience that it is in. */
export function share(c: string, r: string, v: number): bigint {
  return sha256First8(encoder.encode(`${c}/${r}/${v}`))
}

/** Sums by audience, kept up to date as records come and go. */
export class Sums {
  readonly #by = new Map<string, bigint>()

  add(audiences: readonly string[], c: string, r: string, v: number): void {
    this.#change(audiences, share(c, r, v))
  }

  take(audiences: readonly string[], c: string, r: string, v: number): void {
    this.#change(audiences, -share(c, r, v))
  }

  /** As it stands on the wire: a decimal string. */
  of(audience: string): string {
    return String(this.#by.get(audience) ?? 0n)
  }

  #change(audiences: readonly string[], by: bigint): void {
    for (const audience of audiences) {
      this.#by.set(audience, BigInt.asUintN(64, (this.#by.get(audience) ?? 0n) + by))
    }
  }
}
