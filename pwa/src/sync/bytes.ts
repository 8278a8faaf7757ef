/** Bytes and their text forms: base64url without padding (as everywhere on the wire), UTF-8. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Bytes over a buffer of their own, which is what WebCrypto and IndexedDB take. */
export type Bytes = Uint8Array<ArrayBuffer>

export function toBase64url(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const three = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    out += ALPHABET.charAt((three >> 18) & 63) + ALPHABET.charAt((three >> 12) & 63)
    if (left > 1) out += ALPHABET.charAt((three >> 6) & 63)
    if (left > 2) out += ALPHABET.charAt(three & 63)
  }
  return out
}

/** Throws a RangeError for anything that is not base64url without padding. */
export function fromBase64url(text: string): Bytes {
  if (text.length % 4 === 1) throw new RangeError('not base64url')
  const out = new Uint8Array(Math.floor((text.length * 3) / 4))
  let held = 0
  let bits = 0
  let at = 0
  for (const char of text) {
    const six = ALPHABET.indexOf(char)
    if (six < 0) throw new RangeError('not base64url')
    held = ((held << 6) | six) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[at++] = (held >> bits) & 255
    }
  }
  if (held & ((1 << bits) - 1)) throw new RangeError('not base64url')
  return out
}

export function toUtf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

export function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** SHA-256 as base64url without padding: how the wire writes every hash. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Bytes)))
}
