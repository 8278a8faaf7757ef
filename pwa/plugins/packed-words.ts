import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'vite'

const TEXT = resolve(import.meta.dirname, '../../sync/receipt/words.txt')
const MODULE = 'virtual:packed-words'

/**
 * Gives src/sync/words.ts its list packed: each word as the number of letters that it shares with the one before it,
 * and the rest. That takes a quarter off what a phone downloads of it.
 */
export function packedWords(): Plugin {
  return {
    name: 'earshot-packed-words',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load(id) {
      if (id !== `\0${MODULE}`) return null
      this.addWatchFile(TEXT)
      return `export default ${JSON.stringify(pack(readFileSync(TEXT, 'utf8').trim().split('\n')))}`
    },
  }
}

function pack(words: string[]): string {
  let before = ''
  return words
    .map((word) => {
      let shared = 0
      while (shared < word.length && word[shared] === before[shared]) shared++
      before = word
      return shared + word.slice(shared)
    })
    .join('')
}
