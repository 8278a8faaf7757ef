import { describe, expect, test } from 'vitest'
import type { Rec } from '../sync'
import { shared } from './alike'
import { fits, handlingFor, mayLink } from './fit'
import { inPieces, marksOf, without } from './marks'
import { mayDecide, mayPark, stepBack, stepsOn } from './steps'
import { suggestFrom } from './suggestions'
import { sumOf } from './summing'
import { fresh, narrowed, through, type Filter } from './triage'
import { inverse, stands } from './undo'
import { AtDesk, Channels, daysSince, since, undecided, unpublished, withoutMatter, withoutPerson } from './waiting'

const rec = (c: string, r: string, f: Rec['f']): Rec => ({ c, r, v: 1, f, k: {} })
const view = (f: Rec['f'] = {}): Rec => rec('view', 'v', { service: 's', themes: ['t'], handling: 'open', ...f })
const matter = (r: string, f: Rec['f'] = {}): Rec => rec('matter', r, { title: r, status: 'looking', handling: 'open', services: ['s'], themes: [], ...f })

describe('a view about staff is never offered a matter that its service sees', () => {
  const sensitive = view({ handling: 'sensitive' })
  test.each([
    ['an open matter of its service', matter('m'), false],
    ['a closed matter of its service', matter('m', { handling: 'closed' }), false],
    ['a matter about staff', matter('m', { handling: 'sensitive' }), true],
    ['a matter of other services', matter('m', { services: ['other'] }), true],
    ['a merged one', matter('m', { handling: 'sensitive', merged_into: 'x' }), false],
  ])('%s', (_, it, may) => {
    expect(mayLink(sensitive, it)).toBe(may)
    expect(fits(sensitive, [it], '')).toHaveLength(may ? 1 : 0)
  })
  test('and a matter raised from it is about staff too', () => expect(handlingFor(sensitive)).toBe('sensitive'))
})

test('the matter that shares most comes first, ended ones last, linked ones not at all', () => {
  const list = [matter('a', { services: [] }), matter('b'), matter('c', { themes: ['t'] }), matter('d', { themes: ['t'], status: 'done' }), matter('e')]
  expect(fits(view({ matters: ['e'] }), list, '').map((it) => it.matter.r)).toEqual(['c', 'b', 'a', 'd'])
  expect(fits(view(), list, ' B ').map((it) => it.matter.r)).toEqual(['b'])
})

test('words in common with a title, and being the repeat of a view that is in it, count as reasons', () => {
  const [buses, other, twins] = [matter('a', { title: 'Two buses to the chemist', services: [] }), matter('b'), matter('c', { services: [] })]
  const said = view({ words: 'The chemist moved, it takes two bus rides', same_as: 'twin' })
  const twin = rec('view', 'twin', { matters: ['c'] })
  const list = fits(said, [buses, other, twins], '', twin)
  expect(list.map((it) => [it.matter.r, it.because, it.words])).toEqual([['c', ['repeat'], []], ['a', [], ['chemist', 'bus']], ['b', ['service'], []]])
})

describe('the list of what came in', () => {
  const now = new Date('2026-11-26T12:00:00Z')
  const heard = (r: string, f: Rec['f'] = {}): Rec => rec('view', r, { service: 's', by: 'ash', kind: 'concern', review: 'new', themes: [], at: '2026-11-25T10:00:00Z', words: 'The citric sachets are too big', ...f })
  const themes = [rec('theme', 'tile', {}), rec('theme', 'sub', { parent: 'tile' })]
  const all = [
    heard('old', { at: '2026-10-01T10:00:00Z', service: 'other' }),
    heard('new'),
    heard('urgent', { at: '2026-11-10T10:00:00Z', weight: 4 }),
    heard('newer', { at: '2026-11-26T08:00:00Z', by: 'dee', kind: 'praise', words: 'Zoë rang me', themes: ['sub'] }),
    heard('done', { review: 'accepted', summary: 'Too much citric' }),
  ]
  const shows = (filter: Partial<Filter>): string[] => through(all, { ...fresh, ...filter }, themes, now).map((it) => it.r)

  test.each<[string, Partial<Filter>, string[]]>([
    ['what is urgent stands first, then the newest', {}, ['urgent', 'newer', 'new', 'old']],
    ['by service', { service: 'other' }, ['old']],
    ['by kind', { kind: 'praise' }, ['newer']],
    ['by who heard it', { by: 'dee' }, ['newer']],
    ['by theme, with the finer ones below it', { theme: 'tile' }, ['newer']],
    ['of the last week', { age: 'days7' }, ['newer', 'new']],
    ['older than a week', { age: 'over7' }, ['urgent', 'old']],
    ['older than four', { age: 'over28' }, ['old']],
    ['by words in any order, whatever their case and marks', { find: 'RANG zoe' }, ['newer']],
    ['by the desk’s own words', { find: 'much', review: '' }, ['done']],
    ['by several at once', { find: 'sachets', by: 'ash', age: 'days7' }, ['new']],
    ['accepted ones', { review: 'accepted' }, ['done']],
  ])('%s', (_, filter, expected) => expect(shows(filter)).toEqual(expected))

  test('it says by how many choices it is narrowed', () => {
    expect(narrowed(fresh)).toBe(0)
    expect(narrowed({ ...fresh, find: 'citric' })).toBe(0)
    expect(narrowed({ ...fresh, review: '', service: 's', age: 'over7' })).toBe(3)
  })
})

describe('what could tell who somebody is', () => {
  const said = 'Call me on 07700 900 142, ask for Darren'
  test('is marked until it is cleared by its name', () => {
    const marked = rec('view', 'v', { words: said })
    expect(marksOf(marked).map((it) => it.kind)).toEqual(['phone', 'name'])
    expect(inPieces(said, marksOf(marked)).filter((it) => it.mark).map((it) => it.text)).toEqual(['07700 900 142', 'Darren'])
    expect(marksOf(rec('view', 'v', { words: said, cleared: ['phone:11-24'] })).map((it) => it.kind)).toEqual(['name'])
    expect(marksOf(rec('view', 'v', { words: said, cleared: ['phone:11-24', 'name:34-40'] }))).toEqual([])
  })
  test.each([
    ['Darren and darren again', 'darren', '[x] and [x] again', 2],
    ['Is it (true)?', '(true)', 'Is it [x]?', 1],
    ['The  lad on\nthe desk', 'lad on the', 'The  [x] desk', 1],
    ['Nothing', 'Darren', 'Nothing', 0],
    ['Nothing', ' ', 'Nothing', 0],
  ])('“%s” without “%s”', (text, words, left, times) => expect(without(text, words, 'x')).toEqual({ text: left, times }))
})

describe('suggestions give their reason', () => {
  test('words are shared by what they are about, not by how they end', () => {
    expect(shared('They moved my pick-up to the chemist, it takes two buses', 'Moving the chemists: a bus ride')).toEqual(['moved', 'chemist', 'buses'])
    expect(shared('There is nothing here for them', 'Nothing for them here')).toEqual([])
  })
  test('a finer theme is offered for a word of its name or meaning, first below the tile that was tapped', () => {
    const themes = [
      rec('theme', 'waits', { parent: 'getting', name: 'Appointments', definition: 'Times, reminders' }),
      rec('theme', 'hours', { parent: 'where', name: 'Opening times', definition: 'Evening, Saturday, appointments' }),
      rec('theme', 'where', { name: 'Where, when' }),
    ]
    const offered = (words: string, chosen: string[]) => suggestFrom({ views: [], matters: [], themes })(view({ words, themes: chosen })).themes
    expect(offered('No appointments in the evening after work', ['where'])).toEqual([{ theme: 'hours', words: ['appointments', 'evening'] }])
    expect(offered('Appointments without reminders', [])).toEqual([{ theme: 'waits', words: ['appointments', 'reminders'] }])
    expect(offered('An appointment', []), 'a word by itself says little').toEqual([])
    expect(offered('Appointments, reminders', ['hours']), 'less where a finer one is chosen').toEqual([])
  })
  test('a repeat is one of about the same time and place that says much the same', () => {
    const heard = (r: string, words: string, f: Rec['f'] = {}): Rec => rec('view', r, { service: 's', at: '2026-11-20T10:00:00Z', words, themes: [], ...f })
    const said = heard('v', 'They moved my pick-up to the chemist on the ring road, two buses now')
    const same = 'Two buses to the ring road chemist for my pickup'
    const others = [heard('a', same), heard('b', same, { at: '2026-08-01T10:00:00Z' }), heard('c', same, { service: 'else' }), heard('d', same, { same_as: 'a' }), heard('e', 'The chemist is kind'), said]
    const { repeats } = suggestFrom({ views: others, matters: [], themes: [] })(said)
    expect(repeats.map((it) => it.view.r)).toEqual(['a'])
    expect(repeats[0]?.words).toEqual(['chemist', 'ring', 'road', 'buses'])
  })
})

describe('what was done is taken back by its opposite', () => {
  const before = view({ kind: 'idea', matters: ['m1'] })
  test.each([
    ['a field', { set: { kind: 'gap', summary: 'x' } }, { set: { kind: 'idea', summary: null } }],
    ['accepting', { set: { review: 'accepted' } }, { set: { review: null } }],
    ['a link', { add: { matters: ['m2'] } }, { remove: { matters: ['m2'] } }],
    ['a link that was there', { add: { matters: ['m1', 'm2'] } }, { remove: { matters: ['m2'] } }],
    ['taking a link away', { remove: { matters: ['m1', 'm9'] } }, { add: { matters: ['m1'] } }],
    ['settling', { settle: { kind: 'gap' } }, { set: { kind: 'idea' } }],
  ])('%s', (_, change, back) => expect(inverse({ c: 'view', r: 'v', ...change }, before)).toEqual({ c: 'view', r: 'v', ...back }))
  test.each([
    ['erasing words', { c: 'view', r: 'v', redact: { words: 'x' } }],
    ['taking back', { c: 'view', r: 'v', withdraw: true as const }],
    ['a step, which has its own way back', { c: 'matter', r: 'v', set: { status: 'looking' } }],
    ['a note', { c: 'matter', r: 'v', add: { notes: [{ id: 'n', text: 'x' }] } }],
    ['what was so before', { c: 'view', r: 'v', add: { matters: ['m1'] } }],
  ])('but not %s', (_, change) => expect(inverse(change, before)).toBeNull())
  test('a matter just raised goes again, a view never', () => {
    expect(inverse({ c: 'matter', r: 'm', set: { title: 'x' } }, undefined)).toEqual({ c: 'matter', r: 'm', withdraw: true })
    expect(inverse({ c: 'view', r: 'v', set: { words: 'x' } }, undefined)).toBeNull()
  })
  test('and left alone where somebody has changed it since', () => {
    const put = { c: 'view', r: 'v', set: { kind: 'idea' } }
    expect(stands({ c: 'view', r: 'v', set: { kind: 'idea' } }, put, before)).toBe(true)
    expect(stands({ c: 'view', r: 'v', set: { kind: 'gap' } }, put, before)).toBe(false)
    expect(stands({ c: 'view', r: 'v', set: { kind: 'idea' } }, put, undefined)).toBe(false)
    const gone = { c: 'matter', r: 'm', withdraw: true as const }
    const raised = { c: 'matter', r: 'm', set: { title: 'm', level: 'dat' }, add: { services: ['s'], themes: [] } }
    expect(stands(raised, gone, rec('matter', 'm', { title: 'm', level: 'dat', services: ['s'], themes: [], status: 'raised', handling: 'open' }))).toBe(true)
    expect(stands(raised, gone, rec('matter', 'm', { title: 'm', level: 'dat', services: ['s'], themes: [], status: 'raised', owner: 'jo' }))).toBe(false)
    const planned = { c: 'visit', r: 'v', set: { service: 's', by: 'ash', planned: '2026-12-01T14:00:00Z' } }
    const off = { c: 'visit', r: 'v', withdraw: true as const }
    const asPlanned = { ...planned.set, status: 'planned', purpose: 'listen', spoken: 0, declined: 0 }
    expect(stands(planned, off, rec('visit', 'v', asPlanned))).toBe(true)
    expect(stands(planned, off, rec('visit', 'v', { ...asPlanned, status: 'running' })), 'a visit that has begun').toBe(false)
    expect(stands(planned, off, rec('visit', 'v', { ...asPlanned, spoken: 1 }))).toBe(false)
    const due = { c: 'matter', r: 'm', set: { due: '2026-12-01' } }
    expect(stands(due, { ...due, set: { due: null } }, matter('m', { due: '2026-12-01', owner: 'jo' })), 'a field of one that was there').toBe(true)
  })
})

describe('what waits', () => {
  const heard = (r: string, f: Rec['f'] = {}): Rec => rec('view', r, { review: 'new', at: '2026-11-20T10:00:00Z', method: 'nxc', matters: [], ...f })
  const views = [
    heard('new'),
    heard('loose', { review: 'accepted', at: '2026-11-01T10:00:00Z', method: 'box' }),
    heard('open', { review: 'accepted', matters: ['m'] }),
    heard('decided', { review: 'accepted', matters: ['d', 'm'] }),
    heard('aside', { review: 'set_aside' }),
  ]
  const matters = [matter('m'), matter('d', { status: 'decided', owner: 'jo' }), matter('parked', { status: 'parked' })]
  test('said, and nothing decided: the oldest first, and by channel', () => {
    const waits = undecided(views, matters)
    expect(waits.map((it) => it.r)).toEqual(['loose', 'new', 'open'])
    expect(sumOf(waits, new Channels()).map((it) => [it.method, it.n])).toEqual([['box', 1], ['nxc', 2]])
    const { fresh, waits: all, channels } = sumOf(views, new AtDesk(matters))
    expect([fresh.n, all.n, all.oldest.toISOString()]).toEqual([1, 3, '2026-11-01T10:00:00.000Z'])
    expect(channels).toEqual(sumOf(waits, new Channels()))
  })
  test('a matter, a person, the public', () => {
    expect(withoutMatter(views).map((it) => it.r)).toEqual(['loose'])
    expect(withoutPerson(matters).map((it) => it.r)).toEqual(['m'])
    expect(unpublished([rec('answer', 'a', {}), rec('answer', 'b', { status: 'published' })]).map((it) => it.r)).toEqual(['a'])
  })
  test('since when: as heard, else as made', () => {
    expect(since(heard('v')).toISOString()).toBe('2026-11-20T10:00:00.000Z')
    expect(since(matter('019ac000-0000-7000-8000-000000000000')).getTime()).toBe(0x019ac0000000)
    expect(daysSince(new Date('2026-11-20T10:00:00Z'), new Date('2026-11-26T09:00:00Z'))).toBe(5)
  })
})

describe('steps are offered to those who may make them', () => {
  test.each([
    ['raised', 'coordinator', ['looking'], null, true, false],
    ['with_service', 'coordinator', ['with_dat'], 'looking', true, false],
    ['with_dat', 'coordinator', ['with_service'], null, true, true],
    ['decided', 'coordinator', ['done'], 'with_dat', true, false],
    ['parked', 'coordinator', ['looking'], null, false, false],
    ['looking', 'lead', [], null, false, false],
    ['with_dat', 'lead', ['with_service'], null, true, true],
    ['decided', 'lead', ['done'], 'with_dat', true, false],
    ['with_dat', 'manager', [], null, false, false],
  ] as const)('%s, %s', (status, role, on, backTo, park, decide) => {
    expect(stepsOn(status, role)).toEqual(on)
    expect(stepBack(status, role)).toBe(backTo)
    expect(mayPark(status, role)).toBe(park)
    expect(mayDecide(status, role)).toBe(decide)
  })
})
