/**
 * A list of records that is narrowed and put in order, kept up by what changes, and worked out some at a time: a desk of
 * a hundred thousand views answers while its list is made. The newest come first, so what one sees first is there first.
 */
import type { Rec } from '../sync'

export interface Rule {
  keeps: (rec: Rec) => boolean
  /** A total order: two records are never equal. */
  order: (a: Rec, b: Rec) => number
}

/** So many records are judged in one go: some milliseconds. */
const SLICE = 4000
/** From so many on, what goes is found by going through the list once. */
const MANY = 32

export class Ranked {
  readonly #tell: (list: Rec[], whole: boolean) => void
  readonly #later: (work: () => void) => void
  #rule: Rule = { keeps: () => false, order: () => 0 }
  #all: Rec[] = []
  #list: Rec[] = []
  /** Records that are not judged yet, the newest last. */
  #waiting: Rec[] = []
  #working = false

  /** `tell` gets the list as far as it is worked out, and whether that is all. `later` runs work when the page has had its turn. */
  constructor(tell: (list: Rec[], whole: boolean) => void, later: (work: () => void) => void = (work) => void setTimeout(work)) {
    this.#tell = tell
    this.#later = later
  }

  /** Another rule: everything is judged again, the newest first. */
  by(rule: Rule): void {
    this.#rule = rule
    this.#list = []
    this.#waiting = [...this.#all]
    this.#slice()
  }

  /** The records as they are now, in the order of their versions, as the sync lists them. */
  follow(all: Rec[]): void {
    const { gone, come } = changed(this.#all, all)
    this.#all = all
    if (gone.size > 0) {
      this.#waiting = this.#waiting.filter((it) => !gone.has(it))
      this.#drop(gone)
    }
    if (come.length > 0) this.#waiting = this.#waiting.concat(come)
    if (!this.#working) this.#slice()
  }

  #drop(gone: Set<Rec>): void {
    if (gone.size > MANY) {
      this.#list = this.#list.filter((it) => !gone.has(it))
      return
    }
    const list = [...this.#list]
    for (const rec of gone) {
      const at = placeIn(list, rec, this.#rule.order)
      if (list[at] === rec) list.splice(at, 1)
    }
    this.#list = list
  }

  #slice(): void {
    const some = this.#waiting.splice(-SLICE).filter((it) => this.#rule.keeps(it))
    this.#list = merged(this.#list, some.sort(this.#rule.order), this.#rule.order)
    this.#working = this.#waiting.length > 0
    this.#tell(this.#list, !this.#working)
    if (this.#working) this.#later(() => this.#working && this.#slice())
  }
}

/** What is in one of two lists only. Both are in the order of their versions; what has not come back is at the end. */
function changed(before: Rec[], now: Rec[]): { gone: Set<Rec>; come: Rec[] } {
  const gone = new Set<Rec>()
  const come: Rec[] = []
  let [i, j] = [0, 0]
  for (;;) {
    const [was, is] = [before[i], now[j]]
    if (was === is) {
      if (!was) break
      i++
      j++
    } else if (was && (!is || age(was) <= age(is))) {
      gone.add(was)
      i++
    } else if (is) {
      come.push(is)
      j++
    }
  }
  // One that stands elsewhere among those that have not come back is the same still.
  for (let at = come.length - 1; at >= 0; at--) if (gone.delete(come[at] as Rec)) come.splice(at, 1)
  return { gone, come }
}

const age = (rec: Rec): number => rec.v || Infinity

/** Where a record stands in a list in order, or would stand, from some place on. */
function placeIn(list: Rec[], rec: Rec, order: Rule['order'], from = 0): number {
  let to = list.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (order(list[middle] as Rec, rec) < 0) from = middle + 1
    else to = middle
  }
  return from
}

/** Two lists in order as one. Comparing is dear and copying cheap, so the places of what comes are looked up. */
function merged(list: Rec[], come: Rec[], order: Rule['order']): Rec[] {
  if (come.length === 0) return list
  const all: Rec[] = []
  let at = 0
  for (const rec of come) {
    const next = placeIn(list, rec, order, at)
    while (at < next) all.push(list[at++] as Rec)
    all.push(rec)
  }
  while (at < list.length) all.push(list[at++] as Rec)
  return all
}
