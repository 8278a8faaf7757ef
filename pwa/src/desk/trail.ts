/** What the audit says of a record: who changed which field, when. It holds no values, and needs a line. */
import type { Asked } from '../sync/asking'
import type { Json, Loser } from '../sync'
import { part } from '../ui/fields'

export interface Step {
  num: number
  at: Date
  by: string
  device: string
  what: string
  c: string
  r: string
  fields: string[]
}

/** The rows of an answer of the audit, newest first as they come; what is withheld is left out. */
export function stepsIn(answer: Asked): Step[] {
  const rows: Json[] = Array.isArray(answer.rows) ? answer.rows : []
  return rows.flatMap((it) => {
    const row = it !== null && typeof it === 'object' && !Array.isArray(it) ? it : {}
    const at = new Date(part(it, 'at'))
    if (Number.isNaN(at.getTime())) return []
    const fields = Array.isArray(row.fields) ? row.fields.filter((field) => typeof field === 'string') : []
    return [{ num: typeof row.num === 'number' ? row.num : 0, at, by: part(it, 'member') || 'server', device: part(it, 'device'), what: part(it, 'what'), c: part(it, 'collection'), r: part(it, 'record'), fields }]
  })
}

/**
 * Whose change it is that a disputed field shows: the last one of a device that has not lost. A device stands in a
 * dispute once, with its own last word.
 */
export function shownBy(steps: Step[], field: string, losers: Loser[]): Step | undefined {
  const lost = new Set(losers.map((it) => it.device))
  return [...steps].sort((a, b) => b.num - a.num).find((it) => it.fields.includes(field) && !lost.has(it.device))
}
