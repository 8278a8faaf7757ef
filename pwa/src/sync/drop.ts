/**
 * A slot that things are dropped through while the PIN is unsaid: whoever writes on a locked phone seals to a key whose
 * private half lies under the PIN. What went through cannot be read on this phone again until the PIN is said; only the
 * page that it went through still knows it, for as long as it stands.
 */
import { join, toUtf8, type Bytes } from './bytes'
import type { Random } from './ids'
import { lock, unlock, type OwnLock } from './lock'
import { EC, schedule, sealTo, sharedSecret } from './seal'

const PLACE = 'drop'
const POINT = 65

const infoOf = (place: string): string => `earshot/drop/1|${place}`

/** Both halves of the slot's key, the private one locked. */
export interface DropKeys {
  /** The raw point. */
  public: Bytes
  private: Bytes
}

export async function newDropKeys(key: CryptoKey, random: Random): Promise<DropKeys> {
  const pair = await crypto.subtle.generateKey(EC, true, ['deriveBits'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const own = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  return { public: point, private: await lock(key, PLACE, own, random) }
}

export class Drop implements OwnLock {
  readonly #to: Bytes
  readonly #went = new Map<string, Bytes>()

  constructor(keys: Pick<DropKeys, 'public'>) {
    this.#to = keys.public
  }

  /** Seals it for its place, and keeps nothing of it. */
  seal(place: string, plain: Uint8Array): Promise<Bytes> {
    return sealTo(this.#to, infoOf(place), plain)
  }

  lock(place: string, plain: Uint8Array): Promise<Bytes> {
    this.#went.set(place, new Uint8Array(plain))
    return this.seal(place, plain)
  }

  /** What went through here in this page; everything else is out of reach. */
  unlock(place: string): Promise<Bytes> {
    const went = this.#went.get(place)
    return went ? Promise.resolve(went) : Promise.reject(new DOMException('', 'OperationError'))
  }
}

/** Takes out what was dropped, each for its place. Throws, as `unlock` does, for what did not come through this slot. */
export async function dropBox(keys: DropKeys, key: CryptoKey): Promise<(place: string, dropped: Bytes) => Promise<Bytes>> {
  const own = await crypto.subtle.importKey('pkcs8', await unlock(key, PLACE, keys.private), EC, false, ['deriveBits'])
  return async (place, dropped) => {
    const enc = dropped.slice(0, POINT)
    const theirs = await crypto.subtle.importKey('raw', enc, EC, false, [])
    const opened = await schedule(await sharedSecret(theirs, own, join(enc, keys.public)), toUtf8(infoOf(place)), 'decrypt')
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: opened.nonce }, opened.key, dropped.slice(POINT)))
  }
}
