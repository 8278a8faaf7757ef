/** A mail server that keeps what it is handed: enough SMTP for what the server says to it. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

export class Mailbox {
  readonly #server: Server
  readonly #mails: string[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<Mailbox> {
    const server = createServer()
    const box = new Mailbox(server)
    server.on('connection', (socket) => {
      let held = ''
      let mail: string[] | null = null
      socket.write('220 here\r\n')
      socket.on('error', () => undefined)
      socket.on('data', (piece) => {
        held += piece.toString()
        for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
          const line = held.slice(0, end)
          held = held.slice(end + 2)
          if (mail) {
            if (line === '.') {
              box.#mails.push(plain(mail.join('\n')))
              mail = null
              socket.write('250 kept\r\n')
            } else mail.push(line)
            continue
          }
          const verb = line.slice(0, 4).toUpperCase()
          if (verb === 'DATA') mail = []
          socket.write(verb === 'DATA' ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return box
  }

  /** As `EARSHOT_SMTP` names it. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get mails(): readonly string[] {
    return this.#mails
  }

  close(): void {
    this.#server.close()
  }
}

/** Quoted-printable, as mails with long lines have it. */
function plain(mail: string): string {
  return mail.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
