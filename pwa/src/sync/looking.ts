/** Codes that somebody brings: read out of what was typed, pasted or scanned, and asked for at the server. */
import { post } from './identity'
import { trouble } from './trouble'
import type { LookedUp } from './types'
import { WORDS } from './words'
import type { World } from './world'

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
