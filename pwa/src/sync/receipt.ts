/**
 * Receipts: three common words and two digits, random, easy to say and to write. 2048³ × 100 codes are 39.6 bits;
 * the server limits guessing.
 */
import { post } from './identity'
import type { Random } from './ids'
import { trouble } from './trouble'
import type { LookedUp } from './types'
import { WORDS } from './words'
import type { World } from './world'

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

/** A code as somebody typed it, in the form in which it was made: capitals, one hyphen between the parts. */
export function tidyReceipt(typed: string): string {
  return typed.trim().toUpperCase().split(/[^A-Z0-9]+/).filter(Boolean).join('-')
}

/** What became of what its holder said, as the server tells it. Throws a `Trouble`. */
export async function lookUp(world: World, access: string, receipt: string): Promise<LookedUp> {
  const answer = await post(world, '/v1/receipt', JSON.stringify({ code: tidyReceipt(receipt) }), access)
  if (!answer.ok) throw trouble(answer.code)
  const { status, answers } = answer.body
  if (typeof status !== 'string') throw trouble('no_answer')
  return { status, answers: Array.isArray(answers) ? (answers as LookedUp['answers']) : [] }
}

const LIKE_A_RECEIPT = /\b[A-Z]{3,7}(?:[\s-]+[A-Z]{3,7}){2}[\s-]+\d\d\b/g

/** Every code that stands in a text, as typed, pasted or scanned (a sheet of cards, a card's address), each once. */
export function receiptsIn(text: string): string[] {
  const known = new Set(WORDS)
  const codes = Array.from(text.toUpperCase().matchAll(LIKE_A_RECEIPT), ([code]) => tidyReceipt(code))
  return [...new Set(codes)].filter((code) => code.toLowerCase().split('-').slice(0, 3).every((word) => known.has(word)))
}
