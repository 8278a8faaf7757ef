/**
 * What a member carries besides the view that is being written: printed cards that are not given out yet, and codes of
 * other people's that wait for a line to be looked up.
 */
import type { Json } from '../sync'

export interface Pocket {
  /** Codes of cards, in the order in which they lie on their sheet. */
  cards: string[]
  lookUps: string[]
}

/** What the store gave back; what cannot be read is left out. */
export function readPocket(value: Json): Pocket {
  const list = (key: keyof Pocket): string[] => {
    const it = value !== null && typeof value === 'object' && !Array.isArray(value) ? value[key] : null
    return Array.isArray(it) ? it.filter((code) => typeof code === 'string') : []
  }
  return { cards: list('cards'), lookUps: list('lookUps') }
}

/** As it is kept: nothing where it is empty. */
export function toKeep(pocket: Pocket): Json {
  return pocket.cards.length + pocket.lookUps.length === 0 ? null : { cards: pocket.cards, lookUps: pocket.lookUps }
}

/** The word that a code ends in, before its digits: by it the cards of a sheet are told apart. */
export function lastWord(code: string): string {
  return code.split('-').at(-2) ?? ''
}

/** With the cards of a sheet put behind those that are still here, each once. */
export function withSheet(pocket: Pocket, codes: string[]): Pocket {
  return { ...pocket, cards: [...new Set([...pocket.cards, ...codes])] }
}

/** With this card on top, so that it is the next to be given out; those that lay above it follow. */
export function withNext(pocket: Pocket, code: string): Pocket {
  const at = pocket.cards.indexOf(code)
  return at < 0 ? pocket : { ...pocket, cards: [...pocket.cards.slice(at), ...pocket.cards.slice(0, at)] }
}

/** Without a card that was given out: its code is never given again. */
export function withoutCard(pocket: Pocket, code: string): Pocket {
  return { ...pocket, cards: pocket.cards.filter((it) => it !== code) }
}
