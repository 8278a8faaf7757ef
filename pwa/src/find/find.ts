/**
 * Finding what was said, in words: among all that there is, by the server; without a line among what this device holds.
 * Both give the same, so that a page shows them alike.
 */
import type { Json, Rec } from '../sync'
import type { Asked } from '../sync/asking'
import { log, object, part, text } from '../ui/fields'

/** A stretch of a text, from its first code point to the one after its last. */
export type Mark = readonly [from: number, to: number]

export interface Hit {
  c: string
  r: string
  text: string
  marks: Mark[]
}

export interface Found {
  hits: Hit[]
  /** There are more than these. */
  more: boolean
}

/** So many are shown: who finds more looks for another word. */
export const MOST = 50
export const WHERE = ['view', 'matter', 'ask', 'answer'] as const

export function foundIn(answer: Asked): Found {
  const hits = Array.isArray(answer.hits) ? answer.hits : []
  return { hits: hits.map(hitIn), more: answer.more === true }
}

function hitIn(hit: Json): Hit {
  const { texts } = object(hit)
  const first = Array.isArray(texts) ? texts[0] : undefined
  const marks = object(first).marks
  return { c: part(hit, 'c'), r: part(hit, 'r'), text: part(first, 'text'), marks: Array.isArray(marks) ? marks.flatMap(markIn) : [] }
}

function markIn(mark: Json): Mark[] {
  const [from, to] = Array.isArray(mark) ? mark : []
  return typeof from === 'number' && typeof to === 'number' ? [[from, to]] : []
}

/** What is looked through here: the texts of each kind that a desk would remember. */
const TEXTS: { [c: string]: readonly string[] } = { view: ['words', 'summary'], matter: ['title', 'reason', 'changed'], ask: ['question', 'reply', 'known'], answer: ['said', 'did'] }

/** Records of which one text has every word that is looked for, each at the beginning of a word there; the newest first. */
export function findHere(wanted: string, records: Rec[]): Found {
  const words = wordsOf(wanted).map(({ word }) => word)
  if (words.length === 0) return { hits: [], more: false }
  const hits: Hit[] = []
  for (let i = records.length - 1; i >= 0 && hits.length <= MOST; i--) {
    const rec = records[i]
    if (!rec) continue
    const hit = textsOf(rec).map((said) => ({ said, marks: marksIn(said, words) })).find((it) => it.marks.length > 0)
    if (hit) hits.push({ c: rec.c, r: rec.r, text: hit.said, marks: hit.marks })
  }
  return { hits: hits.slice(0, MOST), more: hits.length > MOST }
}

function textsOf(rec: Rec): string[] {
  const notes = rec.c === 'matter' ? log(rec, 'notes').map((it) => it.text) : []
  return [...(TEXTS[rec.c] ?? []).map((field) => text(rec, field)), ...notes].filter((it) => it !== '')
}

function marksIn(said: string, words: string[]): Mark[] {
  const there = wordsOf(said)
  const marks = there.filter((it) => words.some((word) => it.word.startsWith(word)))
  return words.every((word) => marks.some((it) => it.word.startsWith(word))) ? marks.map(({ from, to }): Mark => [from, to]) : []
}

/** Words without their case and marks, and where they stand, in code points. */
function wordsOf(said: string): { word: string; from: number; to: number }[] {
  const words: { word: string; from: number; to: number }[] = []
  let [word, from, at] = ['', 0, 0]
  const end = (): void => {
    if (word !== '') words.push({ word: word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase(), from, to: at })
    word = ''
  }
  for (const char of said) {
    if (/[\p{L}\p{N}\p{M}]/u.test(char)) {
      if (word === '') from = at
      word += char
    } else end()
    at++
  }
  end()
  return words
}

export interface Piece {
  text: string
  marked: boolean
}

/** So many code points of a text are shown: enough for an answer of usual length. */
const SHOWN = 240
const AHEAD = 60

/** A text in pieces, marked or not; of a long one the stretch around its first mark. */
export function pieces({ text, marks }: Hit): Piece[] {
  const chars = [...text]
  const begin = chars.length > SHOWN ? Math.max(0, Math.min((marks[0]?.[0] ?? 0) - AHEAD, chars.length - SHOWN)) : 0
  const end = Math.min(chars.length, begin + SHOWN)
  const all: Piece[] = []
  const put = (from: number, to: number, marked: boolean): void => {
    const piece = chars.slice(Math.max(from, begin), Math.min(to, end)).join('')
    if (piece !== '') all.push({ text: piece, marked })
  }
  let at = begin
  for (const [from, to] of marks) {
    put(at, from, false)
    put(from, to, true)
    at = Math.max(at, to)
  }
  put(at, end, false)
  if (begin > 0) all.unshift({ text: '…', marked: false })
  if (end < chars.length) all.push({ text: '…', marked: false })
  return all
}
