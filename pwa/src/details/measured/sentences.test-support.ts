import { readFileSync } from 'node:fs'

/** Whose name it is: of somebody who works there, of the one who speaks, of somebody else. */
export type Whose = 'staff' | 'self' | 'other'

/** A detail that should be found, `start` up to but not including `end`, in UTF-16 units. */
export interface Expected {
  start: number
  end: number
  kind: string
  /** Names alone. */
  whose?: Whose
}

export interface Sentence {
  text: string
  details: Expected[]
}

export type Part = 'tuning' | 'held-back'

const whose: readonly string[] = ['staff', 'self', 'other'] satisfies Whose[]

/** The measuring set's sentences, without the marks that say what should be found in them. */
export function sentences(part: Part): Sentence[] {
  const lines = readFileSync(new URL(`./${part}.txt`, import.meta.url), 'utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(read)
}

function read(line: string): Sentence {
  let text = ''
  const details: Expected[] = []
  let at = 0
  for (const match of line.matchAll(/\{(\w+):([^{}]+)\}/g)) {
    const [all, kind = '', written = ''] = match
    text += line.slice(at, match.index)
    const span = { start: text.length, end: text.length + written.length }
    details.push(isWhose(kind) ? { ...span, kind: 'name', whose: kind } : { ...span, kind })
    text += written
    at = match.index + all.length
  }
  return { text: text + line.slice(at), details }
}

function isWhose(word: string): word is Whose {
  return whose.includes(word)
}
