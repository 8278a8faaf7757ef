/** One socket at the server in memory: its hello, its pushes, the pages that it is fed. */
import type { FakeDevice, Frame, Position } from './fake-records.test-support'
import type { FakeServer, Line } from './fake-server.test-support'

export class FakeConnection {
  readonly #server: FakeServer
  readonly #line: Line
  device: FakeDevice | null = null
  reads = false
  #position: Position | null = null
  #cursor: string | null = null
  #again: string[] = []
  #unseen = 0

  constructor(server: FakeServer, line: Line) {
    this.#server = server
    this.#line = line
  }

  async hear(text: string): Promise<void> {
    this.#server.receives.push(text)
    const it = JSON.parse(text) as Frame
    if (it.t === 'hello') return this.#hello(it)
    if (!this.device) return this.end(4400)
    if (it.t === 'ping') return this.#send({ t: 'pong', now: this.#server.now })
    if (it.t === 'token') return this.#server.authorise(it.access) ? undefined : this.end(4401)
    if (it.t === 'seen') {
      this.#unseen = Math.max(0, this.#unseen - 1)
      return this.feed()
    }
    if (it.t === 'push') return this.#push(text)
  }

  async #push(text: string): Promise<void> {
    if (!this.device) return
    const answer = await this.#server.take(this.device, opTexts(text), { copied: false, reads: true })
    if (this.#server.loseAck) {
      this.#server.loseAck = false
      return this.end(1006)
    }
    const { close, ...frame } = answer as Frame & { close?: number }
    const say = (): void => {
      this.#send(frame)
      if (close) this.end(close)
    }
    if (this.#server.answersAfter) this.#server.clock.after(this.#server.answersAfter, say)
    else say()
  }

  #hello(it: Frame): void {
    if (this.#server.greets) return this.end(this.#server.greets)
    if (this.#server.pleads) {
      this.#send({ t: 'error', code: 'unavailable', message: '', retry_after: this.#server.pleads })
      return this.end(1012)
    }
    const device = this.#server.authorise(it.access)
    if (!device) return this.end(4401)
    device.hello = it
    if (device.revoked) {
      this.device = device
      return this.wipe()
    }
    this.reads = 'cursor' in it
    if (this.reads) for (const other of [...this.#server.connections]) if (other !== this && other.device === device && other.reads) other.end(4409)
    this.device = device
    this.#send(this.#server.welcome(device))
    if (!this.reads) return
    this.#position = this.#server.position(it)
    this.#cursor = (it.cursor as string | null) ?? null
    this.#again = (it.again as string[] | undefined) ?? []
    if (!this.#position) {
      this.#send({ t: 'reset', reason: 'epoch' })
      this.#position = { e: this.#server.epoch, at: {} }
      this.#cursor = null
    }
    this.feed()
  }

  feed(): void {
    while (this.device && this.#position && this.#unseen < 2) {
      const page = this.#server.page(this.device, this.#position, this.#again, this.#cursor)
      this.#again = []
      if (!page) return
      this.#unseen++
      this.#cursor = String(page.cursor)
      this.#send(page)
    }
  }

  wipe(): void {
    this.#send({ t: 'wipe', reason: 'revoked' })
    this.end(4403)
  }

  end(code: number): void {
    this.left()
    this.#line.close(code)
  }

  left(): void {
    this.#server.connections.delete(this)
  }

  #send(frame: Frame): void {
    const text = JSON.stringify(frame)
    this.#server.sends.push(text)
    this.#line.send(text)
  }
}

/** The texts of a push's ops, byte for byte as they stand in the frame. */
export function opTexts(frame: string): string[] {
  const start = frame.indexOf('"ops":[', frame.indexOf('"push"')) + 7
  const texts: string[] = []
  let depth = 0
  let from = start
  let quoted = false
  for (let i = start; i < frame.length; i++) {
    const char = frame[i]
    if (quoted) {
      if (char === '\\') i++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || (char === ']' && depth > 0)) {
      if (--depth === 0) texts.push(frame.slice(from, i + 1))
    } else if (char === ',' && depth === 0) from = i + 1
    else if (char === ']') break
  }
  return texts
}
