import { describe, expect, test } from 'vitest'
import type { HandedIn, Rec } from '../sync'
import { heardIn, lapsed, likelyPlace, plannedVisits, visitsOf } from './visits'

const now = new Date('2026-11-25T17:30:00')
const rec = (c: string, r: string, f: Rec['f']): Rec => ({ c, r, v: 1, f, k: {} })
const visits = (...fields: Rec['f'][]) => visitsOf(fields.map((f, at) => rec('visit', `v${at}`, f)), [], 'me')
const planned = (service: string, at: string) => ({ service, status: 'planned', planned: new Date(at).toISOString() })
const done = (service: string, at: string) => ({ service, status: 'done', started: new Date(at).toISOString() })

describe('planned visits', () => {
  test('are those of today and later, the nearest first', () => {
    const list = plannedVisits(visits(planned('c', '2026-12-01T10:00'), planned('a', '2026-11-24T10:00'), planned('b', '2026-11-25T09:00'), done('d', '2026-11-25T08:00')), now)
    expect(list.map((it) => it.service)).toEqual(['b', 'c'])
  })
})

describe('the likely place', () => {
  const services = ['a', 'b', 'c']
  test.each([
    ['where a visit is planned today', [planned('b', '2026-11-25T19:00'), done('a', '2026-11-24T10:00')], 'b'],
    ['not where one is planned tomorrow', [planned('b', '2026-11-26T19:00'), done('c', '2026-11-24T10:00')], 'c'],
    ['where the last visit was', [done('a', '2026-11-20T10:00'), done('c', '2026-11-24T10:00')], 'c'],
    ['the first, where the last one is no longer there', [done('closed', '2026-11-24T10:00')], 'a'],
    ['the first', [], 'a'],
  ])('%s', (_, fields, place) => expect(likelyPlace(visits(...fields), services, now)).toBe(place))
  test('is nowhere without services', () => expect(likelyPlace([], [], now)).toBeUndefined())
})

test('what was heard in a visit is counted without what was taken back', () => {
  const item = (n: number, over: Partial<HandedIn> = {}): HandedIn => ({
    n, c: 'view', r: `r${n}`, does: 'make', fate: 'here', week: '', about: { visit: 'v0' }, problem: null, heldUntil: null, ...over,
  })
  const [visit] = visits(done('a', '2026-11-25T10:00'))
  const list = [item(1), item(2), item(3, { about: { visit: 'other' } }), item(4, { c: 'visit' }), item(5, { r: 'r2', does: 'withdraw', about: {} })]
  expect(visit && heardIn(visit, list)).toBe(1)
})

describe('training that has run out', () => {
  const blocks = rec('dat', 'd', { training_blocks: true })
  const training = (module: string, expires?: string, member = 'me') => rec('training', `${module}${expires}`, { member, module, ...(expires ? { expires } : {}) })
  test.each([
    ['yesterday', [training('safeguarding', '2026-11-24')], ['safeguarding']],
    ['not today', [training('safeguarding', '2026-11-25')], []],
    ['but was done again', [training('safeguarding', '2026-11-24'), training('safeguarding', '2027-11-24')], []],
    ['never', [training('first aid')], []],
    ['of somebody else', [training('safeguarding', '2026-11-24', 'other')], []],
  ])('%s', (_, list, modules) => expect(lapsed(list, blocks, 'me', now)).toEqual(modules))
  test('stops nobody where the team does not say so', () => expect(lapsed([training('safeguarding', '2020-01-01')], rec('dat', 'd', {}), 'me', now)).toEqual([]))
})
