import { describe, expect, it } from 'vitest'
import { lengthOf, unfit } from './schema'

const id = '0192f0c5-0000-7abc-8def-0123456789ab'
const view = { service: id, method: 'conv', share: 'words', words: 'It is two buses now.' }
const said = { id, text: 'It is two buses now.', view: id }

describe('a change gets a number only when the server can take its form', () => {
  const cases: [string, Parameters<typeof unfit>[0], boolean, ReturnType<typeof unfit>][] = [
    ['a whole view', { c: 'view', set: view, add: { themes: [id] } }, true, null],
    ['a view without an answer about sharing', { c: 'view', set: { service: id, method: 'conv', words: view.words } }, true, { code: 'missing_field', field: 'share' }],
    ['a change of one field', { c: 'view', set: { handling: 'closed' } }, false, null],
    ['a kind of record that is not known', { c: 'person', set: {} }, true, { code: 'unknown_collection' }],
    ['a field that is not known', { c: 'view', set: { name: 'A' } }, false, { code: 'unknown_field', field: 'name' }],
    ['a field that every object has', { c: 'view', set: { toString: 'A' } }, false, { code: 'unknown_field', field: 'toString' }],
    ['a value that is not among those named', { c: 'view', set: { handling: 'secret' } }, false, { code: 'wrong_type', field: 'handling' }],
    ['a number where a text belongs', { c: 'view', set: { summary: 3 } }, false, { code: 'wrong_type', field: 'summary' }],
    ['a number over its bound', { c: 'view', set: { weight: 6 } }, false, { code: 'wrong_type', field: 'weight' }],
    ['a number under its bound', { c: 'view', set: { feeling: -3 } }, false, { code: 'wrong_type', field: 'feeling' }],
    ['a text over its length', { c: 'view', set: { words: 'a'.repeat(8001) } }, false, { code: 'too_long', field: 'words' }],
    ['a text that is long in bytes alone', { c: 'view', set: { words: '😀'.repeat(8000) } }, false, null],
    ['a day that there is not', { c: 'matter', set: { due: '2026-13-01' } }, false, { code: 'wrong_type', field: 'due' }],
    ['set on a set', { c: 'view', set: { themes: [id] } }, false, { code: 'wrong_kind', field: 'themes' }],
    ['too many values', { c: 'view', add: { themes: Array(201).fill(id) } }, false, { code: 'too_many', field: 'themes' }],
    ['an entry of a log', { c: 'matter', add: { said: [said] } }, false, null],
    ['an entry with a key that is not known', { c: 'matter', add: { notes: [said] } }, false, { code: 'wrong_type', field: 'notes' }],
    ['an entry without a text', { c: 'matter', add: { notes: [{ id }] } }, false, { code: 'wrong_type', field: 'notes' }],
    ['an optional field cleared', { c: 'matter', set: { due: null } }, false, null],
    ['a field cleared that must not be', { c: 'matter', set: { title: null } }, false, { code: 'wrong_type', field: 'title' }],
    ['words erased', { c: 'view', redact: { words: null } }, false, null],
    ['a theme erased', { c: 'view', redact: { themes: null } }, false, { code: 'wrong_kind', field: 'themes' }],
    ['a conflict settled', { c: 'matter', settle: { due: '2026-12-01' } }, false, null],
  ]
  for (const [name, change, making, expected] of cases) it(name, () => expect(unfit(change, making)).toEqual(expected))
})

it('counts characters as people do, after trimming and joining', () => {
  expect(lengthOf('  e\u0301 😀 ')).toBe(3)
})
