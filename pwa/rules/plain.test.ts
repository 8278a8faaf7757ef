/** What a volunteer reads is plain English: a reading age of about ten, and no word that judges whom it speaks of. */
import { describe, expect, it } from 'vitest'
import { readCatalogue } from './catalogue.ts'

const catalogue = readCatalogue()
/** All that a volunteer's phone shows: only the desk's words are another's. */
const volunteer = catalogue.filter((it) => !/^desk(_|$)/.test(it.file))

/** Flesch and Kincaid's grade at most: years of school; 5 is an age of ten. */
const AVERAGE = 5
const HARDEST = 9

/** Sentences of six words or more: a label's two or three give a grade by chance, and would flatter the whole. */
const sentences = volunteer.flatMap((it) => it.texts.flatMap((text) => text.split(/(?<=[.!?])\s+/).filter((part) => words(part).length >= 6)))

function words(text: string): string[] {
  // What is filled in stands as one short word: a number, a name.
  return text.replace(/\{\w+\}/g, 'one').toLowerCase().match(/[a-z][a-z’']*/g) ?? []
}

/** Groups of vowels, where `co-o` and `i-a` are two; a last e, es or ed is heard after some letters only; every word has one. */
function syllables(word: string): number {
  const letters = word.replace(/[’'].*$/, '')
  const heard = /[^aeiouy]l(e|es|ed)$|([sxzgc]|ch|sh)es$|[td]ed$/.test(letters) ? letters : letters.replace(/(e|es|ed)$/, '')
  return Math.max(1, heard.replace(/^coo/, 'co-o').replace(/i(?=a|o(?!n|us))/, 'i-').match(/[aeiouy]+/g)?.length ?? 0)
}

function grade(sentences: string[]): number {
  const all = sentences.flatMap(words)
  const spoken = all.reduce((sum, word) => sum + syllables(word), 0)
  return 0.39 * (all.length / sentences.length) + 11.8 * (spoken / all.length) - 15.59
}

describe('syllables are counted as they are said', () => {
  it.each(Object.entries({ the: 1, phone: 1, team: 1, sealed: 1, needed: 2, erased: 2, places: 2, people: 2, service: 2, coordinator: 5, volunteer: 3, themes: 1, danger: 2, told: 1, write: 1, table: 2, tables: 2, pages: 2, anybody: 4, settled: 2, radio: 3, station: 2 }))('%s: %i', (word, count) => expect(syllables(word)).toBe(count))
})

it(`all of it together is of grade ${AVERAGE} or lower`, () => expect(grade(sentences)).toBeLessThanOrEqual(AVERAGE))

it(`no sentence is above grade ${HARDEST}`, () => {
  const hard = sentences.filter((it) => grade([it]) > HARDEST)
  expect(hard.map((it) => `${grade([it]).toFixed(1)}: ${it}`)).toEqual([])
})

it('nobody is called what they would not call themselves', () => {
  const judging = /\b(addict|abuse|abuser|clean|dirty|junkie|misuse|substance abuse|relapse)(s|d|r|rs|ed|ion)?\b/i
  expect(catalogue.filter((it) => it.texts.some((text) => judging.test(text))).map((it) => it.key)).toEqual([])
})
