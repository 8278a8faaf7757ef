/**
 * The built binary as its operator knows it: started on a data directory, stopped, started again on the same one, and
 * its commands, which count at once beside a running server.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const BINARY = resolve(import.meta.dirname, '../../bin/earshot')
const run = promisify(execFile)

export interface Invitation {
  code: string
  link: string
  member: string
}

export class Server {
  readonly data: string
  readonly port: number
  #process: ChildProcess | null = null

  private constructor(data: string, port: number) {
    this.data = data
    this.port = port
  }

  /** A server on a free port. It keeps that port, and `data`, over every stop and start. */
  static async at(data: string): Promise<Server> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: run "make build" first`)
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    return new Server(data, port)
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get runs(): boolean {
    return this.#process !== null
  }

  /** Resolves when it listens. */
  async start(...flags: string[]): Promise<void> {
    await this.#serve(...flags)
  }

  /** Starts the demonstration; gives the link of each of the three whom a visitor can be. */
  async startDemo(): Promise<{ volunteer: string; coordinator: string; lead: string }> {
    const printed = await this.#serve('--demo', '--json')
    return JSON.parse(printed()) as { volunteer: string; coordinator: string; lead: string }
  }

  async #serve(...flags: string[]): Promise<() => string> {
    const child = spawn(BINARY, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    let said = ''
    let printed = ''
    child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()))
    await new Promise<void>((listens, fails) => {
      child.stderr.on('data', (piece: Buffer) => {
        said += piece.toString()
        if (said.includes('listening on ')) listens()
      })
      child.once('exit', (code) => fails(new Error(`earshot serve ended with ${code}:\n${said}`)))
    })
    return () => printed
  }

  /** As an operator stops it: it drains, and ends well. */
  async stop(): Promise<void> {
    const child = this.#process
    if (!child) return
    this.#process = null
    child.kill('SIGTERM')
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    if (code !== 0) throw new Error(`earshot serve ended with ${code} after SIGTERM`)
  }

  /** As a power cut ends it: at once, with whatever it was in the middle of. */
  async kill(): Promise<void> {
    const child = this.#process
    if (!child) return
    this.#process = null
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  async #command(...args: string[]): Promise<{ [key: string]: unknown }> {
    const { stdout } = await run(BINARY, [...args, '--json', '--data', this.data], { env: { ...process.env, EARSHOT_PASSPHRASE: 'a test’s own' } })
    return JSON.parse(stdout) as { [key: string]: unknown }
  }

  async addDat(name: string, slug: string): Promise<void> {
    await this.#command('dat', 'add', '--name', name, '--slug', slug)
  }

  async addService(dat: string, name: string, kind: string, sector = 'voluntary'): Promise<string> {
    return String((await this.#command('service', 'add', '--dat', dat, '--name', name, '--kind', kind, '--sector', sector)).id)
  }

  async servicesOf(dat: string): Promise<{ services: { id: string; name: string }[] }> {
    return (await this.#command('service', 'list', '--dat', dat)) as { services: { id: string; name: string }[] }
  }

  async invite(dat: string, name: string, role: string, ...services: string[]): Promise<Invitation> {
    const at = services.flatMap((id) => ['--service', id])
    const { code, link, member } = await this.#command('invite', '--dat', dat, '--name', name, '--role', role, '--origin', this.origin, ...at)
    return { code: String(code), link: String(link), member: String(member) }
  }

  /** Views and matters of a DAT, as the server counts them. */
  async counts(dat: string): Promise<{ views: number; matters: number }> {
    const { dats } = (await this.#command('dat', 'list')) as { dats: { slug: string; views: number; matters: number }[] }
    const { views, matters } = dats.find((it) => it.slug === dat) ?? { views: 0, matters: 0 }
    return { views, matters }
  }

  async devices(dat: string): Promise<{ id: string; member: string; name: string }[]> {
    return (await this.#command('device', 'list', '--dat', dat)).devices as { id: string; member: string; name: string }[]
  }

  async revoke(dat: string, device: string): Promise<void> {
    await this.#command('device', 'revoke', '--dat', dat, '--device', device)
  }

  /** Makes a backup beside the running server; gives its file. */
  async backUp(): Promise<string> {
    const file = join(this.data, `${Date.now()}.age`)
    await this.#command('backup', '--to', file)
    return file
  }

  /** Puts a backup back; the server has been stopped. */
  async restore(file: string): Promise<void> {
    await this.#command('restore', '--from', file)
  }

  /** What `earshot check` found wrong. */
  async problems(): Promise<unknown> {
    return (await this.#command('check')).problems
  }
}
