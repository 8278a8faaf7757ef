/**
 * Sealing: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What is sealed here opens
 * on the server alone; this device has no key for it.
 *
 * Only the sender's half of this one suite, in the names of the RFC; every part of it is WebCrypto's. A library with
 * all suites and both halves weighs seven times as much on a phone; the tests open with one what is sealed here.
 */
import { fromBase64url, join, toBase64url, toUtf8, type Bytes } from './bytes'

/** The server's sealing key, as enrolment and `welcome` give it. */
export interface Intake {
  id: string
  /** base64url of the raw uncompressed P-256 point. */
  key: string
}

/** The curve, as WebCrypto names it. */
export const EC = { name: 'ECDH', namedCurve: 'P-256' }
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
const NOTHING = new Uint8Array(0)

const KEM_SUITE = join(toUtf8('KEM'), Uint8Array.of(0, 0x10))
const SUITE = join(toUtf8('HPKE'), Uint8Array.of(0, 0x10, 0, 1, 0, 2))

/** Binds a sealed op to its device and number: under another number, or from another device, it does not open. */
export function sealInfo(device: string, n: number): string {
  return `earshot/op/1|${device}|${n}`
}

/** `enc ‖ ct` of the op's JSON without `n`. */
export async function seal(intake: Intake, device: string, n: number, plain: Uint8Array): Promise<Bytes> {
  return sealTo(fromBase64url(intake.key), sealInfo(device, n), plain)
}

/** `enc ‖ ct` for whoever has the private half of a key, given as its raw point. */
export async function sealTo(recipient: Bytes, info: string, plain: Uint8Array): Promise<Bytes> {
  const { enc, secret } = await encapsulate(recipient)
  const { key, nonce } = await schedule(secret, toUtf8(info), 'encrypt')
  const ct = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, plain as Bytes)
  return join(enc, new Uint8Array(ct))
}

/** A key pair for this one op, and the secret that it shares with the server's key (RFC 9180, section 4.1). */
async function encapsulate(recipient: Bytes): Promise<{ enc: Bytes; secret: Bytes }> {
  const theirs = await crypto.subtle.importKey('raw', recipient, EC, false, [])
  const ours = await crypto.subtle.generateKey(EC, false, ['deriveBits'])
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', ours.publicKey))
  return { enc, secret: await sharedSecret(theirs, ours.privateKey, join(enc, recipient)) }
}

/** What both sides work out of one's public and the other's private half; `context` is both public halves, the sender's first. */
export async function sharedSecret(theirs: CryptoKey, ours: CryptoKey, context: Bytes): Promise<Bytes> {
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, ours, 256))
  const prk = await labeledExtract(KEM_SUITE, NOTHING, 'eae_prk', dh)
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', context, 32)
}

/** The key and the nonce of a context's only message (RFC 9180, section 5.1). */
export async function schedule(shared: Bytes, info: Bytes, use: 'encrypt' | 'decrypt'): Promise<{ key: CryptoKey; nonce: Bytes }> {
  const context = join(Uint8Array.of(0), await labeledExtract(SUITE, NOTHING, 'psk_id_hash', NOTHING), await labeledExtract(SUITE, NOTHING, 'info_hash', info))
  const secret = await labeledExtract(SUITE, shared, 'secret', NOTHING)
  const key = await labeledExpand(SUITE, secret, 'key', context, 32)
  return {
    key: await crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use]),
    nonce: await labeledExpand(SUITE, secret, 'base_nonce', context, 12),
  }
}

function labeledExtract(suite: Bytes, salt: Bytes, label: string, material: Bytes): Promise<Bytes> {
  // No salt means zeros, and WebCrypto takes no empty key.
  return hmac(salt.length ? salt : new Uint8Array(32), join(toUtf8('HPKE-v1'), suite, toUtf8(label), material))
}

/** At most 32 bytes: one round of HKDF's expansion. */
async function labeledExpand(suite: Bytes, prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
  const labeled = join(Uint8Array.of(0, length), toUtf8('HPKE-v1'), suite, toUtf8(label), info, Uint8Array.of(1))
  return (await hmac(prk, labeled)).slice(0, length)
}

async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey('raw', key, HMAC, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
}

/** Length of the op on the wire, from the length of what is sealed: the point, the tag, and base64url. */
export function sealedLength(plain: number): number {
  return Math.ceil(((65 + 16 + plain) * 4) / 3)
}

/** The op as it stands in a frame. */
export function sealedOp(n: number, key: string, sealed: Uint8Array): string {
  return JSON.stringify({ n, key, sealed: toBase64url(sealed) })
}
