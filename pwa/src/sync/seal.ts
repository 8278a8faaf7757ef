/**
 * Sealing: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What is sealed here opens
 * on the server alone; this device has no key for it.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { fromBase64url, join, toBase64url, toUtf8, type Bytes } from './bytes'

/** The server's sealing key, as enrolment and `welcome` give it. */
export interface Intake {
  id: string
  /** base64url of the raw uncompressed P-256 point. */
  key: string
}

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })

/** Binds a sealed op to its device and number: under another number, or from another device, it does not open. */
export function sealInfo(device: string, n: number): string {
  return `earshot/op/1|${device}|${n}`
}

/** `enc ‖ ct` of the op's JSON without `n`. */
export async function seal(intake: Intake, device: string, n: number, plain: Uint8Array): Promise<Bytes> {
  const recipientPublicKey = await suite.kem.importKey('raw', fromBase64url(intake.key).buffer, true)
  const info = toUtf8(sealInfo(device, n))
  const sender = await suite.createSenderContext({ recipientPublicKey, info: info.buffer })
  const ct = await sender.seal((plain as Bytes).slice().buffer)
  return join(new Uint8Array(sender.enc), new Uint8Array(ct))
}

/** Length of the op on the wire, from the length of what is sealed: the point, the tag, and base64url. */
export function sealedLength(plain: number): number {
  return Math.ceil(((65 + 16 + plain) * 4) / 3)
}

/** The op as it stands in a frame. */
export function sealedOp(n: number, key: string, sealed: Uint8Array): string {
  return JSON.stringify({ n, key, sealed: toBase64url(sealed) })
}
