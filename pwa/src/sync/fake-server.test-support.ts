/**
 * A server in memory that speaks the frames of the protocol, for tests of the client: enrolment, tokens, both ways of
 * syncing, acks, gaps, restores, revocation.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { fromBase64url, fromUtf8, sha256, toBase64url, toUtf8 } from './bytes'
import { sealInfo } from './seal'
import { FakeConnection, opTexts } from './fake-connection.test-support'
import { FakeRecords, type FakeDevice, type FakeRecord, type Frame, type Op, type Result } from './fake-records.test-support'
import type { Json } from './types'
import type { Clock } from './fake-world.test-support'

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

export interface Line {
  send(text: string): void
  close(code: number): void
}

export class FakeServer extends FakeRecords {
  devices = new Map<string, FakeDevice>()
  quarantine: { device: string; n: number; op: Json }[] = []
  readonly invitations = new Map<string, { member: string; name: string; role: string }>()
  readonly connections = new Set<FakeConnection>()
  /** What the server has backed up; null where nothing of the kind is set up. */
  safe: ((device: FakeDevice) => number) | null = null
  sends: string[] = []
  receives: string[] = []
  /** Makes the next pushes fail: gives a close code, an error frame, or null to take it. */
  trip: (ops: Op[], frame: string) => { close?: number; error?: Frame } | null = () => null
  /** Why an op is refused; null to judge it by its record. */
  refuses: (op: Op) => string | null = () => null
  /** Loses the answer to the next push, and the line with it. */
  loseAck = false
  /** Closes every hello with this code. */
  greets: number | null = null
  /** Seconds for which each `hello` is asked to stay away; 0 for none. */
  pleads = 0
  /** How long the answer to a push takes, in milliseconds. */
  answersAfter = 0
  tokens = 0
  keys = {} as CryptoKeyPair
  #intake = ''
  #enrolled = 0
  readonly #access = new Map<string, { device: string; until: number }>()

  static async start(clock: Clock): Promise<FakeServer> {
    const server = new FakeServer(clock)
    server.keys = (await suite.kem.generateKeyPair()) as CryptoKeyPair
    server.#intake = toBase64url(new Uint8Array(await suite.kem.serializePublicKey(server.keys.publicKey)))
    return server
  }

  invite(role: string, member = `01890a5d-ac96-774b-bcce-${String(++this.#enrolled).padStart(12, '0')}`): string {
    const code = `CODE-${this.invitations.size + 1}`
    this.invitations.set(code, { member, name: `Member ${this.invitations.size + 1}`, role })
    return code
  }

  get intake(): Frame {
    return { id: 'intake-1', key: this.#intake }
  }

  // HTTP

  async http(path: string, body: string, bearer: string | null): Promise<Response> {
    const it = JSON.parse(body) as Frame
    if (path === '/v1/enrol') return this.#enrol(it)
    if (path === '/v1/token') return this.#token(String(it.assertion))
    const device = this.#bearer(bearer)
    if (!device) return problem(401, 'token_expired')
    if (path === '/v1/receipt') return json(200, { status: 'answered', answers: [{ id: 'a', said: 's', did: 'd', published: this.now }] })
    return this.#syncOverHttp(device, it, body)
  }

  async #enrol(it: Frame): Promise<Response> {
    const invitation = this.invitations.get(String(it.code))
    if (!invitation) return problem(403, 'invitation_invalid')
    const { crv, kty, x, y } = it.key as { [key: string]: string }
    const id = await sha256(toUtf8(JSON.stringify({ crv, kty, x, y })))
    const known = this.devices.get(id)
    if (known?.revoked || (known && known.member !== invitation.member)) return problem(403, 'invitation_invalid')
    this.invitations.delete(String(it.code))
    const fresh = { id, member: invitation.member, role: invitation.role, acked: 0, tip: null, results: new Map(), hashes: new Map(), revoked: false, hello: null }
    this.devices.set(id, known ?? fresh)
    const dat = { id: '01890a5d-ac96-774b-bcce-b302099a8000', name: 'Northbridge', slug: 'northbridge' }
    return json(201, { device: id, ...invitation, dat, intake: this.intake, epoch: this.epoch, now: this.now })
  }

  async #token(assertion: string): Promise<Response> {
    this.tokens++
    const claims = JSON.parse(fromUtf8(fromBase64url(assertion.split('.')[1] ?? ''))) as { iss: string; iat: number; exp: number }
    if (Math.abs(claims.iat * 1000 - this.clock.now()) > 60_000) return problem(401, 'clock_skew', { now: this.now })
    if (!this.devices.has(claims.iss)) return problem(401, 'unknown_device', { now: this.now })
    const access = `access-${this.tokens}`
    this.#access.set(access, { device: claims.iss, until: this.clock.now() + 900_000 })
    return json(200, { access, expires_in: 900, now: this.now })
  }

  #bearer(access: unknown): FakeDevice | null {
    const held = this.#access.get(String(access))
    return held && held.until > this.clock.now() ? (this.devices.get(held.device) ?? null) : null
  }

  async #syncOverHttp(device: FakeDevice, it: Frame, body: string): Promise<Response> {
    const hello = it.hello as Frame
    device.hello = hello
    const answer: Frame = {}
    if (it.push) {
      const ops = opTexts(body)
      const done = await this.take(device, ops, { copied: hello.copied === true, reads: 'cursor' in hello })
      if (done.t === 'error') return problem(done.code === 'gap' ? 409 : done.code === 'unavailable' ? 503 : 400, String(done.code), done)
      answer.ack = done
    }
    if (device.revoked) return json(200, { ...answer, wipe: { reason: 'revoked' } })
    answer.welcome = this.welcome(device)
    if ('cursor' in hello) {
      for (const other of this.connections) if (other.device === device && other.reads) other.end(4409)
      let position = this.position(hello)
      if (!position) answer.reset = { reason: 'epoch' }
      position ??= { e: this.epoch, at: {} }
      const page = this.page(device, position, (hello.again as string[] | undefined) ?? [], position.at && answer.reset ? null : ((hello.cursor as string | null) ?? null))
      if (page) answer.changes = page
    }
    return json(200, answer)
  }

  // What frames mean

  connect(line: Line): FakeConnection {
    const connection = new FakeConnection(this, line)
    this.connections.add(connection)
    return connection
  }

  authorise(access: unknown): FakeDevice | null {
    return this.#bearer(access)
  }

  welcome(device: FakeDevice): Frame {
    const safe = this.safe ? this.safe(device) : device.acked
    const limits = { ops: 500, bytes: 1 << 20, window: 2 }
    return { t: 'welcome', epoch: this.epoch, acked: device.acked, tip: device.tip, safe, backed: this.safe !== null, now: this.now, audiences: this.audiences(device), intake: this.intake, limits }
  }

  /** Takes a push; gives the ack, or an error. */
  async take(device: FakeDevice, texts: string[], how: { copied: boolean; reads: boolean }): Promise<Frame> {
    const ops = texts.map((text) => JSON.parse(text) as Op)
    const tripped = this.trip(ops, texts.join(','))
    if (tripped) return { t: 'error', code: 'malformed', message: '', ...tripped.error, close: tripped.close }
    let next = ops[0]?.n ?? 1
    if (next > device.acked + 1) return { t: 'error', code: 'gap', expected: device.acked + 1, message: '' }
    const results: Result[] = []
    for (const [i, op] of ops.entries()) {
      if (op.n !== next) return { t: 'error', code: 'gap', expected: device.acked + 1, message: '' }
      next = Number(op.to ?? op.n) + 1
      results.push(await this.#takeOne(device, op, texts[i] ?? '', how))
    }
    this.wake()
    return { t: 'ack', acked: device.acked, safe: this.safe ? this.safe(device) : device.acked, results }
  }

  async #takeOne(device: FakeDevice, op: Op, text: string, how: { copied: boolean }): Promise<Result> {
    const hash = op.void ? null : await sha256(toUtf8(text))
    if (op.n <= device.acked) {
      const first = device.results.get(op.n)
      if (how.copied && hash !== null && device.hashes.get(op.n) !== hash) return this.#copied(device, op)
      return { n: op.n, status: 'same', seq: first?.seq ?? null, problem: first?.problem ?? null }
    }
    if (how.copied) return this.#copied(device, op)
    const result = op.void ? { n: op.n, status: 'applied', seq: null, problem: null } : await this.#apply(device, op)
    for (let n = op.n; n <= Number(op.to ?? op.n); n++) {
      device.results.set(n, { ...result, n })
      device.hashes.set(n, hash)
    }
    device.acked = Number(op.to ?? op.n)
    device.tip = hash
    return result
  }

  #copied(device: FakeDevice, op: Op): Result {
    if (op.sealed) this.quarantine.push({ device: device.id, n: op.n, op: op as Json })
    return { n: op.n, status: 'refused', seq: null, problem: { code: 'copied', message: '' } }
  }

  async open(device: FakeDevice, op: Op): Promise<Op | null> {
    if (!op.sealed) return op
    const bytes = fromBase64url(String(op.sealed))
    try {
      const recipient = await suite.createRecipientContext({ recipientKey: this.keys.privateKey, enc: bytes.slice(0, 65).buffer, info: toUtf8(sealInfo(device.id, op.n)).buffer })
      return { ...(JSON.parse(fromUtf8(new Uint8Array(await recipient.open(bytes.slice(65).buffer)))) as Op), n: op.n }
    } catch {
      return null
    }
  }

  async #apply(device: FakeDevice, sealed: Op): Promise<Result> {
    const op = await this.open(device, sealed)
    // Restored meanwhile: this connection is over, and nothing that came over it counts.
    if (this.devices.get(device.id) !== device) return { n: sealed.n, status: 'refused', seq: null, problem: null }
    const refuse = (code: string): Result => {
      this.quarantine.push({ device: device.id, n: sealed.n, op: sealed as Json })
      return { n: sealed.n, status: 'refused', seq: null, problem: { code, message: '' } }
    }
    if (!op) return refuse('unopened')
    if (device.revoked) return refuse('revoked')
    const code = this.refuses(op)
    if (code) return refuse(code)
    const key = `${String(op.c)}/${String(op.r)}`
    const record = this.records.get(key)
    if (record?.gone && !op.withdraw) return refuse('gone')
    if (!record && Number(op.base) > 0 && !op.withdraw) return refuse('early')
    if (record && Number(op.base) > record.v) return refuse('base_ahead')
    const seq = ++this.seq
    this.write(key, op, device, seq)
    return { n: op.n, status: this.#status(key, op), seq, problem: null }
  }

  #status(key: string, op: Op): string {
    const k = this.records.get(key)?.k ?? {}
    return Object.keys((op.set as object | undefined) ?? {}).some((field) => k[field]?.length) ? 'kept' : 'applied'
  }

  wake(): void {
    for (const connection of this.connections) connection.feed()
  }

  // What an operator, or fate, does

  /** A record that somebody else makes or changes. */
  put(c: string, r: string, f: { [field: string]: Json }, a?: string[]): FakeRecord {
    const key = `${c}/${r}`
    const by = { id: 'server', member: 'server' } as FakeDevice
    this.write(key, { n: 0, base: this.seq, set: f }, by, ++this.seq)
    const record = this.records.get(key)
    if (!record) throw new Error('not written')
    if (a) this.move(record, a)
    this.wake()
    return record
  }

  withdraw(c: string, r: string): void {
    this.write(`${c}/${r}`, { n: 0, base: 0, withdraw: true }, { id: 'server', member: 'server' } as FakeDevice, ++this.seq)
    this.wake()
  }

  revoke(id: string): void {
    const device = this.devices.get(id)
    if (device) device.revoked = true
    for (const connection of this.connections) if (connection.device?.id === id) connection.wipe()
  }

  snapshot(): string {
    return JSON.stringify({ seq: this.seq, devices: [...this.devices.values()].map((it) => ({ ...it, results: [...it.results], hashes: [...it.hashes] })), records: [...this.records.values()].map((it) => ({ ...it, left: [...it.left], writes: [...it.writes] })) })
  }

  restore(snapshot: string): void {
    const held = JSON.parse(snapshot) as { devices: (Omit<FakeDevice, 'results' | 'hashes'> & { results: [number, Result][]; hashes: [number, string | null][] })[]; records: (Omit<FakeRecord, 'left' | 'writes'> & { left: [string, number][]; writes: [string, { seq: number; device: string }][] })[] }
    this.devices = new Map(held.devices.map((it) => [it.id, { ...it, results: new Map(it.results), hashes: new Map(it.hashes) }]))
    this.records = new Map(held.records.map((it) => [`${it.c}/${it.r}`, { ...it, left: new Map(it.left), writes: new Map(it.writes) }]))
    this.seq += 1000
    this.epoch = `epoch-${Number(this.epoch.split('-')[1]) + 1}`
    for (const connection of [...this.connections]) connection.end(1012)
  }
}

const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

const problem = (status: number, code: string, more: Frame = {}): Response => new Response(JSON.stringify({ code, status, title: code, ...more }), { status, headers: { 'content-type': 'application/problem+json' } })
