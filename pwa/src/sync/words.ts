/**
 * The 2,048 words of receipts, one a line in words.txt: three to seven letters, common, no two a letter apart or the
 * beginning of one another, none that sounds like another, is rude, or speaks of drugs.
 */
import text from './words.txt?raw'

export const WORDS: readonly string[] = text.trim().split('\n')
