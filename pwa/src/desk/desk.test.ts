import { describe, expect, test } from 'vitest'
import type { Rec } from '../sync'
import { fits, handlingFor, mayLink } from './fit'
import { mayDecide, mayPark, stepBack, stepsOn } from './steps'

const rec = (c: string, r: string, f: Rec['f']): Rec => ({ c, r, v: 1, f, k: {}, pending: false })
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
