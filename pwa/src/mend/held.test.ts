import { describe, expect, test } from 'vitest'
import { collectionOf, heldIn, linesOf, mended, type Held } from './held'

const op = { n: 4, c: 'view', r: 'v1', base: 0, schema: 1, at: '2026-11-20T09:00:00Z', set: { words: 'Too late', kind: 'moan', times: 2 }, add: { themes: ['t'] } }
const row = (id: string, code: string, more = {}): object => ({ id, member: 'ash', at: '2026-11-20T10:00:00Z', op, problem: { code, field: 'kind', message: '' }, ...more })
const [held] = heldIn({ ops: [row('1', 'wrong_type')] } as never) as [Held]

test('what waits for something else by itself is no work for anybody', () => {
  const all = heldIn({ ops: [row('1', 'wrong_type'), row('2', 'early'), row('3', 'unopened', { op: null, at: '2026-11-21T10:00:00Z' })] } as never)
  expect(all.map((it) => [it.id, it.code, it.op === null])).toEqual([['3', 'unopened', true], ['1', 'wrong_type', false]])
})

describe('an op', () => {
  test('shows what it sets, what is in the way first', () => {
    expect(collectionOf(held)).toBe('view')
    expect(linesOf(held).map((it) => [it.field, it.value, it.editable])).toEqual([['kind', 'moan', true], ['words', 'Too late', true], ['times', '2', false]])
    expect(linesOf(held)[0]?.values).toContain('concern')
  })
  test('that is handed in as it was is the same', () => expect(mended(held, linesOf(held))).toEqual(op))
  test('is mended in one field, and loses another', () => {
    const lines = linesOf(held).map((it) => (it.field === 'kind' ? { ...it, value: 'concern' } : it.field === 'times' ? { ...it, out: true } : it))
    expect(mended(held, lines)).toEqual({ ...op, set: { kind: 'concern', words: 'Too late' } })
  })
})
