/**
 * The records of one collection in the order in which they are listed, kept up by what changes: a first read of a
 * hundred thousand records, page after page, would otherwise sort all that came before with each page.
 */
import type { Rec } from './types'

/** Received ones by the version that they came with; what was made here and has not come back is the newest of all. */
const byVersion = (a: Rec, b: Rec): number => a.v - b.v

export class Listed {
  #received: Rec[] = []
  #ids = new Set<string>()

  /** Records that are listed, as they are now, or undefined where one is gone. */
  put(changed: Iterable<string>, now: (r: string) => Rec | undefined): void {
    const again = new Set<string>()
    const come: Rec[] = []
    for (const r of changed) {
      const rec = now(r)
      if (this.#ids.has(r)) again.add(r)
      if (rec) {
        come.push(rec)
        this.#ids.add(r)
      } else this.#ids.delete(r)
    }
    if (again.size > 0) this.#received = this.#received.filter((it) => !again.has(it.r))
    come.sort(byVersion)
    this.#received = merged(this.#received, come)
  }

  /** Never changed once it is given: whoever shows it can tell by that whether it is another. */
  all(made: Rec[]): Rec[] {
    return made.length > 0 ? [...this.#received, ...made] : this.#received
  }
}

/** Two lists in order as one. What comes is mostly newer than all that is there. */
function merged(there: Rec[], come: Rec[]): Rec[] {
  const [first] = come
  const last = there.at(-1)
  if (!first) return there
  if (!last || byVersion(last, first) <= 0) return there.concat(come)
  const all: Rec[] = []
  let at = 0
  for (const rec of there) {
    for (let next = come[at]; next && byVersion(next, rec) < 0; next = come[++at]) all.push(next)
    all.push(rec)
  }
  return all.concat(come.slice(at))
}
