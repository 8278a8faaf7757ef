/**
 * Receipts: three common words and two digits, random, easy to say and to write. 2048³ × 100 codes are 39.6 bits;
 * the server limits guessing.
 */
import type { Random } from './ids'
import { WORDS } from './words'

/** A fresh code, such as `PINE-RIVER-LAMP-42`. */
export function newReceipt(random: Random): string {
  const three = Array.from(new Uint16Array(random(new Uint8Array(6)).buffer), (x) => WORDS[x % WORDS.length])
  return [...three, digits(random)].join('-').toUpperCase()
}

/** 00 to 99, each as likely: a byte of 200 or more is drawn again. */
function digits(random: Random): string {
  for (;;) {
    const [byte = 0] = random(new Uint8Array(1))
    if (byte < 200) return String(byte % 100).padStart(2, '0')
  }
}
