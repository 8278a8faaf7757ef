import { describe, expect, it } from 'vitest'
import type { Rec } from '../sync'
import { decisionsOf, owedBy } from './decide'

const matter = (r: string, f: Rec['f'] = {}): Rec => ({ c: 'matter', r, v: 1, f: { status: 'with_dat', ...f }, k: {} })
const note = (): { id: string; text: string } => ({ id: 'n', text: 'Now: decided' })
const by = { body: ' The board ', on: '2026-11-20' }

describe('the decisions of a meeting', () => {
  it('go in the order of the paper, each with the body and the day that were typed once', () => {
    const changes = decisionsOf([matter('b'), matter('a')], { a: { decision: 'no', reason: ' No room ', again: '' }, b: { decision: 'yes', reason: 'It is cheap', again: '2027-01-01' } }, by, note)
    expect(changes).toEqual([
      { c: 'matter', r: 'b', set: { decision: 'yes', reason: 'It is cheap', decided_by: { body: 'The board', on: '2026-11-20' }, status: 'decided' }, add: { notes: [note()] } },
      { c: 'matter', r: 'a', set: { decision: 'no', reason: 'No room', decided_by: { body: 'The board', on: '2026-11-20' }, status: 'decided' }, add: { notes: [note()] } },
    ])
  })

  it('leave what was not decided, and do not say again what stands there', () => {
    const kept = matter('a', { decision: 'later', reason: 'In spring', again: '2027-03-01' })
    const changes = decisionsOf([matter('b'), kept], { a: { decision: 'later', reason: 'In spring', again: '2027-04-01' } }, by, note)
    expect(changes).toEqual([{ c: 'matter', r: 'a', set: { decided_by: { body: 'The board', on: '2026-11-20' }, again: '2027-04-01', status: 'decided' }, add: { notes: [note()] } }])
  })

  it('each need a reason, and “later” a day', () => {
    expect(owedBy({ decision: '', reason: '', again: '' })).toEqual([])
    expect(owedBy({ decision: 'no', reason: ' ', again: '' })).toEqual(['reason'])
    expect(owedBy({ decision: 'later', reason: 'In spring', again: '' })).toEqual(['again'])
  })
})
