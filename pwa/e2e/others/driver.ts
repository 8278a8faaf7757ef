/**
 * Browsers that Playwright does not drive as they are: Debian's Firefox over Marionette (the protocol beneath its
 * WebDriver, a line of JSON on a socket), and WebKitGTK over its own WebDriver. Both speak WebDriver's commands.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
type Found = { [ELEMENT]: string }

/** One browser with one page. A place in the page is named by its XPath. */
export abstract class Driver {
  protected abstract navigate(url: string): Promise<unknown>
  protected abstract find(path: string): Promise<Found>
  protected abstract press(element: string): Promise<unknown>
  protected abstract write(element: string, text: string): Promise<unknown>
  abstract run(script: string): Promise<unknown>
  abstract close(): Promise<void>

  async goto(url: string): Promise<void> {
    await this.navigate(url)
  }

  /** Brings it to the middle first, as a thumb does: a bar lies over the foot of the page. */
  async click(path: string): Promise<void> {
    await until(path, async () => {
      const found = await this.find(path)
      await this.run(`document.evaluate(${JSON.stringify(path)}, document, null, 9, null).singleNodeValue?.scrollIntoView({ block: 'center' })`)
      await this.press(found[ELEMENT])
    })
  }

  async type(path: string, text: string): Promise<void> {
    await until(path, async () => this.write((await this.find(path))[ELEMENT], text))
  }

  async see(path: string): Promise<void> {
    await until(path, () => this.find(path))
  }
}

/** Tries until it goes well: a page needs a moment to show what is asked for. */
async function until(what: string, work: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 15_000; ; ) {
    try {
      return void (await work())
    } catch (cause) {
      if (Date.now() > end) throw new Error(`not in the page: ${what}`, { cause })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'exit')
}

export class Firefox extends Driver {
  readonly #browser: ChildProcess
  readonly #line: Socket
  readonly #asked = new Map<number, { resolve: (value: unknown) => void; reject: (cause: Error) => void }>()
  #id = 0
  #heard = Buffer.alloc(0)

  private constructor(browser: ChildProcess, line: Socket) {
    super()
    this.#browser = browser
    this.#line = line
    line.on('data', (piece) => this.#hear(piece))
  }

  static async open(binary: string, profile: string): Promise<Firefox> {
    const port = await freePort()
    await writeFile(join(profile, 'user.js'), `user_pref("marionette.port", ${port});\n`)
    const browser = spawn(binary, ['--headless', '--marionette', '--no-remote', '--profile', profile], { stdio: 'ignore' })
    let line: Socket | null = null
    await until('Marionette', async () => {
      const it = connect(port, '127.0.0.1')
      await once(it, 'connect')
      line = it
    })
    const firefox = new Firefox(browser, line as unknown as Socket)
    await firefox.#ask('WebDriver:NewSession', {})
    return firefox
  }

  protected navigate = (url: string): Promise<unknown> => this.#ask('WebDriver:Navigate', { url })
  protected find = async (path: string): Promise<Found> => ((await this.#ask('WebDriver:FindElement', { using: 'xpath', value: path })) as { value: Found }).value
  protected press = (id: string): Promise<unknown> => this.#ask('WebDriver:ElementClick', { id })
  protected write = (id: string, text: string): Promise<unknown> => this.#ask('WebDriver:ElementSendKeys', { id, text })
  run = async (script: string): Promise<unknown> => ((await this.#ask('WebDriver:ExecuteScript', { script, args: [] })) as { value: unknown }).value

  async close(): Promise<void> {
    this.#line.destroy()
    await end(this.#browser)
  }

  #ask(command: string, parameters: object): Promise<unknown> {
    const id = ++this.#id
    const text = JSON.stringify([0, id, command, parameters])
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#line.write(`${Buffer.byteLength(text)}:${text}`)
    })
  }

  /** Each message is its length in bytes, a colon, and JSON; the first one greets. */
  #hear(piece: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, piece])
    for (;;) {
      const colon = this.#heard.indexOf(':')
      const length = Number(this.#heard.subarray(0, colon))
      if (colon < 0 || this.#heard.length < colon + 1 + length) return
      const message = JSON.parse(this.#heard.subarray(colon + 1, colon + 1 + length).toString()) as unknown
      this.#heard = this.#heard.subarray(colon + 1 + length)
      if (!Array.isArray(message)) continue
      const [, id, problem, answer] = message as [1, number, { message: string } | null, unknown]
      const asked = this.#asked.get(id)
      if (problem) asked?.reject(new Error(problem.message))
      else asked?.resolve(answer)
    }
  }
}

export class WebKit extends Driver {
  readonly #processes: ChildProcess[]
  readonly #at: string

  private constructor(processes: ChildProcess[], at: string) {
    super()
    this.#processes = processes
    this.#at = at
  }

  static async open(driver: string, browser: string): Promise<WebKit> {
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
    const [display] = (await once(screen.stdio[3] as NodeJS.ReadableStream, 'data')) as [Buffer]
    const port = await freePort()
    const env = { ...process.env, DISPLAY: `:${display.toString().trim()}`, WEBKIT_DISABLE_COMPOSITING_MODE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }
    const service = spawn(driver, [`--port=${port}`], { stdio: 'ignore', env })
    const processes = [service, screen]
    const origin = `http://127.0.0.1:${port}`
    try {
      await until('WebKitWebDriver', () => fetch(`${origin}/status`))
      const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } } }
      const { sessionId } = (await ask(`${origin}/session`, { capabilities })) as { sessionId: string }
      return new WebKit(processes, `${origin}/session/${sessionId}`)
    } catch (cause) {
      for (const it of processes) await end(it)
      throw cause
    }
  }

  protected navigate = (url: string): Promise<unknown> => ask(`${this.#at}/url`, { url })
  protected find = async (path: string): Promise<Found> => (await ask(`${this.#at}/element`, { using: 'xpath', value: path })) as Found
  protected press = (id: string): Promise<unknown> => ask(`${this.#at}/element/${id}/click`, {})
  protected write = (id: string, text: string): Promise<unknown> => ask(`${this.#at}/element/${id}/value`, { text })
  run = (script: string): Promise<unknown> => ask(`${this.#at}/execute/sync`, { script, args: [] })

  async close(): Promise<void> {
    await fetch(this.#at, { method: 'DELETE' })
    for (const it of this.#processes) await end(it)
  }
}

async function ask(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const { value } = (await answer.json()) as { value: { error?: string; message?: string } }
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`)
  return value
}
