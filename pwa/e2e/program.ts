/**
 * A member's own program, without a screen: what `/v1` offers to anybody's client. It sets up what no screen sets yet,
 * such as how long a phone holds a view back, and makes records that a screen is to show.
 */
import { createHash, randomUUID, webcrypto } from 'node:crypto'
import type { Invitation, Server } from './server'

type Change = { c: string; r: string; base?: number; set?: object; add?: object }

interface Page {
  acked: number
  records: {
    c: string
    r: string
    v: number
    f: { [field: string]: unknown }
    k?: { [field: string]: { value: unknown }[] }
  }[]
  results: { n: number; status: string; problem?: unknown }[]
}

const text = (it: object): string => Buffer.from(JSON.stringify(it)).toString('base64url')

export class Program {
  readonly #origin: string
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #device: string
  #access = ''

  private constructor(origin: string, keys: webcrypto.CryptoKeyPair, device: string) {
    this.#origin = origin
    this.#keys = keys
    this.#device = device
  }

  static async enrol(server: Server, invitation: Invitation): Promise<Program> {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const { crv, kty, x, y } = await webcrypto.subtle.exportKey('jwk', keys.publicKey)
    const device = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
    const program = new Program(server.origin, keys, device)
    await program.#post('/v1/enrol', { code: invitation.code, key: { kty, crv, x, y }, name: 'a program' })
    return program
  }

  /** Every record that this member may read, newest state. */
  async read(): Promise<Page['records']> {
    return (await this.#sync([])).records
  }

  /** Makes changes, one op each; each has to be taken. */
  async write(...changes: Change[]): Promise<void> {
    const refused = (await this.tell(...changes)).filter((it) => it.status === 'refused')
    if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`)
  }

  /** This team's phones hold nothing back: what is written down goes at once. */
  async holdNothing(): Promise<void> {
    const dat = (await this.read()).find((it) => it.c === 'dat')
    await this.write({ c: 'dat', r: dat?.r ?? '', base: dat?.v ?? 0, set: { hold_minutes: 0 } })
  }

  /** Is in touch, and says what it still holds: as a phone that was long without signal would. */
  async say(holds: { ops: number; oldest: string | null; persisted: boolean; trouble: string | null }): Promise<void> {
    await this.#post('/v1/sync', { hello: { app: 'e2e', schema: 1, epoch: null, now: new Date().toISOString(), holds } }, await this.#token())
  }

  /** Makes changes as `write` does, and gives what became of each, refused or not. */
  async tell(...changes: Change[]): Promise<Page['results']> {
    const { acked } = await this.#sync([])
    const at = new Date().toISOString()
    return (await this.#sync(changes.map((it, i) => ({ n: acked + i + 1, at, base: 0, schema: 1, ...it })))).results
  }

  /** What people said, as the team reads it, in order of the alphabet. */
  async heard(): Promise<string[]> {
    return (await this.read()).filter((it) => it.c === 'view').map((it) => String(it.f.words)).sort()
  }

  /** What lies at the desk, to be looked at before it counts. */
  async quarantined(): Promise<{ device: string; n: number }[]> {
    const answer = await fetch(`${this.#origin}/v1/quarantine`, { headers: { authorization: `Bearer ${await this.#token()}` } })
    return ((await answer.json()) as { ops: { device: string; n: number }[] }).ops
  }

  /** The team's devices. */
  async devices(): Promise<{ member: string; revoked: boolean }[]> {
    const answer = await fetch(`${this.#origin}/v1/devices`, { headers: { authorization: `Bearer ${await this.#token()}` } })
    return ((await answer.json()) as { devices: { member: string; revoked: boolean }[] }).devices
  }

  /** Pushes, then reads everything page by page. */
  async #sync(ops: object[]): Promise<Page> {
    const access = await this.#token()
    const records: Page['records'] = []
    let results: Page['results'] = []
    let push: object | undefined = ops.length > 0 ? { ops } : undefined
    let cursor: string | null = null
    for (;;) {
      const hello = { app: 'e2e', schema: 1, epoch: null, cursor, now: new Date().toISOString(), holds: { ops: 0, oldest: null, persisted: true, trouble: null } }
      const answer = await this.#post('/v1/sync', { hello, push }, access)
      const page = answer.changes as { records: Page['records']; cursor: string; more: boolean } | undefined
      records.push(...(page?.records ?? []))
      if (answer.ack) results = (answer.ack as Page).results
      if (!page?.more) return { acked: (answer.welcome as { acked: number }).acked, records, results }
      cursor = page.cursor
      push = undefined
    }
  }

  /** One token: no flow is longer than the quarter of an hour that it is good for. */
  async #token(): Promise<string> {
    this.#access ||= String((await this.#post('/v1/token', { assertion: await this.#assertion() })).access)
    return this.#access
  }

  async #assertion(): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.#device, sub: this.#device, aud: 'earshot', iat: now, exp: now + 120, jti: randomUUID() }
    const body = `${text({ alg: 'ES256', typ: 'JWT' })}.${text(claims)}`
    const signature = await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#keys.privateKey, Buffer.from(body))
    return `${body}.${Buffer.from(signature).toString('base64url')}`
  }

  async #post(path: string, body: object, bearer = ''): Promise<{ [key: string]: unknown }> {
    const headers = { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) }
    const answer = await fetch(this.#origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { [key: string]: unknown }
  }
}

/** An id for a record: a UUIDv7 of now. */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  const random = crypto.randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}
