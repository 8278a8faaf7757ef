/** An older spreadsheet: which column is what, and what becomes of its rows. The server reads it, and says (server/desk/importing.go). */
import type { Asked } from '../sync/asking'

/** What a column may be; the first three a file must have. */
export const PARTS = ['date', 'service', 'words', 'themes', 'sentiment', 'method', 'kind'] as const
export type Part = (typeof PARTS)[number]

/** The column of each part, counted from 0. */
export type Mapping = { [part in Part]?: number }

export interface Outcome {
  rows: number
  taken: number
  same: number
  undated: number
  refused: { row: number; message: string }[]
  refused_rows: number
  services: string[]
  themes: string[]
}
export interface Preview {
  columns: string[]
  first: string[][]
  rows: number
  mapping: Mapping
  missing: Part[]
  /** null while a column is missing. */
  would: Outcome | null
}

export const previewIn = (asked: Asked): Preview => asked as unknown as Preview
export const outcomeIn = (asked: Asked): Outcome => asked as unknown as Outcome

/** Takes a column for a part: a column is one thing only, so another part loses it. */
export function taken(mapping: Mapping, part: Part, column: number | null): Mapping {
  const others = Object.entries(mapping).filter(([name, it]) => name !== part && it !== column)
  return { ...(Object.fromEntries(others) as Mapping), ...(column === null ? {} : { [part]: column }) }
}

/** The form that both addresses take; without a mapping the server guesses. */
export function formOf(file: File, mapping: Mapping | undefined, service: string): FormData {
  const form = new FormData()
  form.set('file', file)
  if (mapping) form.set('columns', JSON.stringify(mapping))
  if (service.trim() !== '') form.set('service', service.trim())
  return form
}
