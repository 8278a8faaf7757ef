/**
 * The 2,048 words of receipts, one a line in sync/receipt/words.txt, from which the server prints cards: three to seven
 * letters, common, no two a letter apart or the beginning of one another, none that sounds like another, is rude, or
 * speaks of drugs.
 */
import packed from 'virtual:packed-words'

export const WORDS: readonly string[] = unpack(packed)

/** Each word is how many letters it shares with the one before it, and the rest (plugins/packed-words.ts). */
function unpack(text: string): string[] {
  let word = ''
  return Array.from(text.matchAll(/(\d)(\D+)/g), ([, shared, rest]) => (word = word.slice(0, Number(shared)) + rest))
}
