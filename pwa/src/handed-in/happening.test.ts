import { describe, expect, test } from 'vitest'
import type { HandedIn } from '../sync'
import { facts, lastTouch, report, type State } from './happening'

const now = new Date('2026-11-26T14:37:51Z')
const item = (n: number, over: Partial<HandedIn> = {}): HandedIn => ({
  n, c: 'view', r: '0197c0de-4a11-7abc-8def-00000000000' + n, does: 'make', fate: 'here', week: '2026-11-23',
  about: { service: 'riverside-clinic', kind: 'concern', themes: ['T07'] }, problem: null, heldUntil: new Date('2026-11-26T14:39:12Z'), ...over,
})
const state = (over: Partial<State> = {}): State => ({
  app: '0.1.0',
  schema: 1,
  line: { kind: 'no-signal', waiting: 3, last: new Date('2026-11-26T14:17:33Z') },
  handedIn: [item(1), item(2, { fate: 'going' }), item(3, { c: 'visit' }), item(4, { fate: 'team' }), item(5, { fate: 'look', problem: { code: 'too_large', field: 'words' } })],
  persisted: true,
  used: 1_234_567,
  now,
  ...over,
})
const said = (over: Partial<State> = {}): string => report(facts(state(over)))

describe('the report', () => {
  test('says how the line stands, what waits, what is stuck, what is promised', () => {
    expect(said().split('\n')).toEqual([
      'The line: No signal. 3 safe on this phone, they go by themselves.',
      'Last in touch: 20 min ago',
      'Waits on this phone: Views: 2 Visits: 1',
      'Needs a look: 1 × It is too long to be sent, so the team has not got it. Take it back, and write it as two.',
      'The browser: It has promised to keep what is stored. Earshot uses up to 2 MB.',
      'The app: Version 0.1.0 (form 1)',
    ])
  })
  test('says what is not known', () => {
    const lines = said({ line: { kind: 'no-signal', waiting: 0, last: null }, handedIn: [], persisted: null, used: null }).split('\n')
    expect(lines.slice(1, 5)).toEqual(['Last in touch: not yet', 'Waits on this phone: nothing', 'Needs a look: nothing', 'The browser: It has not said yet whether it keeps what is stored.'])
  })
  test('holds no id, no service, no theme, no day and no time of day', () => {
    for (const it of state().handedIn) for (const never of [it.r, it.week, ...Object.values(it.about).map(String)]) expect(said()).not.toContain(never)
    expect(said()).not.toMatch(/\d{4}-\d\d|\d\d:\d\d/)
  })
  test('passes nothing on that is no code of ours', () => {
    const odd = said({ handedIn: [item(1, { c: 'Ash Smith' }), item(2, { fate: 'look', problem: { code: 'words: they moved my pick-up' } })] })
    expect(odd).toContain('Other changes: 1')
    expect(odd).not.toMatch(/Ash|pick-up/)
  })
  test.each([
    [{ kind: 'handing-in', waiting: 1 } as const, now],
    [{ kind: 'elsewhere' } as const, undefined],
    [{ kind: 'ended' } as const, undefined],
  ])('of a line like %j says when the server last answered, as far as it is known', (line, last) => expect(lastTouch(line, now)).toEqual(last))
})
