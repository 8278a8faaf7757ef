/** The decisions of one meeting, as they are typed in: the body and the day once, the rest for each matter. */
import type { Change, Json, Rec } from '../sync'
import { text } from '../ui/fields'

export interface Typed {
  decision: string
  reason: string
  again: string
}
export const nothing: Typed = { decision: '', reason: '', again: '' }

/** What of a matter was kept before the meeting stands there already. */
export const begun = (matter: Rec): Typed => ({ decision: text(matter, 'decision'), reason: text(matter, 'reason'), again: text(matter, 'again') })

export type Owed = 'reason' | 'again'

/** What a decision still needs; nothing where none was taken. */
export function owedBy({ decision, reason, again }: Typed): Owed[] {
  if (decision === '') return []
  return [...(reason.trim() === '' ? (['reason'] as const) : []), ...(decision === 'later' && again === '' ? (['again'] as const) : [])]
}

/** The ops that enter a meeting's decisions, in the order in which they were asked for. */
export function decisionsOf(matters: Rec[], typed: { [matter: string]: Typed }, by: { body: string; on: string }, note: () => { id: string; text: string }): Change[] {
  return matters.flatMap((matter) => {
    const it = typed[matter.r] ?? nothing
    if (it.decision === '') return []
    const wanted: { [field: string]: Json } = { decision: it.decision, reason: it.reason.trim(), decided_by: { body: by.body.trim(), on: by.on }, ...(it.decision === 'later' ? { again: it.again } : {}) }
    const set = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(matter.f[field] ?? null)))
    return [{ c: 'matter', r: matter.r, set: { ...set, status: 'decided' }, add: { notes: [note()] } }]
  })
}
