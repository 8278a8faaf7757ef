/**
 * Who this device is: a key pair whose private half no script can read, the code that lets it in, the short-lived
 * tokens that it shows. Every answer is checked for being the server's own: a captive portal's page is no answer.
 */
import { fromBase64url, sha256, toBase64url, toUtf8 } from './bytes'
import { canonical } from './canonical'
import type { Random } from './ids'
import type { Intake } from './seal'
import { trouble } from './trouble'
import type { Json, Me } from './types'
import type { World } from './world'

/** An assertion lives at most five minutes (protocol section 3); less leaves room for a clock that drifts. */
const ASSERTION = 240
/** A token is renewed so long before it ends. */
const RENEW = 90_000
const PATIENCE = 15_000
/** Beside that, an answer may take as long as its question on a slow line: bytes a millisecond. */
const SLOWEST = 2

const EC = { name: 'ECDSA', namedCurve: 'P-256' }

export async function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(EC, false, ['sign', 'verify'])
}

interface PublicJwk {
  crv: string
  kty: string
  x: string
  y: string
}

export async function publicJwk(keys: CryptoKeyPair): Promise<PublicJwk> {
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  return { crv, kty, x, y }
}

/** The RFC 7638 thumbprint of the public key: the device's id. */
export async function thumbprint(keys: CryptoKeyPair): Promise<string> {
  return sha256(toUtf8(canonical((await publicJwk(keys)) as unknown as Json)))
}

/** A JWT signed by the device key (ES256). `now` is the server's time, in milliseconds. */
export async function assertion(keys: CryptoKeyPair, device: string, now: number, random: Random): Promise<string> {
  const part = (it: Json): string => toBase64url(toUtf8(JSON.stringify(it)))
  const iat = Math.floor(now / 1000)
  const jti = toBase64url(random(new Uint8Array(18)))
  const signed = `${part({ alg: 'ES256', typ: 'JWT' })}.${part({ iss: device, sub: device, aud: 'earshot', iat, exp: iat + ASSERTION, jti })}`
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, toUtf8(signed))
  return `${signed}.${toBase64url(new Uint8Array(signature))}`
}

/** What the server answered: an object, or a problem with its stable code. */
export type Answer = { ok: true; body: { [key: string]: unknown } } | { ok: false; status: number; code: string; body: { [key: string]: unknown } }

/** Posts JSON to the server. Throws `no_answer` for anything that can't be the server's own answer. */
export async function post(world: World, path: string, body: string, bearer?: string): Promise<Answer> {
  const stop = new AbortController()
  const cancel = world.after(PATIENCE + body.length / SLOWEST, () => stop.abort())
  try {
    const answer = await world.fetch(world.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
      body,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: stop.signal,
    })
    const type = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim()
    const held: unknown = type === 'application/json' || type === 'application/problem+json' ? await answer.json() : null
    if (typeof held !== 'object' || held === null || Array.isArray(held)) throw trouble('no_answer')
    const it = held as { [key: string]: unknown }
    if (answer.ok && type === 'application/json') return { ok: true, body: it }
    if (typeof it.code !== 'string') throw trouble('no_answer')
    return { ok: false, status: answer.status, code: it.code, body: it }
  } catch (cause) {
    throw trouble('no_answer', cause)
  } finally {
    cancel()
  }
}

export interface Enrolled {
  me: Me
  intake: Intake
  epoch: string
}

const ROLES = new Set<unknown>(['volunteer', 'outreach', 'coordinator', 'manager', 'lead', 'admin'])

/** Redeems a code for these keys. Throws a `Trouble` with the server's code, or `no_answer`. */
export async function enrol(world: World, keys: CryptoKeyPair, code: string, name: string): Promise<Enrolled> {
  const answer = await post(world, '/v1/enrol', JSON.stringify({ code: code.trim(), key: await publicJwk(keys), name }))
  if (!answer.ok) throw trouble(answer.code)
  const { device, member, name: who, role, dat, intake, epoch } = answer.body
  const own = await thumbprint(keys)
  const isText = (it: unknown): it is string => typeof it === 'string' && it !== ''
  const team = dat as { [key: string]: unknown } | null
  const sealing = intake as { [key: string]: unknown } | null
  if (device !== own || !isText(member) || !isText(who) || !ROLES.has(role) || !isText(epoch)) throw trouble('no_answer')
  if (!isText(team?.id) || !isText(team.name) || !isText(team.slug) || !isText(sealing?.id) || !isPoint(sealing.key)) throw trouble('no_answer')
  return {
    me: { device: own, member, name: who, role: role as Me['role'], dat: { id: team.id, name: team.name, slug: team.slug } },
    intake: { id: sealing.id, key: sealing.key },
    epoch,
  }
}

function isPoint(it: unknown): it is string {
  try {
    return typeof it === 'string' && fromBase64url(it).length === 65
  } catch {
    return false
  }
}

/** Access tokens for one device, and the server's clock. */
export class Tokens {
  readonly #world: World
  readonly #keys: CryptoKeyPair
  readonly #device: string
  #held: { access: string; until: number } | null = null
  #asking: Promise<string> | null = null
  #offset = 0

  constructor(world: World, keys: CryptoKeyPair, device: string) {
    this.#world = world
    this.#keys = keys
    this.#device = device
  }

  /** The server's clock less this one's, in milliseconds, as far as it is known. */
  get offset(): number {
    return this.#offset
  }

  /** When the token that is held has to be renewed, on this device's clock; null where there is none. */
  get renewAt(): number | null {
    return this.#held && this.#held.until - RENEW
  }

  /** Learns the server's time from what it says. */
  heard(now: unknown): void {
    const at = typeof now === 'string' ? Date.parse(now) : NaN
    if (!Number.isNaN(at)) this.#offset = at - this.#world.now()
  }

  drop(): void {
    this.#held = null
  }

  /** A token that is good for a while. Throws a `Trouble`: `no_answer`, or the server's code. */
  async access(): Promise<string> {
    if (this.#held && this.#held.until - RENEW > this.#world.now()) return this.#held.access
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  async #ask(): Promise<string> {
    for (let corrected = false; ; corrected = true) {
      const jwt = await assertion(this.#keys, this.#device, this.#world.now() + this.#offset, this.#world.random)
      const answer = await post(this.#world, '/v1/token', JSON.stringify({ assertion: jwt }))
      this.heard(answer.body.now)
      if (answer.ok) {
        const { access, expires_in } = answer.body
        if (typeof access !== 'string' || typeof expires_in !== 'number') throw trouble('no_answer')
        this.#held = { access, until: this.#world.now() + expires_in * 1000 }
        return access
      }
      if (answer.code === 'clock_skew' && !corrected) continue
      const wait = answer.body.retry_after
      throw Object.assign(trouble(answer.code), typeof wait === 'number' ? { retryAfter: wait } : {})
    }
  }
}
