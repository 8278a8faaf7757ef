/**
 * Bringing matters together, and what may not be brought together: a view about staff is never in a matter that its
 * service sees. The server would take it out again in the same commit; a desk is not offered what cannot last.
 */
import type { Change, Rec } from '../sync'
import { handlings } from '../ui/codes'
import { set, text } from '../ui/fields'

const width = (it: Rec): number => handlings.indexOf((text(it, 'handling') || 'open') as (typeof handlings)[number])
const aboutStaff = (it: Rec): boolean => text(it, 'handling') === 'sensitive'

/** The ids of a matter and of all that was merged into it. */
export function within(matter: Rec, matters: Rec[]): Set<string> {
  const ids = new Set([matter.r])
  for (let before = 0; before < ids.size; ) {
    before = ids.size
    for (const it of matters) if (ids.has(text(it, 'merged_into'))) ids.add(it.r)
  }
  return ids
}

/** Views about staff that the server would take out of a matter with these services and this handling. */
export function parted(views: Rec[], services: string[], handling: string): Rec[] {
  return handling === 'sensitive' ? [] : views.filter((it) => aboutStaff(it) && services.includes(text(it, 'service')))
}

/**
 * Whether one matter may go into another from this screen: neither is merged yet, nobody sees more of it than before,
 * what is about staff stays apart from all else, and no view would be taken out.
 */
export function mayMerge(from: Rec, into: Rec, views: Rec[]): boolean {
  if (from.r === into.r || text(from, 'merged_into') !== '' || text(into, 'merged_into') !== '') return false
  if (aboutStaff(from) !== aboutStaff(into) || width(into) < width(from)) return false
  const both = views.filter((it) => set(it, 'matters').some((id) => id === from.r || id === into.r))
  return parted(both, [...set(into, 'services'), ...set(from, 'services')], text(into, 'handling')).length === 0
}

/**
 * The views stay where they were linked, and are linked to the other matter too: whoever asks what became of one finds
 * the decision there, and the merge can be taken apart again.
 */
export function merging(from: Rec, into: Rec, views: Rec[]): Change[] {
  const changes: Change[] = [{ c: 'matter', r: from.r, set: { merged_into: into.r } }]
  const more: { [field: string]: string[] } = {}
  for (const field of ['services', 'themes']) {
    const missing = set(from, field).filter((it) => !set(into, field).includes(it))
    if (missing.length > 0) more[field] = missing
  }
  if (Object.keys(more).length > 0) changes.push({ c: 'matter', r: into.r, add: more })
  const linked = views.filter((it) => set(it, 'matters').includes(from.r) && !set(it, 'matters').includes(into.r))
  return [...changes, ...linked.map((it) => ({ c: 'view', r: it.r, add: { matters: [into.r] } }))]
}

/** Takes a merge apart: its views leave the other matter. */
export function apart(from: Rec, views: Rec[]): Change[] {
  const into = text(from, 'merged_into')
  const linked = views.filter((it) => set(it, 'matters').includes(from.r) && set(it, 'matters').includes(into))
  return [{ c: 'matter', r: from.r, set: { merged_into: null } }, ...linked.map((it) => ({ c: 'view', r: it.r, remove: { matters: [into] } }))]
}
