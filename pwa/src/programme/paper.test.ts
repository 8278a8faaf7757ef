import { describe, expect, it, test } from 'vitest'
import type { Json, Rec } from '../sync'
import { periodAt, type Figures } from './figures'
import { asJson, contentIn, contentOf, daysOf, endedQuarters, fitting, inShort, quoteOf, since, type Content } from './paper'

const NOW = new Date('2026-11-27')
const summer = periodAt(3, new Date('2026-08-01'))
const totals = { visits: 40, minutes: 600, spoken: 90, declined: null, views: 60, out: 5, of: 8, first: 1, answer: 12 }
const figures: Figures = {
  from: '2026-07', to: '2026-09', over: true, now: totals, before: { ...totals, views: 45 }, weeks: [], kinds: [], methods: [], decisions: [], outcomes: [], claimed: 0, confirmed: 0,
  services: [{ service: 's1', visits: 40, minutes: 600, spoken: 90, views: 60, last: '2026-11-20', visited: [] }],
  themes: [{ theme: 't1', views: 40, before: 20 }, { theme: 'fine', views: 40, before: 20 }],
  loop: [{ step: 'answered', n: 30, half: 10, slow: 20, waiting: 3 }],
}
const services = [{ id: 's1', name: 'Riverside', active: true }, { id: 's2', name: 'The hostel', active: true }]
const rec = (c: string, r: string, f: { [field: string]: Json }): Rec => ({ c, r, v: 1, f, k: {} })
const decided = (r: string, on: string, more: { [field: string]: Json } = {}): Rec => rec('matter', r, { title: r, status: 'decided', level: 'service', decision: 'yes', reason: 'Because', decided_by: { body: 'The board', on }, ...more })
const said = [{ id: 'q1', text: 'Nobody came', at: '2026-08-01', by: 'x' }]
const matters = [
  rec('matter', 'm1', { title: 'Opening times', status: 'with_dat', level: 'service', said }),
  rec('matter', 'm2', { title: 'All services', status: 'with_dat', level: 'dat' }),
  rec('matter', 'staff', { title: 'Somebody here', status: 'with_dat', level: 'dat', handling: 'sensitive' }),
  rec('matter', 'merged', { title: 'The same', status: 'with_dat', level: 'dat', merged_into: 'm1' }),
  decided('d1', '2026-07-01', { said }), decided('d2', '2026-09-30'), decided('next', '2026-10-01'),
  decided('b1', '2026-04-01', { claimed: '2026-05-01' }), decided('b2', '2026-06-30', { decision: 'no' }), decided('b3', '2026-05-05', { status: 'looking' }),
]
const answers = [rec('answer', 'a1', { matter: 'd1', status: 'published', published: '2026-09-30T23:00:00Z' }), rec('answer', 'a2', { matter: 'd1', status: 'draft' }), rec('answer', 'a3', { matter: 'staff', status: 'published', published: '2026-08-01T10:00:00Z' })]
const make = (): Content => contentOf(summer, figures, { matters, answers, services, themes: { t1: 'Opening times' } })

describe('a paper', () => {
  it('is made of quarters that are over', () => {
    expect(endedQuarters(NOW, 2).map(daysOf)).toEqual([{ from: '2026-07-01', to: '2026-09-30' }, { from: '2026-04-01', to: '2026-06-30' }])
    expect(endedQuarters(new Date('2026-01-01'), 1).map(daysOf)).toEqual([{ from: '2025-10-01', to: '2025-12-31' }])
  })

  it('asks what waits for the committee, what is for all services first, and nothing about staff', () => {
    expect(make().asked).toEqual([{ matter: 'm2', quote: '' }, { matter: 'm1', quote: 'q1' }])
  })

  it('tells the decisions of its quarter, and what came of those before', () => {
    const it = make()
    expect(it.decided.map(({ matter, on }) => [matter, on])).toEqual([['d2', '2026-09-30'], ['d1', '2026-07-01']])
    expect(it.before).toEqual([{ matter: 'b1', decision: 'yes', came: 'claimed' }, { matter: 'b2', decision: 'no', came: 'no' }, { matter: 'b3', decision: 'yes', came: 'reopened' }])
    expect(it.answers).toEqual(['a1'])
  })

  it('holds no word that anybody said or wrote, so that none stays in it', () => {
    const kept = JSON.stringify(make())
    for (const word of ['Nobody came', 'Because', 'All services', 'Somebody here']) expect(kept).not.toContain(word)
    expect(quoteOf({ matter: 'm1', quote: 'q1' }, matters[0])).toBe('Nobody came')
    expect(quoteOf({ matter: 'm1', quote: 'q1' }, rec('matter', 'm1', {}))).toBe('')
  })

  it('is read from its record, and from no other', () => {
    expect(contentIn(rec('paper', 'p', { content: asJson(make()) }))).toEqual(make())
    expect(contentIn(rec('paper', 'p', { content: { form: 9 } }))).toBeNull()
    expect(contentIn(rec('paper', 'p', {}))).toBeNull()
  })

  it('sums up by what its figures say, and says nothing of what they withhold', () => {
    expect(inShort(make(), NOW)).toEqual([
      '40 visits were made: 10 hours in all.', '90 people were spoken to.', '60 views were written down. In the quarter before it was 45.',
      'Most was said about “Opening times”: 40 views.', '50% of what was said has an answer by now.', '2 matters were decided.',
      'At 1 service nobody has been out for four weeks or more.', '2 matters wait for this committee.',
    ])
    const quiet: Content = { ...make(), asked: [], decided: [], services: [], figures: { ...figures, now: { ...totals, visits: 0, spoken: null, views: null }, themes: [{ theme: 't1', views: null, before: null }] } }
    expect(inShort(quiet, NOW)).toEqual(['Nobody was out on a visit.', 'No matter was decided.', 'No matter waits for this committee.'])
  })
})

test('as many fit as there is room for, and one at least', () => {
  const long = ['a'.repeat(700), 'b'.repeat(700), 'c'.repeat(700)]
  expect(fitting(long, 3_000, (it) => it.length)).toHaveLength(3)
  expect(fitting(long, 2_999, (it) => it.length)).toHaveLength(2)
  expect(fitting(long, 10, (it) => it.length)).toHaveLength(1)
  expect(fitting([], 10, () => 0)).toEqual([])
})

describe('what has changed since', () => {
  const at = (changed: { [id: string]: Rec | null }): Rec[] => matters.flatMap((it) => (it.r in changed ? (changed[it.r] ?? []) : it))

  it('is nothing where nothing has', () => {
    expect(since(make(), matters, answers, figures)).toEqual([])
  })

  it('is each decision, each step back, and what was taken out', () => {
    const now = at({ m2: decided('m2', '2026-11-20', { decision: 'no' }), m1: rec('matter', 'm1', { title: 'Opening times', status: 'with_service' }), d1: decided('d1', '2026-07-01', { decision: 'partly' }), d2: null, b1: decided('b1', '2026-04-01', { claimed: '2026-05-01', confirmed: '2026-10-01' }) })
    expect(since(make(), now, [], { ...figures, now: { ...totals, views: 61, spoken: null } })).toEqual([
      { what: 'decided', matter: 'm2', decision: 'no' }, { what: 'taken-back', matter: 'm1' }, { what: 'changed', matter: 'd1', from: 'yes', to: 'partly' }, { what: 'came', matter: 'b1', came: 'confirmed' },
      { what: 'gone', n: 1 }, { what: 'quotes', n: 2 }, { what: 'answers', n: 1 }, { what: 'figure', of: 'views', from: 60, to: 61 },
    ])
  })
})
