/** What can be taken out as a file: of each kind that a role reads because of its role, in three forms. */
import { collections } from '../schema/schema'

/** All kinds in one file, by the name that the server gives it. */
export const EVERYTHING = 'earshot'

/** `csv` holds one kind alone. */
export const FORMS = ['xlsx', 'csv', 'json'] as const
export type Form = (typeof FORMS)[number]

/** Kinds that a role has no file of; the server refuses them too, as it does whatever does not exist. */
const WITHOUT: { [role: string]: readonly string[] } = {
  lead: ['visit', 'view', 'escalation', 'telling', 'training'],
  admin: ['visit', 'view', 'escalation', 'matter', 'ask', 'telling', 'sheet', 'paper'],
}

export function kindsFor(role: string): string[] {
  return Object.keys(collections).filter((it) => !WITHOUT[role]?.includes(it))
}

export const nameOf = (kind: string, form: Form): string => `${kind}.${form}`
