import { describe, expect, test } from 'vitest'
import type { Rec } from '../sync'
import { over, runningNow, toCome, viewsIn, WEEKS_AHEAD, weekly } from './rota'

const rec = (r: string, f: Rec['f'], c = 'visit'): Rec => ({ c, r, v: 1, f }) as Rec
const ids = (all: Rec[]): string[] => all.map((it) => it.r)
const now = new Date('2026-11-26T12:00:00Z')

describe('a plan for some weeks', () => {
  test('keeps its hour where the clocks change', () => {
    const at = weekly(new Date(2026, 9, 20, 14, 30), 3)
    expect(at.map((it) => [it.getDate(), it.getHours(), it.getMinutes()])).toEqual([[20, 14, 30], [27, 14, 30], [3, 14, 30]])
  })
  test('is one visit at least, and ends', () => {
    expect(weekly(now, 0)).toHaveLength(1)
    expect(weekly(now, 500)).toHaveLength(WEEKS_AHEAD)
  })
})

test('what is to come stands by its day, what has none last; what is over is none of it', () => {
  const all = [rec('none', { status: 'planned' }), rec('b', { status: 'planned', planned: '2026-12-02T10:00:00Z' }), rec('a', { status: 'planned', planned: '2026-11-30T10:00:00Z' }), rec('done', { status: 'done' })]
  expect(ids(toCome(all))).toEqual(['a', 'b', 'none'])
})

test('who is out stands there, the longest first', () => {
  const all = [rec('late', { status: 'running', started: '2026-11-26T11:00:00Z' }), rec('early', { status: 'running', started: '2026-11-26T09:00:00Z' }), rec('done', { status: 'done' })]
  expect(ids(runningNow(all))).toEqual(['early', 'late'])
})

test('what is over goes four weeks back, a visit that nobody went on by the day that it was planned for', () => {
  const all = [
    rec('old', { status: 'done', started: '2026-10-20T10:00:00Z' }),
    rec('done', { status: 'done', started: '2026-11-20T10:00:00Z', planned: '2026-11-10T10:00:00Z' }),
    rec('missed', { status: 'missed', planned: '2026-11-24T10:00:00Z' }),
    rec('running', { status: 'running', started: '2026-11-26T10:00:00Z' }),
  ]
  expect(ids(over(all, now))).toEqual(['missed', 'done'])
})

test('views are counted in the visit that they were heard in', () => {
  const count = viewsIn([rec('a', {}), rec('b', {})], [rec('1', { visit: 'a' }, 'view'), rec('2', { visit: 'a' }, 'view'), rec('3', { visit: 'c' }, 'view'), rec('4', {}, 'view')])
  expect([...count]).toEqual([['a', 2], ['b', 0]])
})
