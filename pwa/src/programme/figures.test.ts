import { describe, expect, test } from 'vitest'
import { daysSince, isLatest, lengthened, lineOf, mostWaiting, moved, pathOf, periodAt, sayPeriod, strength, trend, type Step } from './figures'

const now = new Date('2026-11-27T10:00:00Z')
const say = (it: Parameters<typeof sayPeriod>[0]): string => sayPeriod(it, 'en-GB', ({ from, to }) => `${from} to ${to}`)

describe('periods', () => {
  test.each([
    [1, 'November 2026', '/v1/reports/programme?from=2026-11&to=2026-11'],
    [3, 'October to December 2026', '/v1/reports/programme?from=2026-10&to=2026-12'],
    [12, '2026', '/v1/reports/programme?from=2026-01&to=2026-12'],
  ] as const)('%i months', (length, words, path) => {
    const period = periodAt(length, now)
    expect(say(period)).toBe(words)
    expect(pathOf(period)).toBe(path)
    expect(isLatest(period, now)).toBe(true)
    expect(isLatest(moved(period, -1), now)).toBe(false)
    expect(moved(moved(period, -1), 1)).toEqual(period)
  })
  test('one that is not over becomes the present one of another length, one that is over the last of its own', () => {
    expect(say(lengthened(periodAt(12, now), 1, now))).toBe('November 2026')
    expect(say(lengthened(moved(periodAt(12, now), -1), 3, now))).toBe('October to December 2025')
    expect(say(lengthened(moved(periodAt(3, now), -1), 1, now))).toBe('September 2026')
  })
})

test.each([
  [0, 0, 9, 0],
  [0, 2, 9, 1],
  [1, 0, 9, 2],
  [4, 1, 9, 3],
  [9, 1, 9, 4],
  [1, 1, 1, 2],
])('%i views and %i visits, the most being %i, are drawn as %i', (heard, visited, most, drawn) => {
  expect(strength(heard, visited, most)).toBe(drawn)
})

test.each([
  [null, 9, ''],
  [9, null, ''],
  [5, 0, 'new'],
  [4, 0, ''],
  [12, 8, 'steady'],
  [20, 10, 'rising'],
  [10, 20, 'falling'],
  [100, 110, 'steady'],
])('%s after %s is %s', (after, before, word) => {
  expect(trend(after, before)).toBe(word)
})

test('a line goes over the whole box, four weeks at a time', () => {
  expect(lineOf([0, 0, 4, 0, 0])).toBe('0.0,22.0 25.0,22.0 50.0,2.0 75.0,2.0 100.0,2.0')
  expect(lineOf([0, 0])).toBe('0.0,22.0 100.0,22.0')
})

test('most wait where the most do, and nothing waits that was told back', () => {
  const step = (name: Step['step'], waiting: number | null): Step => ({ step: name, n: 1, half: null, slow: null, waiting })
  expect(mostWaiting([step('said', 3), step('looked', 9), step('joined', null), step('told', 30)])?.step).toBe('looked')
  expect(mostWaiting([step('said', 0)])).toBeUndefined()
})

test('days are whole ones, and none lies ahead', () => {
  expect(daysSince('2026-11-27', now)).toBe(0)
  expect(daysSince('2026-11-01', now)).toBe(26)
  expect(daysSince('2026-12-24', now)).toBe(0)
})
