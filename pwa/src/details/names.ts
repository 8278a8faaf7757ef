import * as cue from './cues'
import type { Detail } from './detail'
import { alsoWords, firstNames, neverNames, surnames } from './name-words'

/** A word of the text; `end` is before the 's of a possessive. */
interface Word {
  start: number
  end: number
  /** In small letters without accents, as the lists have it. */
  bare: string
  capital: boolean
  /** Whether it begins a sentence, where a capital says nothing. */
  opens: boolean
  /** What stands close before and after it, in small letters. */
  left: string
  right: string
}

/** Likely names of people, told by what stands around them and by the lists. */
export function names(text: string): Detail[] {
  const words = read(text)
  const named = words.map(isName)
  const found: Detail[] = []
  for (let at = 0; at < words.length; at++) {
    const first = words[at]
    if (!first || !(named[at] || isBeside(words, named, at))) continue
    let last = first
    for (let next = words[at + 1]; next && text.slice(last.end, next.start) === ' '; next = words[++at + 1]) {
      if (!named[at + 1] && !isSurname(next, first)) break
      last = next
    }
    found.push({ kind: 'name', start: first.start - (cue.lead.exec(first.left)?.[0].length ?? 0), end: last.end })
  }
  return found
}

function read(text: string): Word[] {
  const clear = text.replace(cue.idioms, (idiom) => ' '.repeat(idiom.length))
  const small = clear.toLowerCase().replaceAll('’', "'")
  // Some capitals are longer when they are small; then places would not agree.
  const near = small.length === text.length ? small : clear
  return [...clear.matchAll(/\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}+)*/gu)].map(({ 0: written, index: start }) => {
    const name = written.replace(/['’]s$/i, '')
    const end = start + name.length
    const left = near.slice(Math.max(0, start - 40), start)
    return {
      start,
      end,
      bare: name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l'),
      capital: /^\p{Lu}.*\p{Ll}/u.test(name),
      opens: /(?:^|[.!?\n:("“-]) *["“]?$/.test(left),
      left,
      right: near.slice(end, end + 40),
    }
  })
}

function isListed({ bare }: Word): boolean {
  // "daves a good lad": nobody types the apostrophe.
  const without = bare.endsWith('s') && !/^(?:jeans|vals|bens|greggs)$/.test(bare) ? bare.slice(0, -1) : bare
  return [bare, without, bare.split('-', 1)[0] ?? ''].some((it) => firstNames.has(it)) || cue.nameForm.test(bare)
}

function isName(word: Word): boolean {
  const { bare, left, right, capital, opens } = word
  if (neverNames.has(bare) || /^i['’]/.test(bare)) return false
  const called = cue.calling.test(left)
  if (cue.title.test(left) || (called && surnames.has(bare))) return bare.length > 3 || capital
  if (cue.saint.test(left) || cue.place.test(right) || cue.place.test(` ${bare}`)) return false
  if (isListed(word)) return true

  const free = !cue.determined.test(left)
  const introduced = cue.introduced.test(left)
  const acts = cue.acts.test(right)
  const related = cue.related.test(left) && (capital || acts || cue.ends.test(right) || cue.doing.test(right))
  const placed = free && (cue.somewhere.test(right) || cue.inRole.test(right))
  const cued = introduced || called || related || placed
  const asked = cue.asked.test(left)

  if (alsoWords.has(bare)) {
    if (cued || asked) return true
    if (!free) return false
    if (cue.who.test(right) || cue.says.test(right)) return true
    if (cue.dealtWith.test(left) && cue.seen.test(right)) return true
    return capital && (!opens || acts || cue.addressed.test(right))
  }

  // From here on no list knows the word.
  const built = cue.wordForm.test(bare)
  if (bare.length < (introduced && capital ? 3 : 4) || (built && (!capital || opens))) return false
  if (cued || cue.spokenTo.test(left)) return true
  if (!capital) return false
  if (asked) return true
  if (!free || built) return false
  if (cue.says.test(right) || (cue.iAm.test(left) && cue.ends.test(right))) return true
  return opens ? cue.who.test(right) : acts || cue.dealtWith.test(left)
}

/** "Dave and Rose": who stands beside somebody is somebody. */
function isBeside(words: Word[], named: boolean[], at: number): boolean {
  const word = words[at]
  if (!word || neverNames.has(word.bare) || cue.determined.test(word.left)) return false
  const and = (named[at - 2] && words[at - 1]?.bare === 'and') || (named[at + 2] && words[at + 1]?.bare === 'and')
  if (!and) return false
  return word.capital ? !word.opens && !cue.wordForm.test(word.bare) : alsoWords.has(word.bare) && word.bare !== 'will'
}

function isSurname(next: Word, first: Word): boolean {
  if (neverNames.has(next.bare) || next.opens) return false
  return surnames.has(next.bare) || cue.surnameForm.test(next.bare) || (next.capital && first.capital)
}
