/**
 * Finds in what is being written what could tell who spoke, or who is spoken about. It runs on the device alone, while
 * somebody types, and it warns and never blocks: it misses some, and stops at some that are harmless.
 *
 * What has a form of its own is found by patterns (patterned.ts): numbers, addresses, dates, also as they are said aloud.
 * A date is one of birth where it is announced as that, or where its year was long enough ago for a grown person. Lines
 * that anybody may ring, such as 0800 and 111, are left alone.
 *
 * Names are found in three steps (names.ts). A first name that is hardly ever anything else counts however it is written,
 * for on phones few write capitals; large families of names are told by their form. One that is a word, a place or a drug
 * too (Will, Rose, Charlie) counts with a capital inside a sentence, or where cues say that it is somebody ("ask for will",
 * "rose at the desk", "my worker hope"). A word that no list knows counts by such cues alone. Streets, hospitals and
 * sayings named after somebody are taken out. Swearing is nobody's name.
 *
 * What it finds is measured: by the sentences in measured/ and, where they are at hand, by real answers; see
 * identifying.test.ts. First names of the communities whose names are seldom heard in England are found less often in
 * small letters, since the list is kept short for what a phone has to download.
 */
import type { Detail } from './detail'
import { names } from './names'
import { patterned } from './patterned'

export type { Detail }

/** Every detail, in the order in which they stand, none over another. */
export function identifyingDetails(text: string): Detail[] {
  const found: Detail[] = []
  for (const detail of [...patterned(text), ...names(text)]) {
    if (!found.some((it) => detail.start < it.end && it.start < detail.end)) found.push(detail)
  }
  return found.sort((a, b) => a.start - b.start)
}

/** The text with what the detail was, in brackets, in its place: the rest stays as it was said. */
export function replaced(text: string, detail: Detail, by: string): string {
  return `${text.slice(0, detail.start)}[${by}]${text.slice(detail.end)}`
}

/** How a detail that was let stand is named on the record: by code points, as every length there. */
export function detailName(text: string, detail: Detail): string {
  const points = (end: number): number => [...text.slice(0, end)].length
  return `${detail.kind}:${points(detail.start)}-${points(detail.end)}`
}
