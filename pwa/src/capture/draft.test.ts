import { describe, expect, test } from 'vitest'
import { isBlank, newDraft, owed, readDraft, toAbout, toChange, WORDS_MAX } from './draft'

const draft = (over = {}) => ({ ...newDraft('id', 'pine-river-lamp-42'), ...over })

describe('the button says what is still owed', () => {
  test.each([
    ['nothing yet', draft(), '', 'words'],
    ['only blanks', draft({ words: '  \n ' }), 's', 'words'],
    ['three taps at a needle exchange need no words', draft({ themes: ['t'] }), 's', null],
    ['no place', draft({ words: 'w' }), '', 'service'],
    ['words and a place', draft({ words: 'w' }), 's', null],
    ['too long', draft({ words: 'w'.repeat(WORDS_MAX + 1) }), 's', 'long'],
    ['exactly as long as may be, counted by characters', draft({ words: '😀'.repeat(WORDS_MAX) }), 's', null],
  ] as const)('%s', (_, it, service, what) => expect(owed(it, service)).toBe(what))
})

describe('the op', () => {
  test('holds what was said and leaves out what was not asked', () => {
    const change = toChange(draft({ words: '  two buses ', service: 's', method: 'conv', themes: ['t1', 't2'] }), undefined, 'words', 3)
    expect(change).toEqual({
      c: 'view',
      r: 'id',
      set: { service: 's', method: 'conv', share: 'words', receipt: 'pine-river-lamp-42', words: 'two buses', consent: 3 },
      add: { themes: ['t1', 't2'] },
    })
  })
  test('takes its place from the visit that runs', () => {
    const set = toChange(draft({ words: 'w', service: 'other', method: 'conv' }), { r: 'v', service: 's', method: 'nxc' }, 'team', null).set
    expect(set).toMatchObject({ visit: 'v', service: 's', method: 'nxc' })
    expect(set).not.toHaveProperty('consent')
  })
  test.each(['box', 'surv'])('of a slip (%s) has nobody to ask, to read the script to, or to give a receipt', (method) => {
    const { set } = toChange(draft({ words: 'w', service: 's', times: 3 }), { r: 'v', service: 's', method }, 'words', 3)
    expect(set).toEqual({ visit: 'v', service: 's', method, share: 'summary', words: 'w', times: 3 })
  })
  test('keeps no word beside the seal', () => {
    expect(JSON.stringify(toAbout(draft({ words: 'two buses', kind: 'concern', themes: ['t1'] }), 's', { r: 'v' }))).not.toContain('buses')
  })
})

describe('a draft that comes back', () => {
  test('is whole again', () => expect(readDraft(JSON.parse(JSON.stringify(draft({ words: 'w', times: 4 }))), [])).toEqual(draft({ words: 'w', times: 4 })))
  test('of an older app gets what it lacked', () => expect(readDraft({ r: 'id', receipt: 'pine-river-lamp-42', words: 'w' }, [])).toEqual(draft({ words: 'w' })))
  test('that was sealed before the phone died is not offered again', () =>
    expect(readDraft(JSON.parse(JSON.stringify(draft({ words: 'w' }))), [{ n: 1, c: 'view', r: 'id', does: 'make', fate: 'here', week: '', about: {}, problem: null, heldUntil: null }])).toBeNull())
  test('of nothing is none', () => {
    expect(readDraft(null, [])).toBeNull()
    expect(isBlank(draft())).toBe(true)
  })
})
