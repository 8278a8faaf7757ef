import { expect, test } from 'vitest'
import { formOf, taken } from './bringing'

test.each([
  ['a part that had none', { date: 0 }, 'words', 2, { date: 0, words: 2 }],
  ['a part that had another', { date: 0, words: 1 }, 'words', 2, { date: 0, words: 2 }],
  ['a column that another part had', { date: 0, words: 1 }, 'service', 1, { date: 0, service: 1 }],
  ['none', { date: 0, words: 1 }, 'words', null, { date: 0 }],
] as const)('a column is taken for %s', (_, mapping, part, column, want) => {
  expect(taken(mapping, part, column)).toEqual(want)
})

test('a form says the columns only where somebody has looked them over', () => {
  const file = new File(['a'], 'older.csv')
  expect(formOf(file, undefined, ' ').has('columns')).toBe(false)
  const form = formOf(file, { date: 0 }, ' Walk-in ')
  expect([form.get('columns'), form.get('service')]).toEqual(['{"date":0}', 'Walk-in'])
})
