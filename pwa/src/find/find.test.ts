import { describe, expect, test } from 'vitest'
import type { Rec } from '../sync'
import { findHere, foundIn, MOST, pieces, type Hit } from './find'

const rec = (r: string, f: Rec['f'], c = 'view'): Rec => ({ c, r, v: 1, f, k: {} }) as Rec
const ids = (hits: Hit[]): string[] => hits.map((it) => it.r)

describe('without a line', () => {
  const said = [rec('old', { words: 'The queue is long on Fridays' }), rec('zoe', { words: 'ZOË was kind' }), rec('new', { words: 'No room to queue inside' }), rec('m', { title: 'Queueing in the rain' }, 'matter')]
  test('the newest that have every word come first', () => {
    expect(ids(findHere('queue', said).hits)).toEqual(['m', 'new', 'old'])
    expect(ids(findHere('long queue', said).hits)).toEqual(['old'])
    expect(ids(findHere('eue', said).hits)).toEqual([])
  })
  test('case and marks do not count, and the mark is on the word as it was said', () => {
    const [hit] = findHere('zoe', said).hits
    expect(hit && pieces(hit)).toEqual([{ text: 'ZOË', marked: true }, { text: ' was kind', marked: false }])
  })
  test('no word finds nothing, and many say that there are more', () => {
    expect(findHere(' , ', said)).toEqual({ hits: [], more: false })
    const many = findHere('again', Array.from({ length: MOST + 5 }, (_, i) => rec(`v${i}`, { words: 'Again and again' })))
    expect([many.hits.length, many.more]).toEqual([MOST, true])
  })
})

test('what the server has found is read, and what is no mark is none', () => {
  const answer = { hits: [{ c: 'view', r: 'v', texts: [{ field: 'words', text: '😀 a queue', marks: [[4, 9], 'x', [1]] }] }, { c: 'view', r: 'w' }], more: true }
  expect(foundIn(answer as never)).toEqual({ hits: [{ c: 'view', r: 'v', text: '😀 a queue', marks: [[4, 9]] }, { c: 'view', r: 'w', text: '', marks: [] }], more: true })
})

test('of a long text the stretch around the first mark is shown', () => {
  const text = `${'a '.repeat(200)}queue${' b'.repeat(200)}`
  const shown = pieces({ c: 'view', r: 'v', text, marks: [[400, 405]] })
  expect(shown.find((it) => it.marked)?.text).toBe('queue')
  expect([shown[0]?.text, shown.at(-1)?.text]).toEqual(['…', '…'])
  expect([...shown.map((it) => it.text).join('')].length).toBeLessThan(250)
})
