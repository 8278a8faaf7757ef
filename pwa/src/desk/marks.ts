/** What could tell who somebody is, in a view's words, and has neither been taken out nor cleared. */
import { detailName, identifyingDetails, type Detail } from '../details/identifying'
import type { Rec } from '../sync'
import { set, text } from '../ui/fields'

/** A record that has not changed is the same object: its words are looked through once. */
const found = new WeakMap<Rec, Detail[]>()

export function marksOf(view: Rec): Detail[] {
  const held = found.get(view)
  if (held) return held
  const said = text(view, 'words')
  const cleared = new Set(set(view, 'cleared'))
  const marks = identifyingDetails(said).filter((it) => !cleared.has(detailName(said, it)))
  found.set(view, marks)
  return marks
}

/** The words in pieces, each marked or not. */
export function inPieces(said: string, marks: Detail[]): { text: string; mark: boolean }[] {
  const pieces: { text: string; mark: boolean }[] = []
  let at = 0
  for (const mark of marks) {
    pieces.push({ text: said.slice(at, mark.start), mark: false }, { text: said.slice(mark.start, mark.end), mark: true })
    at = mark.end
  }
  return [...pieces, { text: said.slice(at), mark: false }]
}

/** The text without some words of it, wherever they stand, and how often that was; capitals make no difference. */
export function without(said: string, words: string, by: string): { text: string; times: number } {
  const wanted = words.trim()
  if (wanted === '') return { text: said, times: 0 }
  const every = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'), 'giu')
  return { text: said.replace(every, `[${by}]`), times: said.match(every)?.length ?? 0 }
}
