import { expect, test } from 'vitest'
import type { HandedIn, Line } from '../sync'
import { newsOf, tellNews } from './news'
import { Value } from '../sync/live'
import { sayLine } from '../ui/line'

const item = (n: number, fate: HandedIn['fate'], over: Partial<HandedIn> = {}): HandedIn => ({
  n, c: 'view', r: `v${n}`, does: 'make', fate, week: '2026-11-23', about: {}, problem: null, heldUntil: null, ...over,
})

test('says how many have come to the team, into the backup, and into trouble', () => {
  const before = [item(1, 'here'), item(2, 'going'), item(3, 'team'), item(4, 'going')]
  expect(newsOf(before, [item(1, 'team'), item(2, 'team'), item(3, 'safe'), item(4, 'look')])).toBe('2 now with the team. 1 now safe in the backup. 1 needs a look')
})
test('says nothing of what has not changed, of what is new here, nor of a visit’s counters', () => {
  expect(newsOf([], [item(1, 'team')])).toBe('')
  expect(newsOf([item(1, 'team')], [item(1, 'team'), item(2, 'here')])).toBe('')
  expect(newsOf([item(1, 'going', { c: 'visit' })], [item(1, 'team', { c: 'visit' })])).toBe('')
})
test('but says that a visit needs a look, and counts one record once', () => {
  expect(newsOf([item(1, 'going', { c: 'visit' })], [item(1, 'look', { c: 'visit' })])).toBe('1 needs a look')
  expect(newsOf([item(1, 'going', { r: 'v' }), item(2, 'going', { r: 'v' })], [item(1, 'team', { r: 'v' }), item(2, 'team', { r: 'v' })])).toBe('1 now with the team')
})
test('what is there when it begins to listen is no news', () => {
  const handedIn = new Value<HandedIn[]>([item(1, 'team')])
  const said: string[] = []
  const line = new Value<Line>({ kind: 'no-signal', waiting: 1, last: null })
  tellNews({ handedIn, line }, (words) => said.push(words))
  handedIn.set([item(1, 'safe')])
  line.set({ kind: 'no-signal', waiting: 2, last: null })
  line.set({ kind: 'together', since: new Date(0) })
  expect(said).toEqual(['1 now safe in the backup', sayLine({ kind: 'together', since: new Date(0) })])
})
