/**
 * An `Earshot` without a server or a store, for looking at screens: every state of every screen can be put on at will.
 * It lays saved changes over its records as a device would, as far as a screen can tell. It is no part of the app.
 */
import { derived, writable, type Readable, type Writable } from 'svelte/store'
import type { Change, Earshot, HandedIn, Json, Line, Me, Rec, Trouble } from '../../sync'
import { mondayOf } from '../dates'

export interface Scene {
  me: Me | null
  line: Line
  persisted: boolean | null
  complete: boolean
  records: Rec[]
  handedIn: HandedIn[]
  draft: Json
  pocket: Json
  now: Date
  /** Code of what goes wrong at each save, enrolment and look-up. */
  fails: string
  /** Time stands still, so that a picture of it does. */
  still: boolean
}

export class FakeEarshot implements Earshot {
  readonly locked = false
  readonly me: Writable<Me | null>
  readonly line: Writable<Line>
  readonly persisted: Readable<boolean | null>
  readonly handedIn: Writable<HandedIn[]>
  readonly complete: Readable<boolean>
  readonly draft: Earshot['draft']
  readonly pocket: Earshot['pocket']
  readonly owed: Earshot['owed']
  readonly #all: Writable<Rec[]>
  readonly #scene: Scene
  #n = 100
  #id = 0

  constructor(scene: Scene) {
    this.#scene = scene
    this.me = writable(scene.me)
    this.line = writable(scene.line)
    this.persisted = writable(scene.persisted)
    this.complete = writable(scene.complete)
    this.handedIn = writable(scene.handedIn)
    this.#all = writable(scene.records)
    this.draft = this.#kept(scene.draft)
    this.pocket = this.#kept(scene.pocket)
    this.owed = this.#kept(null)
  }

  #kept(value: Json): Earshot['draft'] {
    return {
      load: async () => value,
      keep: async (it) => {
        this.#fail()
        value = it
      },
    }
  }

  #fail(): void {
    if (this.#scene.fails !== '') throw Object.assign(new Error(this.#scene.fails), { code: this.#scene.fails }) as Trouble
  }

  async askToKeep(): Promise<boolean | null> {
    return this.#scene.persisted
  }

  async enrol(): Promise<Me> {
    this.#fail()
    const me: Me = { device: 'd', member: 'ash', name: 'Ash', role: 'volunteer', dat: { id: 'dat', name: 'Northgate DAT', slug: 'northgate' } }
    this.me.set(me)
    return me
  }

  records(collection: string): Readable<Rec[]> {
    return derived(this.#all, (all) => all.filter((it) => it.c === collection))
  }

  record(collection: string, id: string): Readable<Rec | undefined> {
    return derived(this.#all, (all) => all.find((it) => it.c === collection && it.r === id))
  }

  async save(changes: Change[], options: { hold?: number; about?: { [field: string]: Json } } = {}): Promise<HandedIn[]> {
    this.#fail()
    const items = changes.map((change): HandedIn => ({
      n: ++this.#n,
      c: change.c,
      r: change.r,
      does: change.withdraw ? 'withdraw' : 'make',
      fate: 'here',
      week: mondayOf(this.#scene.now),
      about: options.about ?? {},
      problem: null,
      heldUntil: options.hold ? new Date(this.#scene.now.getTime() + options.hold * 60_000) : null,
    }))
    this.handedIn.update((all) => [...all, ...items])
    this.#all.update((all) => changes.reduce(lay, all))
    return items
  }

  async takeBack(item: HandedIn): Promise<void> {
    this.#fail()
    this.handedIn.update((all) => all.filter((it) => it.r !== item.r))
    this.#all.update((all) => all.filter((it) => it.r !== item.r))
  }

  async putAway(item: HandedIn): Promise<void> {
    this.handedIn.update((all) => all.filter((it) => it.n !== item.n))
  }

  newId(collection: string): string {
    return `${collection}-${++this.#id}`
  }

  newReceipt(): string {
    return 'pine-river-lamp-42'
  }

  async lookUp(): Promise<{ status: string; answers: { id: string; said: string; did: string; published: string }[] }> {
    this.#fail()
    return { status: 'answered', answers: [{ id: 'a', said: 'Nobody can get here before four.', did: 'Open until 7 pm on Tuesdays and Thursdays, from 1 December.', published: '2026-11-20T10:00:00Z' }] }
  }

  async speak(): Promise<never> {
    throw Object.assign(new Error('no_answer'), { code: 'no_answer' }) as Trouble
  }

  async drafting(): Promise<boolean> {
    return (await this.draft.load()) !== null
  }

  async rescue(): Promise<string> {
    return ''
  }

  async erase(): Promise<void> {
    this.me.set(null)
  }
}

/** A change laid over the records, without anybody else's. */
function lay(all: Rec[], change: Change): Rec[] {
  if (change.withdraw) return all.filter((it) => it.r !== change.r)
  const rec = all.find((it) => it.r === change.r) ?? { c: change.c, r: change.r, v: 0, f: {}, k: {}, pending: true }
  const values = (field: string): Json[] => {
    const value = rec.f[field]
    return Array.isArray(value) ? value : []
  }
  const f = { ...rec.f, ...change.set, ...change.settle, ...change.redact }
  for (const [field, added] of Object.entries(change.add ?? {})) f[field] = [...values(field), ...added]
  for (const [field, gone] of Object.entries(change.remove ?? {})) f[field] = values(field).filter((it) => !gone.includes(it))
  const k = Object.fromEntries(Object.entries(rec.k).filter(([field]) => !(field in (change.settle ?? {}))))
  return [...all.filter((it) => it.r !== change.r), { ...rec, f, k, pending: true }]
}
