/**
 * Listens to everything that a browser complains of while a flow runs: a console error, a script that threw, a policy
 * that was broken, anything asked of another host. A flow ends well only if there was nothing.
 */
import type { BrowserContext } from '@playwright/test'

/** What Chromium itself writes when a server or a line is gone, which is what several flows are about. */
const NO_LINE = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|CONNECTION_CLOSED|INTERNET_DISCONNECTED|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|NETWORK_CHANGED|ABORTED)/
const NO_SOCKET = /^WebSocket connection to 'ws:.*' failed/

export class Watch {
  readonly complaints: string[] = []
  readonly #origin: string
  #awaited: RegExp[] = []

  constructor(origin: string) {
    this.#origin = origin
  }

  /** A complaint that the flow brings about on purpose. */
  await(complaint: RegExp): void {
    this.#awaited.push(complaint)
  }

  over(context: BrowserContext): void {
    context.on('console', (message) => {
      const said = message.text()
      if (message.type() !== 'error' || NO_LINE.test(said) || NO_SOCKET.test(said)) return
      this.#note(`console: ${said} (${message.location().url})`)
    })
    context.on('weberror', (error) => this.#note(`thrown: ${error.error().message}`))
    context.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol.startsWith('http') && url.origin !== this.#origin) this.#note(`asked of another host: ${url.origin}`)
    })
  }

  #note(complaint: string): void {
    if (!this.#awaited.some((it) => it.test(complaint))) this.complaints.push(complaint)
  }
}
