import { describe, expect, test } from 'vitest'
import type { Rec } from '../sync'
import { claimOf } from './change'
import { apart, mayMerge, merging, parted, within } from './merge'
import { gaps } from './register'
import { sentences } from './sentences'
import { learnt } from './suggestions'
import { pageOf } from './learned'
import { shownBy, stepsIn } from './trail'
import { happened } from './story'
import { marked } from './tone'
import { nextOwner, overdue, pathsOf } from './waiting'

const rec = (c: string, r: string, f: Rec['f']): Rec => ({ c, r, v: 1, f, k: {} })
const matter = (r: string, f: Rec['f'] = {}): Rec => rec('matter', r, { title: r, status: 'looking', handling: 'open', services: ['s'], themes: ['t'], ...f })
const view = (r: string, f: Rec['f'] = {}): Rec => rec('view', r, { service: 's', handling: 'open', at: '2026-11-20T10:00:00Z', matters: [], ...f })

describe('two matters become one', () => {
  const [from, into] = [matter('a', { services: ['s', 'x'] }), matter('b', { themes: ['u'] })]
  const views = [view('1', { matters: ['a'] }), view('2', { matters: ['a', 'b'] }), view('3')]

  test('the views stay, and are in both', () => {
    expect(merging(from, into, views)).toEqual([
      { c: 'matter', r: 'a', set: { merged_into: 'b' } },
      { c: 'matter', r: 'b', add: { services: ['x'], themes: ['t'] } },
      { c: 'view', r: '1', add: { matters: ['b'] } },
    ])
  })
  test('and are taken apart again', () => {
    const merged = matter('a', { merged_into: 'b' })
    expect(apart(merged, [view('1', { matters: ['a', 'b'] }), view('3', { matters: ['b'] })])).toEqual([
      { c: 'matter', r: 'a', set: { merged_into: null } },
      { c: 'view', r: '1', remove: { matters: ['b'] } },
    ])
  })
  test('a matter is all that was merged into it, in whatever order, and never for ever', () => {
    const all = [matter('c', { merged_into: 'a' }), matter('a', { merged_into: 'b' }), into, matter('d', { merged_into: 'e' }), matter('e', { merged_into: 'd' })]
    expect([...within(into, all)].sort()).toEqual(['a', 'b', 'c'])
    expect([...within(matter('d'), all)].sort()).toEqual(['d', 'e'])
  })
  test.each([
    ['another', from, into, true],
    ['itself', from, from, false],
    ['one that is merged', from, matter('b', { merged_into: 'c' }), false],
    ['a merged one', matter('a', { merged_into: 'c' }), into, false],
    ['open into closed', from, matter('b', { handling: 'closed' }), true],
    ['closed into open, where more would see it', matter('a', { handling: 'closed' }), into, false],
    ['about staff into open', matter('a', { handling: 'sensitive' }), into, false],
    ['open into about staff', from, matter('b', { handling: 'sensitive' }), false],
    ['about staff into about staff', matter('a', { handling: 'sensitive' }), matter('b', { handling: 'sensitive' }), true],
  ])('%s', (_, a, b, may) => expect(mayMerge(a, b, views)).toBe(may))
  test('but not where a view about staff would be seen by its service', () => {
    const staff = view('staff', { service: 'x', handling: 'sensitive', matters: ['b'] })
    expect(mayMerge(from, into, [staff])).toBe(false)
    expect(mayMerge(matter('a'), into, [staff])).toBe(true)
    expect(parted([staff], ['x'], 'closed')).toEqual([staff])
    expect(parted([staff], ['x'], 'sensitive')).toEqual([])
    expect(parted([staff], ['s'], 'open')).toEqual([])
  })
})

describe('what is claimed is not what is confirmed', () => {
  const told = (verdict: string, at: string, answer = 'w'): Rec => rec('telling', `${verdict}${at}`, { answer, verdict, at: `${at}T12:00:00Z`, by: 'ash' })
  const check = (status: string, day: string, of = 'm'): Rec => rec('visit', `${status}${day}`, { purpose: 'check', matter: of, status, planned: `${day}T12:00:00Z` })
  const of = (f: Rec['f'], tellings: Rec[] = [], visits: Rec[] = []) => claimOf(matter('m', f), new Set(['w']), tellings, visits)

  test.each<[string, Rec['f'], Rec[], string]>([
    ['nothing yet', {}, [told('fair', '2026-11-20')], 'none'],
    ['claimed', { claimed: '2026-11-10' }, [], 'claimed'],
    ['claimed, and called fair, is still a claim until the desk says so', { claimed: '2026-11-10' }, [told('fair', '2026-11-20')], 'claimed'],
    ['confirmed', { claimed: '2026-11-10', confirmed: '2026-11-15' }, [], 'confirmed'],
    ['denied', { claimed: '2026-11-10' }, [told('not_true', '2026-11-20')], 'denied'],
    ['denied after it was confirmed', { claimed: '2026-11-10', confirmed: '2026-11-15' }, [told('not_true', '2026-11-16')], 'denied'],
    ['denied before, and confirmed since', { claimed: '2026-11-10', confirmed: '2026-11-15' }, [told('not_true', '2026-11-12')], 'confirmed'],
    ['denied before it was claimed anew', { claimed: '2026-11-22' }, [told('not_true', '2026-11-20')], 'claimed'],
    ['another answer’s denial', { claimed: '2026-11-10' }, [told('not_true', '2026-11-20', 'other')], 'claimed'],
  ])('%s', (_, f, tellings, state) => expect(of(f, tellings).state).toBe(state))

  test('a check visit that was made is evidence, one that is planned or of another matter is none', () => {
    const f = { claimed: '2026-11-10' }
    expect(of(f, [], [check('planned', '2026-11-20')]).evidence).toBe(false)
    expect(of(f, [], [check('done', '2026-11-20', 'other')])).toMatchObject({ evidence: false, checks: [] })
    expect(of(f, [], [check('done', '2026-11-01')]).evidence, 'before the claim').toBe(false)
    expect(of(f, [], [check('done', '2026-11-20')]).evidence).toBe(true)
    expect(of(f, [told('fair', '2026-11-20')])).toMatchObject({ evidence: true, fair: 1 })
  })
})

test('gaps are a register: undecided first, then what was first heard', () => {
  const matters = [matter('late'), matter('early'), matter('decided', { decision: 'no' }), matter('other'), matter('gone', { merged_into: 'late' })]
  const gap = (r: string, at: string, to: string[], f: Rec['f'] = {}): Rec => view(r, { kind: 'gap', at: `${at}T10:00:00Z`, matters: to, ...f })
  const views = [gap('1', '2026-11-20', ['late', 'gone']), gap('2', '2026-11-22', ['late'], { times: 4 }), gap('3', '2026-10-01', ['early']), gap('4', '2026-09-01', ['decided']), view('5', { kind: 'idea', matters: ['other'] })]
  expect(gaps(matters, views).map((it) => [it.matter.r, it.voices, it.first.toISOString().slice(0, 10)])).toEqual([
    ['early', 1, '2026-10-01'],
    ['late', 5, '2026-11-20'],
    ['decided', 1, '2026-09-01'],
  ])
})

test('the next owner is the matter’s, else the channel’s, else nobody', () => {
  const paths = pathsOf(rec('dat', 'd', { paths: { nxc: { owner: 'dee', days: 3 }, box: { days: 0 } } }))
  const matters = [matter('m'), matter('owned', { owner: 'jo' })]
  expect(nextOwner(view('1', { method: 'nxc', matters: ['m', 'owned'] }), matters, paths)).toBe('jo')
  expect(nextOwner(view('1', { method: 'nxc', matters: ['m'] }), matters, paths)).toBe('dee')
  expect(nextOwner(view('1', { method: 'box' }), matters, paths)).toBe('')
  expect(nextOwner(view('1', { method: 'conv' }), matters, paths)).toBe('')
  const now = new Date('2026-11-24T09:00:00Z')
  expect(overdue(view('1', { method: 'nxc' }), paths, now), 'three days and some hours').toBe(false)
  expect(overdue(view('1', { method: 'nxc' }), paths, new Date('2026-11-24T11:00:00Z'))).toBe(true)
  expect(overdue(view('1', { method: 'conv' }), paths, now), 'no days are set').toBe(false)
})

test('all that happened is told in order, by whom', () => {
  const of = {
    matter: matter('019aa000-0000-7000-8000-000000000000', {
      notes: [{ id: 'n1', text: 'Taken to the group', by: 'jo', at: '2026-11-21T10:00:00Z' }, { id: 'n2', text: 'just now' }],
      status: 'decided', decision: 'no', reason: 'No money', decided_by: { body: 'The group', on: '2026-11-23' }, claimed: '2026-11-24', changed: 'x',
    }),
    merged: [],
    views: [view('1', { by: 'ash', week: '2026-11-16' }), view('2', { by: 'dee', week: '2026-11-16', at: '2026-11-20T11:00:00Z' }), view('3', { by: 'ash', week: '2026-11-23', at: '2026-11-23T08:00:00Z' })],
    asks: [],
    answers: [rec('answer', 'w', { published: '2026-11-25T10:00:00Z', did: 'Not now' }), rec('answer', 'draft', {})],
    tellings: [
      rec('telling', 't1', { at: '2026-11-26T10:00:00Z', by: 'ash', verdict: 'fair' }),
      rec('telling', 't2', { at: '2026-11-26T11:00:00Z', by: 'ash' }),
      rec('telling', 't3', { at: '2026-11-27T11:00:00Z', by: 'server', verdict: 'not_true' }),
    ],
    checks: [rec('visit', 'c', { planned: '2026-11-28T10:00:00Z', by: 'dee' })],
  }
  expect(happened(of).map((it) => [it.what, it.by.join(' '), it.of.length])).toEqual([
    ['raised', '', 1],
    ['heard', 'ash dee', 2],
    ['note', 'jo', 0],
    ['heard', 'ash', 1],
    ['decided', 'The group', 1],
    ['claimed', '', 1],
    ['published', '', 1],
    ['told', 'ash', 2],
    ['denied', 'server', 1],
    ['check', 'dee', 1],
    ['note', '', 0],
  ])
})

describe('words in an answer that push people away', () => {
  test.each([
    ['We are sorry you feel that way.', [['We are sorry you feel', 'sorry']]],
    ['We’re very sorry if anybody was upset.', [['We’re very sorry if', 'sorry']]],
    ['Unfortunately it is our policy.', [['Unfortunately', 'defends'], ['it is our policy', 'defends']]],
    ['We take all feedback seriously; this was an isolated incident.', [['We take all feedback seriously', 'defends'], ['isolated incident', 'defends']]],
    ['You must understand that staff are very busy.', [['You must understand', 'defends'], ['staff are very busy', 'defends']]],
    ['Addicts and drug users can come on Fridays.', [['Addicts', 'person'], ['drug users', 'person']]],
    ['Help with substance misuse', [['substance misuse', 'use']]],
    ['For people who stay clean, and give clean urines', [['stay clean', 'tested'], ['clean urines', 'tested']]],
    ['Clients who failed to attend, hard-to-reach and chaotic', [['failed to attend', 'blames'], ['hard-to-reach', 'blames'], ['chaotic', 'blames']]],
    ['We are sorry. It is open until 7 on Thursdays from 3 December.', []],
    ['The waiting room is clean now. A cleaner comes daily, with new needles and sterile water.', []],
    ['People who use the service asked for it, and so did people who use drugs elsewhere.', []],
    ['The policy on lockers changes.', []],
    ['', []],
  ])('%s', (said, expected) => expect(marked(said).map((it) => [said.slice(it.start, it.end), it.why])).toEqual(expected))

  test('a long sentence is marked where it begins, a short one beside it is not', () => {
    const long = `It is open. ${Array.from({ length: 26 }, () => 'word').join(' ')}.`
    expect(marked(long)).toEqual([{ start: 12, end: 16, why: 'long' }])
    expect(marked(long.replace('word word', 'word. Word'))).toEqual([])
  })
})

test('sentences are quoted as they stand', () => {
  const said = 'You never have 1 ml!  The lad looks at me like dirt...\nLike dirt. You never have 1 ml!'
  const found = sentences(said)
  expect(found).toEqual(['You never have 1 ml!', 'The lad looks at me like dirt...', 'Like dirt.'])
  expect(found.every((it) => said.includes(it))).toBe(true)
  expect(sentences(' … ')).toEqual([])
})

describe('what the server has learnt', () => {
  const page = pageOf({
    learnt: 12,
    views: [
      { view: 'v', themes: [{ theme: 'a', code: 'T1', name: 'A', score: 0.9, because: ['opening', 'Saturday'] }, { theme: 'chosen', score: 0.8, because: [] }, { theme: 'weak', score: 0.1, because: ['x'] }, { theme: 'gone', score: 0.7, because: [] }], matter: { matter: 'm', score: 0.5, because: ['bus'], theme: true, service: false }, same: { view: 'twin', score: 0.9 } },
      { view: 'w', themes: 'nonsense', matter: null, same: null },
    ],
  })
  const said = view('v', { words: 'Two buses on Saturday', themes: ['chosen'] })
  const held = { views: [said, view('twin', { words: 'Two buses' })], matters: [matter('m'), matter('n')], themes: ['a', 'chosen', 'weak'].map((it) => rec('theme', it, { parent: 'p' })) }
  const here = { themes: [{ theme: 'weak', words: ['x'] }], matters: [{ matter: matter('n'), because: ['service' as const], words: [] }], repeats: [] }

  test('goes first, each with its reason, and only what still fits', () => {
    const found = learnt(here, page.v, said, held)
    expect(found.themes.map((it) => [it.theme, it.words])).toEqual([['a', ['opening', 'Saturday']]])
    expect(found.matters.map((it) => [it.matter.r, it.because.join(' '), it.words.join(' ')])).toEqual([['m', 'theme', 'bus'], ['n', 'service', '']])
    expect(found.repeats.map((it) => it.view.r)).toEqual(['twin'])
  })
  test('is held against the view as it is now', () => {
    expect(learnt(here, page.v, view('v', { handling: 'sensitive' }), held).matters.map((it) => it.matter.r)).toEqual(['n'])
    expect(learnt(here, page.v, view('v', { matters: ['m'], same_as: 'twin' }), held)).toMatchObject({ repeats: [], matters: [{ matter: { r: 'n' } }] })
  })
  test('where it said nothing, this device’s own words do', () => {
    expect(learnt(here, undefined, said, held)).toBe(here)
    expect(learnt(here, page.w, said, held)).toMatchObject({ themes: [], matters: here.matters, repeats: [] })
    expect(pageOf({})).toEqual({})
  })
})

test('a disputed field shows the last word of the device that has not lost', () => {
  const row = (num: number, device: string, member: string, fields: string[]) => ({ num, at: `2026-11-20T1${num}:00:00Z`, device, member, what: 'changed', collection: 'matter', record: 'm', fields, before: '', hash: '' })
  const steps = stepsIn({ rows: [row(5, 'd2', 'kit', ['owner']), row(4, 'd1', 'jo', ['due']), row(3, 'd2', 'kit', ['due', 'owner']), row(1, 'd2', 'kit', ['due']), { num: 2, withheld: true }] })
  const loser = { value: '2026-12-24', by: 'jo', at: '2026-11-20T09:00:00Z', n: 1, device: 'd1' }
  expect(steps).toHaveLength(4)
  expect(shownBy(steps, 'due', [loser])).toMatchObject({ num: 3, by: 'kit' })
  expect(shownBy(steps, 'title', [loser])).toBeUndefined()
})
