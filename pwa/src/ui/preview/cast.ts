/** The people, places and words of the previews: made up, as everything in them. */
import type { HandedIn, Json, Me, Rec } from '../../sync'

export const now = new Date('2026-11-24T15:10:00Z')

const rec = (c: string, r: string, f: { [field: string]: Json }, k: Rec['k'] = {}): Rec => ({ c, r, v: 7, f, k })
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString()

export const me = (role: Me['role'], member: string, name: string): Me => ({ device: 'd1', member, name, role, dat: { id: 'dat', name: 'Northgate DAT', slug: 'northgate' } })

const lines: Json = [
  { way: 'risk', service: 'riverside', who: 'Riverside, duty worker', number: '0113 496 0102', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', say: 'I’m with somebody who needs you now.' },
  { way: 'risk', who: 'Crisis line', number: '0113 496 0199', from: '17:00', to: '09:00', say: '' },
  { way: 'young', who: 'Young people’s lead', number: '0113 496 0144', say: 'Somebody under 18 has come to us.' },
  { way: 'alert', who: 'Drug alert desk', number: '0113 496 0177', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', say: 'What was seen or taken, when, in which town.' },
  { way: 'complaint', who: 'Complaints officer', number: '0113 496 0155', say: 'Somebody wants to complain and would like help with it.' },
]

const settings = rec('dat', 'dat', {
  name: 'Northgate DAT',
  term: 'Drug Action Team',
  lines,
  script: { version: 2, text: 'I write down what you say, not who you are. The team reads it, to make things better here. If you tell me that somebody is in danger, I have to tell someone.\nYou can take it back any time with this card.' },
  hold_minutes: 5,
})

const services = [
  rec('service', 'riverside', { name: 'Riverside exchange', kind: 'needle_exchange', active: true }),
  rec('service', 'clinic', { name: 'Northgate clinic', kind: 'prescribing', active: true }),
  rec('service', 'van', { name: 'Outreach van', kind: 'outreach', active: true }),
  rec('service', 'hostel', { name: 'Hope Street hostel', kind: 'hostel', active: true }),
  rec('service', 'pharmacy', { name: 'Mill Road pharmacy', kind: 'pharmacy', active: true }),
]

const tile = (code: string, name: string, short: string, sign: string): Rec => rec('theme', code, { code, name, short, sign, active: true })
const themes = [
  tile('T01', 'Staff and how I was treated', 'Staff', 'heart-handshake'),
  tile('T02', 'Getting help and waiting', 'Getting help', 'hourglass'),
  tile('T03', 'Where and when', 'Where, when', 'map-pin'),
  tile('T04', 'Equipment and harm reduction', 'Equipment', 'syringe'),
  tile('T05', 'Script and medicines', 'Script', 'pill'),
  tile('T06', 'Groups, therapy and things to do', 'Groups', 'messages-square'),
  tile('T07', 'Being told and having a say', 'Having a say', 'megaphone'),
  tile('T08', 'Joined-up help and moving on', 'Moving on', 'route'),
  tile('T09', 'The place, privacy and safety', 'The place', 'house'),
  tile('T10', 'Something missing', 'Missing', 'puzzle'),
  tile('T11', 'Rules and fairness', 'Rules', 'scale'),
  tile('T12', 'In general', 'In general', 'circle-ellipsis'),
  rec('theme', 'T0304', { code: 'T0304', name: 'Travel and transport', parent: 'T03', active: true }),
  rec('theme', 'T0503', { code: 'T0503', name: 'The pharmacy', parent: 'T05', active: true }),
]

const members = [
  rec('member', 'ash', { name: 'Ash', role: 'volunteer', services: ['riverside', 'van', 'hostel'], status: 'active' }),
  rec('member', 'dee', { name: 'Dee', role: 'volunteer', services: ['clinic'], status: 'active' }),
  rec('member', 'sam', { name: 'Sam', role: 'coordinator', services: [], status: 'active' }),
  rec('member', 'jo', { name: 'Jo', role: 'coordinator', services: [], status: 'active' }),
  rec('member', 'lou', { name: 'Lou', role: 'manager', services: ['riverside'], status: 'active' }),
  rec('member', 'kit', { name: 'Kit', role: 'lead', services: [], status: 'active' }),
]

export const team = [settings, ...services, ...themes, ...members]

export const visit = rec('visit', 'visit1', { service: 'riverside', by: 'ash', method: 'nxc', status: 'running', started: ago(70), spoken: 11, declined: 4 })

export const visits = [
  visit,
  rec('visit', 'visit2', { service: 'van', by: 'ash', method: 'conv', status: 'planned', planned: ago(-1500), purpose: 'listen', spoken: 0, declined: 0 }),
  rec('visit', 'visit3', { service: 'riverside', by: 'ash', method: 'conv', status: 'planned', planned: ago(-4400), purpose: 'check', matter: 'm3', spoken: 0, declined: 0 }),
  rec('visit', 'visit4', { service: 'hostel', by: 'ash', method: 'grp', status: 'done', started: ago(3000), ended: ago(2900), purpose: 'listen', spoken: 9, declined: 2 }),
  rec('visit', 'visit5', { service: 'van', by: 'ash', method: 'conv', status: 'missed', planned: ago(5800), purpose: 'listen', spoken: 0, declined: 0 }),
]

export const answers = [
  rec('answer', 'a1', { matter: 'm3', said: 'Nobody can get here before four.', did: 'Open until 7 pm on Tuesdays and Thursdays, from 1 December.', services: ['riverside'], status: 'published', published: ago(2000), handling: 'open' }),
  rec('answer', 'a2', { matter: 'm4', said: 'The new citric sachets are too big.', did: 'The smaller ones are back. You can ask for either.', services: ['riverside', 'van'], status: 'published', published: ago(9000), handling: 'open' }),
  rec('answer', 'a3', { matter: 'm5', said: 'Put a group on after school hours.', did: 'Not yet: there is nobody to run it before April. We ask again in March.', services: ['hostel'], status: 'published', published: ago(20_000), handling: 'open' }),
]

export const telling = rec('telling', 't1', { answer: 'a3', service: 'hostel', by: 'ash', at: ago(6000), way: 'said', verdict: 'fair' })

const view = (r: string, minutes: number, words: string, f: { [field: string]: Json } = {}): Rec =>
  rec('view', r, {
    service: 'riverside', by: 'ash', at: ago(minutes), week: '2026-11-23', method: 'nxc', kind: 'concern', ...(words === '' ? {} : { words }), themes: ['T03', 'T05'], times: 1,
    share: 'words', speaker: 'user', handling: 'open', review: 'new', matters: [], ...f,
  })

export const views = [
  view('v1', 150, 'They changed my pick-up to the chemist on the ring road, it’s two buses. Call me on 07700 900 142 if you can sort it'),
  view('v2', 170, 'The new citric sachets are too big, people are using half and keeping the rest.', { themes: ['T04'], times: 5, kind: 'idea' }),
  view('v3', 190, 'My key worker rang me when I missed. Nobody ever did that before.', { service: 'clinic', by: 'dee', themes: ['T01'], kind: 'praise', share: 'summary' }),
  view('v4', 1500, 'Can’t do the group, it’s when the school finishes.', { service: 'hostel', themes: ['T06'], method: 'conv' }),
  view('v5', 1600, 'Why do we have to wait outside where everybody sees us?', { service: 'clinic', themes: ['T09'], times: 3, kind: 'question', share: 'team' }),
  view('v6', 1700, 'The lad on the desk looks at me like dirt, every fucking time. I go the long way round to the other one now.', { themes: ['T01'], handling: 'sensitive' }),
  view('v7', 1800, '', { themes: ['T04', 'T10'], kind: 'gap' }),
  view('v8', 1900, 'Would be good to have somebody who has been through it at the first appointment, I nearly walked out twice and it was only the man in the waiting room who told me to stay and have a tea.', { service: 'clinic', themes: ['T07', 'T02'], kind: 'idea' }),
  view('v9', 7000, 'Two buses to get my script now', { service: 'van', review: 'accepted', matters: ['m1'], week: '2026-11-16' }),
  view('v10', 7100, 'I lose half a day’s work every time', { service: 'clinic', by: 'dee', review: 'accepted', matters: ['m1'], week: '2026-11-16', share: 'words' }),
]

/** The same views as a service's manager may read them. */
export const released = views.slice(0, 8).map((it, at): Rec => {
  const { service, kind, themes: about, times, words, share } = it.f
  return rec('view', it.r, {
    service: service ?? '', kind: kind ?? '', themes: about ?? [], times: times ?? 1, week: at < 4 ? '2026-11-16' : '2026-11-09', method: 'nxc', handling: 'open',
    ...(share === 'words' && words !== undefined ? { words } : share === 'summary' ? { summary: 'A key worker who rings after a missed appointment was praised.' } : {}),
  })
})

export const escalations = [
  rec('escalation', 'e1', { kind: 'risk', service: 'van', by: 'ash', at: ago(120), told: 'Riverside, duty worker' }),
  rec('escalation', 'e2', { kind: 'talk', by: 'dee', at: ago(60), told: 'nobody' }),
]

const note = (id: string, text: string, by: string, minutes: number): Json => ({ id, text, by, at: ago(minutes) })
export const matter = rec(
  'matter',
  'm1',
  {
    title: 'Dispensing moved away from the centre', level: 'dat', handling: 'open', services: ['riverside', 'van', 'clinic'], themes: ['T05', 'T03', 'T0304'], status: 'with_dat', owner: 'jo', due: '2026-12-01',
    notes: [note('n1', 'Taken to the commissioning group', 'jo', 17_000), note('n2', 'Pharmacy contract ends in January. A second site is possible if 20 people or more would use it.', 'jo', 14_000), note('n3', 'Asked Riverside for numbers', 'sam', 700)],
    said: [],
  },
  { due: [{ value: '2026-12-24', by: 'jo', at: ago(5600), n: 12, device: 'd2' }] },
)

export const matters = [
  matter,
  rec('matter', 'm2', { title: 'Evening opening at Riverside', level: 'service', handling: 'open', services: ['riverside'], themes: ['T03'], status: 'looking', owner: 'sam', due: '2026-11-20' }),
  rec('matter', 'm3', { title: 'Citric sachets', level: 'service', handling: 'open', services: ['riverside', 'van'], themes: ['T04'], status: 'decided', decision: 'yes', reason: 'The supplier has both sizes at the same price.', decided_by: { body: 'Harm reduction group', on: '2026-11-18' } }),
  rec('matter', 'm4', { title: 'A group after school hours', level: 'service', handling: 'open', services: ['hostel'], themes: ['T06'], status: 'done', decision: 'later', again: '2027-03-01', reason: 'There is nobody to run it before April.', decided_by: { body: 'Hostel manager', on: '2026-10-30' } }),
  rec('matter', 'm5', { title: 'How people are met at the desk', level: 'service', handling: 'sensitive', services: ['riverside'], themes: ['T01'], status: 'raised' }),
]

export const asks = [
  rec('ask', 'k1', { matter: 'm1', service: 'riverside', question: 'How many people collect at the ring road chemist now, and at which hours?', due: '2026-11-28', status: 'asked', handling: 'open' }),
  rec('ask', 'k2', { matter: 'm2', service: 'riverside', question: 'What would two evenings a week cost?', due: '2026-11-20', status: 'answered', reply: 'One worker more, about £140 a week.', handling: 'open' }),
]

const item = (n: number, fate: HandedIn['fate'], about: HandedIn['about'], over: Partial<HandedIn> = {}): HandedIn => ({
  n, c: 'view', r: `h${n}`, does: 'make', fate, week: '2026-11-23', about, problem: null, heldUntil: null, ...over,
})

export const waiting = [
  item(1, 'here', { service: 'riverside', kind: 'concern', themes: ['T05', 'T03'] }),
  item(2, 'here', { service: 'riverside', kind: 'idea', themes: ['T07'] }),
  item(3, 'here', { service: 'riverside', themes: ['T04'] }),
  item(4, 'here', { service: 'riverside', kind: 'praise', themes: ['T01'] }, { heldUntil: new Date(now.getTime() + 221_000) }),
]

export const handedIn = [
  item(1, 'look', { service: 'riverside', kind: 'gap', themes: ['T10'] }, { problem: { code: 'bad_value', field: 'words' } }),
  item(2, 'here', { service: 'riverside', kind: 'concern', themes: ['T05', 'T03'] }),
  item(3, 'going', { service: 'riverside', kind: 'idea', themes: ['T07'] }),
  item(4, 'team', { service: 'riverside', kind: 'praise', themes: ['T01'] }),
  item(5, 'team', { kind: 'risk', service: 'van' }, { c: 'escalation' }),
  item(6, 'safe', { service: 'van', kind: 'gap', themes: ['T10'] }, { week: '2026-11-16' }),
  item(7, 'safe', { service: 'van', kind: 'concern', themes: ['T03'] }, { week: '2026-11-16' }),
]

/** What became of two of them, as a volunteer may know it. */
export const became = [
  rec('view', 'h6', { by: 'ash', service: 'van', kind: 'gap', themes: ['T10'], week: '2026-11-16', review: 'accepted', matters: ['m9'] }),
  rec('view', 'h7', { by: 'ash', service: 'van', kind: 'concern', themes: ['T03'], week: '2026-11-16', review: 'accepted', matters: ['m3'] }),
]

/** Names as long as they come. */
export const longNames = team.map((it): Rec =>
  it.c === 'service' ? { ...it, f: { ...it.f, name: `${String(it.f.name)} and Harm Reduction Partnership (Llanfairpwllgwyngyll and Wolverhampton North-East)` } } : it.c === 'theme' ? { ...it, f: { ...it.f, short: 'Antiretroviralmedication' } } : it,
)
