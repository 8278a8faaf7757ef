import { describe, expect, test } from 'vitest'
import type { Visit } from '../home/visits'
import type { Rec } from '../sync'
import { isNew, toTakeBack } from './told'

const answer = (r: string, services: string[], published: string): Rec => ({ c: 'answer', r, v: 1, f: { status: 'published', services, published }, k: {} })
const visit = (service: string, status: string, started: string): Visit => ({
  r: `${service}${started}`, service, status, method: 'conv', started: new Date(started), planned: null, ended: null, spoken: 0, declined: 0, check: false, note: '',
})
const fresh = answer('a', ['s'], '2026-11-24T10:00:00Z')

describe('an answer is new', () => {
  test.each([
    ['where one never was', [], true],
    ['since the last visit there', [visit('s', 'done', '2026-11-23T10:00:00Z')], true],
    ['not where one was there since', [visit('s', 'done', '2026-11-25T10:00:00Z')], false],
    ['whatever was visited elsewhere', [visit('other', 'done', '2026-11-25T10:00:00Z')], true],
    ['through the visit that runs now', [visit('s', 'running', '2026-11-25T10:00:00Z')], true],
  ])('%s', (_, visits, is) => expect(isNew(fresh, visits)).toBe(is))
  test('for everybody, not where one was anywhere since', () =>
    expect(isNew(answer('b', [], '2026-11-24T10:00:00Z'), [visit('s', 'done', '2026-11-25T10:00:00Z')])).toBe(false))
})

test('what is due at a service is what concerns it and was told to nobody yet, the newest first', () => {
  const all = [fresh, answer('b', ['other'], '2026-11-25T10:00:00Z'), answer('c', [], '2026-11-25T11:00:00Z'), answer('d', ['s'], '2026-11-20T10:00:00Z')]
  const told: Rec = { c: 'telling', r: 't', v: 1, f: { answer: 'd' }, k: {} }
  expect(toTakeBack(all, [told], [], 'me', ['s']).map((it) => it.r)).toEqual(['c', 'a'])
})
