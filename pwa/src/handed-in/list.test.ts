import { describe, expect, test } from 'vitest'
import type { HandedIn, Rec } from '../sync'
import { brought, byWeek, mayTakeBack, notInHand, stays } from './list'

const item = (n: number, over: Partial<HandedIn> = {}): HandedIn => ({
  n, c: 'view', r: `v${n}`, does: 'make', fate: 'here', week: '2026-11-23', about: { service: 's', kind: 'concern', themes: ['t'] }, problem: null, heldUntil: null, ...over,
})
const view = (r: string, f: Rec['f'] = {}): Rec => ({ c: 'view', r, v: 5, f: { by: 'me', week: '2026-11-16', service: 's', ...f }, k: {} })
const answer: Rec = { c: 'answer', r: 'a', v: 9, f: { status: 'published', matter: 'm' }, k: {} }

describe('what was handed in', () => {
  test('shows each view once, whatever was said about it since', () => {
    const list = brought([item(1), item(2, { r: 'v1', fate: 'look', problem: { code: 'stale' } })], [], [], [], 'me')
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ r: 'v1', fate: 'look', problem: { code: 'stale' } })
  })
  test('does not show what was taken back', () => expect(brought([item(1), item(2, { r: 'v1', does: 'withdraw' })], [view('v1')], [], [], 'me')).toEqual([]))
  test('leaves counters and tellings out', () => expect(brought([item(1, { c: 'visit' }), item(2, { c: 'telling' })], [], [], [], 'me')).toEqual([]))
  test('shows a counter that needs a look', () => {
    const look = { fate: 'look' as const, problem: { code: 'wrong_type' } }
    expect(brought([item(1, { c: 'visit', r: 'x' }), item(2, { c: 'visit', r: 'x', does: 'change', ...look })], [], [], [], 'me')).toMatchObject([{ c: 'visit', fate: 'look', item: { n: 2 } }])
  })
  test('never shows what another person brought', () => expect(brought([], [view('v', { by: 'other' })], [], [], 'me')).toEqual([]))
  test.each([
    [{ review: 'new' }, ''],
    [{ review: 'accepted' }, 'accepted'],
    [{ review: 'set_aside' }, 'set_aside'],
    [{ review: 'accepted', matters: ['other'] }, 'matter'],
    [{ review: 'accepted', matters: ['m'] }, 'answered'],
  ])('%j became %s', (f, became) => expect(brought([], [view('v', f)], [], [answer], 'me')[0]?.became).toBe(became))
  test('goes by week and service, the newest week first', () => {
    const groups = byWeek(brought([item(1), item(2, { about: { service: 'other' } }), item(3)], [view('old')], [], [], 'me'))
    expect(groups.map((it) => [it.week, it.service, it.items.length])).toEqual([
      ['2026-11-23', 's', 2],
      ['2026-11-23', 'other', 1],
      ['2026-11-16', 's', 1],
    ])
  })
})

test.each([
  ['a view that waits', item(1), true],
  ['an escalation that the team has', item(1, { c: 'escalation', fate: 'team' }), false],
  ['an escalation that is stuck', item(1, { c: 'escalation', fate: 'look', problem: { code: 'wrong_type' } }), true],
  ['a change that is stuck', item(1, { does: 'change', fate: 'look', problem: { code: 'wrong_type' } }), false],
  ['what was taken back already', item(1, { fate: 'look', problem: { code: 'gone' } }), false],
])('%s: may be taken back: %s', (_, it, may) => expect(brought([it], [], [], [], 'me').map(mayTakeBack)).toEqual([may]))

test('what the phone set aside is with nobody else; what was refused is with the team', () => {
  expect(stays({ problem: { code: 'not_taken' } })).toBe(true)
  expect(stays({ problem: { code: 'not_allowed' } })).toBe(false)
  expect(stays({ problem: null })).toBe(false)
})

test('an escalation nags until somebody at the desk has it in hand, sent or not', () => {
  const sent = item(1, { c: 'escalation', r: 'e1', fate: 'team', about: { kind: 'risk' } })
  const waiting = item(2, { c: 'escalation', r: 'e2', about: { kind: 'talk' } })
  const record = (r: string, f: Rec['f']): Rec => ({ c: 'escalation', r, v: 1, f, k: {} })
  expect(notInHand([sent, waiting], [], 'me').map((it) => it.kind)).toEqual(['talk', 'risk'])
  expect(notInHand([sent, waiting], [record('e1', { by: 'me', kind: 'risk', acknowledged: { by: 'jo', at: '' } }), record('e3', { by: 'me', kind: 'alert' })], 'me').map((it) => it.r)).toEqual(['e2', 'e3'])
})
