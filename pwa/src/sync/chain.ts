/**
 * The chain of a team's audit, followed by whoever reads it: each link is hashed over what it says and the hash of the
 * link before, so that none can be changed or taken out without all that come after. The rule is the server's
 * (server/store/audit.go, AuditRow); a page that follows it need not take the server's word.
 */
import { fromBase64url, join, sha256, toUtf8, type Bytes } from './bytes'

/** One link. What is not for the reader comes with its hashes alone. */
export interface Link {
  num: number
  /** RFC 3339, as the server wrote it: the hash is over its microseconds. */
  at: string
  device: string
  member: string
  what: string
  collection: string
  record: string
  fields: string[]
  seq: number
  withheld: boolean
  before: string
  hash: string
}

const NONE = 'A'.repeat(43) // 32 zero bytes
const SERVER = 'server'

/** The hash that a link has to have. Throws a RangeError for one that is no link. */
export async function hashOf(link: Link): Promise<string> {
  const what = [link.what, link.collection, link.fields.join(',')].filter((part) => part !== '').join(' ')
  const texts = [link.device === SERVER ? '' : link.device, link.member, what].map((text) => `${text}\0`).join('')
  return sha256(join(fromBase64url(link.before), big(BigInt(link.num)), big(microseconds(link.at)), big(BigInt(link.seq)), toUtf8(texts), uuid(link.record)))
}

/** Follows a chain from its newest link to its first, as the server gives it. */
export class Chain {
  /** How many links were seen, and of how many of them the whole is known: the rest is linked by its hashes alone. */
  links = 0
  read = 0
  /** The hash of the newest link: whoever keeps it can tell later that all up to it is as it was. */
  head = ''
  /** The oldest link seen that does not follow from the one before it; 0 where all do. */
  broken = 0
  #newer: Link | null = null

  /** Takes the next older links. */
  async follow(links: Link[]): Promise<void> {
    for (const link of links) {
      this.links++
      if (this.head === '') this.head = link.hash
      const newer = this.#newer
      if (newer && (newer.num !== link.num + 1 || newer.before !== link.hash)) this.broken = newer.num
      if (!link.withheld) {
        this.read++
        if ((await hashOf(link).catch(() => '')) !== link.hash) this.broken = link.num
      }
      this.#newer = link
    }
  }

  /** After the last: the first link of all follows from nothing. */
  end(): void {
    const first = this.#newer
    if (first && (first.num !== 1 || first.before !== NONE)) this.broken = first.num
  }
}

function big(n: bigint): Bytes {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, n)
  return bytes
}

/** A `Date` has milliseconds; the rest is in the text. */
function microseconds(at: string): bigint {
  const [, second = '', fraction = '', zone = ''] = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(.*)$/.exec(at) ?? []
  return BigInt(Date.parse(second + zone)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

function uuid(id: string): Bytes {
  const hex = id.replaceAll('-', '')
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
