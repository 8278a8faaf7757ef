/** What this device knows of its DAT, by name: services, themes, people, settings. */
import { fromStore } from 'svelte/store'
import { m } from '../paraglide/messages.js'
import type { Earshot, Rec } from '../sync'
import { count, object, part, set, text } from './fields'

/** One line to call: part of the DAT's settings. */
export interface WayOut {
  way: string
  service: string
  who: string
  number: string
  days: unknown
  from: string
  to: string
  say: string
}

export class Known {
  readonly #me
  readonly #complete
  readonly #dats
  readonly #services
  readonly #themes
  readonly #members

  constructor(earshot: Earshot) {
    this.#me = fromStore(earshot.me)
    this.#complete = fromStore(earshot.complete)
    this.#dats = fromStore(earshot.records('dat'))
    this.#services = fromStore(earshot.records('service'))
    this.#themes = fromStore(earshot.records('theme'))
    this.#members = fromStore(earshot.records('member'))
  }

  readonly me = $derived.by(() => this.#me.current)
  readonly atDesk = $derived.by(() => this.me !== null && this.me.role !== 'volunteer' && this.me.role !== 'outreach')
  readonly complete = $derived.by(() => this.#complete.current)
  readonly dat = $derived.by(() => this.#dats.current[0])

  /** What this DAT calls itself: its name, and the word for what it is. */
  readonly term = $derived.by(() => text(this.dat, 'term') || m.ui_term())

  /** Our own words say DAT; a partnership that calls itself otherwise reads its own word there. */
  inTerms(said: string): string {
    return this.term === m.ui_term() ? said : said.replace('DAT', this.term)
  }

  /** Every service, in order of name. */
  readonly services = $derived.by(() => byName(this.#services.current))
  /** Services that can be chosen: active ones, one's own first. */
  readonly choices = $derived.by(() => {
    const active = this.services.filter((it) => it.f.active !== false)
    return [...active.filter((it) => this.#own.includes(it.r)), ...active.filter((it) => !this.#own.includes(it.r))]
  })
  readonly #own = $derived.by(() => set(this.member, 'services'))
  readonly member = $derived.by(() => this.#members.current.find((it) => it.r === this.me?.member))

  /** One's own services; all active ones where none are set. */
  readonly ownServices = $derived.by(() => {
    const own = this.choices.filter((it) => this.#own.includes(it.r))
    return own.length > 0 ? own : this.choices
  })

  /** Active themes, in order of code. */
  readonly #choosable = $derived.by(() => this.#themes.current.filter((it) => it.f.active !== false).sort((a, b) => (text(a, 'code') < text(b, 'code') ? -1 : 1)))
  /** The themes of a phone's tiles: those without a parent. */
  readonly tiles = $derived.by(() => this.#choosable.filter((it) => text(it, 'parent') === ''))
  /** The finer themes, as the desk codes: each below its parent's code. */
  readonly subthemes = $derived.by(() => this.#choosable.filter((it) => text(it, 'parent') !== ''))

  readonly #serviceNames = $derived.by(() => names(this.#services.current))
  readonly #memberNames = $derived.by(() => names(this.#members.current))
  readonly #themeById = $derived.by(() => Object.fromEntries(this.#themes.current.map((it) => [it.r, it])))

  service(id: string): string {
    return this.#serviceNames[id] ?? m.ui_unknown_service()
  }

  person(id: string): string {
    if (id === 'server') return m.ui_app()
    return this.#memberNames[id] ?? (id === this.me?.member ? (this.me.name ?? m.ui_someone()) : m.ui_someone())
  }

  readonly people = $derived.by(() => byName(this.#members.current.filter((it) => text(it, 'status') !== 'left')))

  theme(id: string): string {
    const rec = this.#themeById[id]
    return text(rec, 'short') || text(rec, 'name')
  }

  themeFull(id: string): string {
    return text(this.#themeById[id], 'name')
  }

  /** Names of themes in a line, leaving out what this device does not know. */
  themes(ids: string[]): string {
    return ids
      .map((id) => this.theme(id))
      .filter((name) => name !== '')
      .join(', ')
  }

  /** Minutes that a view is held here before it goes. */
  readonly hold = $derived.by(() => count(this.dat, 'hold_minutes', 5))
  /** The spoken consent; without a version where the DAT's settings have not come yet. */
  readonly script = $derived.by(() => {
    const version = object(this.dat?.f.script).version
    return { version: typeof version === 'number' ? version : null, text: part(this.dat?.f.script, 'text') }
  })

  /** The lines to call for one way out. */
  ways(way: string): WayOut[] {
    const lines = this.dat?.f.lines
    if (!Array.isArray(lines)) return []
    return lines
      .map((it) => ({
        way: part(it, 'way'),
        service: part(it, 'service'),
        who: part(it, 'who'),
        number: part(it, 'number'),
        days: object(it).days,
        from: part(it, 'from'),
        to: part(it, 'to'),
        say: part(it, 'say'),
      }))
      .filter((it) => it.way === way)
  }
}

function byName(recs: Rec[]): Rec[] {
  return [...recs].sort((a, b) => text(a, 'name').localeCompare(text(b, 'name'), 'en-GB'))
}

function names(recs: Rec[]): Record<string, string> {
  return Object.fromEntries(recs.map((it) => [it.r, text(it, 'name')]))
}
