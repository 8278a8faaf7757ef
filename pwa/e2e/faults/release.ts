/** A newer build of the app, on the address of the one before: another page, and a worker that names it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server as Front, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server } from '../server'

export class Release {
  readonly #behind: Server
  readonly #front: Front

  private constructor(behind: Server, front: Front) {
    this.#behind = behind
    this.#front = front
  }

  /** Takes the server's place: its data goes on behind the newer page, whose `<html>` says which version it is. */
  static async of(version: string, before: Server): Promise<Release> {
    const files = new Map(await newer(version, before.origin))
    await before.stop()
    const behind = await Server.at(before.data)
    await behind.start('--origin', before.origin)
    const front = createServer((asked, answer) => {
      const file = files.get(asked.url ?? '')
      if (file !== undefined) answer.writeHead(200, { 'content-type': asked.url === '/' ? 'text/html' : 'text/javascript', 'cache-control': 'no-cache' }).end(file)
      else pass(asked, answer, behind.port)
    })
    front.on('upgrade', (asked: IncomingMessage, line: Duplex) => passLine(asked, line, behind.port))
    front.listen(before.port, '127.0.0.1')
    await once(front, 'listening')
    return new Release(behind, front)
  }

  async close(): Promise<void> {
    this.#front.closeAllConnections()
    this.#front.close()
    await this.#behind.stop()
  }
}

async function newer(version: string, origin: string): Promise<[path: string, file: string][]> {
  const get = async (path: string): Promise<string> => (await fetch(origin + path)).text()
  const [page, worker] = [await get('/'), await get('/sw.js')]
  const nextPage = page.replace('<html', `<html data-version="${version}"`)
  // The worker's own version, and beside it the page's hash.
  const nextWorker = worker.replace(/(["'`])[0-9a-f]{16}\1/, `"${version}"`).replace(hash(page), hash(nextPage))
  if (!nextWorker.includes(hash(nextPage)) || !nextWorker.includes(`"${version}"`)) throw new Error('the worker does not name the page as it did')
  return [['/', nextPage], ['/sw.js', nextWorker]]
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const on = request({ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers)
    got.pipe(answer)
  })
  on.on('error', () => answer.destroy())
  asked.pipe(on)
}

function passLine(asked: IncomingMessage, line: Duplex, port: number): void {
  const on = connect(port, '127.0.0.1', () => {
    const headers = asked.rawHeaders.flatMap((it, at, all) => (at % 2 === 0 ? [`${it}: ${all[at + 1]}`] : []))
    on.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
    line.pipe(on).pipe(line)
  })
  on.on('error', () => line.destroy())
  line.on('error', () => on.destroy())
}
