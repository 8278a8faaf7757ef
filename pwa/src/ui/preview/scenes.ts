/** Every state of every screen, by name: `preview.html?scene=NAME`. e2e/languages goes through all of them. */
import * as cast from './cast'
import type { Scene } from './fake'

interface Play extends Partial<Scene> {
  /** Where the play opens. */
  at?: string
  /** What is pressed to come to the state, one after the other, by the words on it. */
  press?: string[]
}

const ash = cast.me('volunteer', 'ash', 'Ash')
const sam = cast.me('coordinator', 'sam', 'Sam')
const lou = cast.me('manager', 'lou', 'Lou')
const kit = cast.me('lead', 'kit', 'Kit')
const noSignal = { kind: 'no-signal', waiting: 4, last: cast.now } as const
const handingIn = { kind: 'handing-in', waiting: 2 } as const
const desk = [...cast.team, ...cast.views, ...cast.matters, ...cast.answers, ...cast.escalations, ...cast.asks, cast.telling]
const words = 'They changed my pick-up to the chemist on the ring road, it’s two buses. Call me on 07700 900 142 if you can sort it'
const draft = { r: 'd1', receipt: 'pine-river-lamp-42', words, themes: ['T03', 'T05'], kind: 'concern' }

export const plays: Record<string, Play> = {
  'enrol': { me: null },
  'enrol-refused': { me: null, fails: 'invitation_invalid', press: ['Join'] },
  'enrol-owed': { me: null, press: ['Join'] },
  'enrol-no-signal': { me: null, fails: 'no_answer', press: ['Join'] },
  'ended': { me: ash, line: { kind: 'ended' } },
  'new-code': { me: ash, line: { kind: 'not-known' }, handedIn: cast.waiting },
  'home-empty': { me: ash, records: [], complete: false, line: { kind: 'no-signal', waiting: 0, last: null } },
  'home': { me: ash, records: [...cast.team, ...cast.answers, cast.telling] },
  'home-running': { me: ash, line: noSignal, records: [...cast.team, cast.visit, ...cast.answers], handedIn: cast.waiting },
  'home-look': { me: ash, line: handingIn, records: [...cast.team, ...cast.answers], handedIn: cast.handedIn, persisted: false },
  'home-long': { me: ash, records: [...cast.longNames, cast.visit], handedIn: cast.waiting },
  'home-elsewhere': { me: ash, line: { kind: 'elsewhere' }, records: cast.team },
  'start': { me: ash, records: cast.team, at: 'visit/riverside' },
  'capture': { me: ash, line: noSignal, records: [...cast.team, cast.visit], at: 'write' },
  'capture-written': { me: ash, line: noSignal, records: [...cast.team, cast.visit], at: 'write', draft },
  'capture-place': { me: ash, records: cast.team, at: 'write', draft: { ...draft, words: 'Nobody ever rings back', themes: ['T01'], handling: 'sensitive' } },
  'capture-first': { me: ash, records: [], complete: false, at: 'write', line: { kind: 'no-signal', waiting: 0, last: null } },
  'capture-full': { me: ash, records: [...cast.team, cast.visit], at: 'write', draft, fails: 'storage_full', press: ['Yes, as I said it'] },
  'capture-long': { me: ash, records: [...cast.longNames], at: 'write' },
  'sealed': { me: ash, line: noSignal, records: [...cast.team, cast.visit], at: 'write', draft, press: ['Yes, as I said it'] },
  'sealed-sure': { me: ash, records: [...cast.team, cast.visit], at: 'write', draft, press: ['Yes, as I said it', 'Take it back'] },
  'risk': { me: ash, line: noSignal, records: cast.team, at: 'risk' },
  'risk-danger': { me: ash, line: noSignal, records: [...cast.team, cast.visit], at: 'risk/risk' },
  'risk-told': { me: ash, line: noSignal, records: [...cast.team, cast.visit], at: 'risk/risk', press: ['999', 'Done, tell the team'] },
  'risk-complaint': { me: ash, records: cast.team, at: 'risk/complaint' },
  'risk-first': { me: ash, records: [], at: 'risk/risk', complete: false },
  'handed-in': { me: ash, line: handingIn, records: [...cast.team, ...cast.answers, ...cast.became], handedIn: cast.handedIn, at: 'handed-in' },
  'handed-in-empty': { me: ash, records: cast.team, at: 'handed-in' },
  'answers': { me: ash, records: [...cast.team, ...cast.answers, cast.telling], at: 'answers' },
  'answers-tell': { me: ash, records: [...cast.team, ...cast.answers], at: 'answers', press: ['I told someone'] },
  'answers-empty': { me: ash, records: cast.team, at: 'answers' },
  'desk': { me: sam, records: desk },
  'desk-view': { me: sam, records: desk, at: 'desk/view/v4' },
  'desk-raise': { me: sam, records: desk, at: 'desk/view/v4', press: ['New matter'] },
  'desk-sensitive': { me: sam, records: desk, at: 'desk/view/v6' },
  'desk-empty': { me: sam, records: cast.team },
  'desk-first': { me: sam, records: [], complete: false, line: { kind: 'no-signal', waiting: 0, last: null } },
  'desk-matters': { me: sam, records: desk, at: 'desk/matters' },
  'desk-matters-empty': { me: sam, records: cast.team, at: 'desk/matters' },
  'desk-matter': { me: sam, records: desk, at: 'desk/matters/m1' },
  'desk-decided': { me: sam, records: desk, at: 'desk/matters/m3' },
  'desk-sensitive-matter': { me: sam, records: desk, at: 'desk/matters/m5' },
  'desk-answer': { me: sam, records: desk, at: 'desk/matters/m1', press: ['Write the answer'] },
  'desk-answers': { me: sam, records: desk, at: 'desk/answers' },
  'desk-asks': { me: sam, records: desk, at: 'desk/asks' },
  'desk-visits': { me: sam, records: [...desk, ...cast.visits], at: 'desk/visits' },
  'desk-visits-plan': { me: sam, records: [...desk, ...cast.visits], at: 'desk/visits/plan', press: ['Plan it'] },
  'desk-visits-empty': { me: sam, records: cast.team, at: 'desk/visits' },
  'desk-search': { me: sam, records: desk, at: 'desk/search' },
  'desk-files': { me: sam, records: desk, at: 'desk/files' },
  'desk-audit': { me: sam, records: desk, at: 'desk/audit' },
  'desk-people': { me: sam, records: desk, at: 'desk/people' },
  'desk-to-mend': { me: sam, records: desk, at: 'desk/to-mend' },
  'desk-full': { me: sam, records: desk, at: 'desk/view/v4', fails: 'storage_full', press: ['Accept'] },
  'manager': { me: lou, records: [...cast.team, ...cast.released, ...cast.matters.slice(0, 3), ...cast.asks, ...cast.answers] },
  'manager-empty': { me: lou, records: cast.team },
  'lead': { me: kit, records: [...cast.team, ...cast.matters, ...cast.answers, ...cast.asks] },
  'lead-matter': { me: kit, records: [...cast.team, ...cast.matters, ...cast.answers, ...cast.asks], at: 'desk/matters/m1' },
  'admin': { me: cast.me('admin', 'kit', 'Kit'), records: cast.team },
}

export function sceneOf(play: Play): Scene {
  return {
    me: null,
    line: { kind: 'together', since: cast.now },
    persisted: true,
    complete: true,
    records: [],
    handedIn: [],
    draft: null,
    pocket: null,
    now: cast.now,
    fails: '',
    still: true,
    ...play,
  }
}
