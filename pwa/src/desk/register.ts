/** The register of gaps: what people say is not there at all, and what the partnership has decided about it. */
import type { Rec } from '../sync'
import { count, set, text } from '../ui/fields'
import { since } from './waiting'

export interface Gap {
  matter: Rec
  /** How many said it, as far as it was written down. */
  voices: number
  first: Date
}

/** Matters with a view that says that something is missing, undecided ones first, then the one that has waited longest. */
export function gaps(matters: Rec[], views: Rec[]): Gap[] {
  const found = new Map<string, Gap>()
  const open = new Map(matters.filter((it) => text(it, 'merged_into') === '').map((it) => [it.r, it]))
  for (const view of views.filter((it) => text(it, 'kind') === 'gap')) {
    for (const matter of set(view, 'matters').flatMap((id) => open.get(id) ?? [])) {
      const [held, at] = [found.get(matter.r), since(view)]
      found.set(matter.r, { matter, voices: (held?.voices ?? 0) + count(view, 'times', 1), first: held && held.first < at ? held.first : at })
    }
  }
  const decided = (it: Gap): number => (text(it.matter, 'decision') === '' ? 0 : 1)
  return [...found.values()].sort((a, b) => decided(a) - decided(b) || a.first.getTime() - b.first.getTime() || (a.matter.r < b.matter.r ? -1 : 1))
}
