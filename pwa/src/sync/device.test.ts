import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collections, unfit, type Collections } from '../schema/schema'
import { EarshotDevice } from './earshot'
import { FakeServer } from './fake-server.test-support'
import { Clock, FakeWorld } from './fake-world.test-support'
import type { Kinds } from './kinds'
import type { Change, HandedIn, Live, Rec } from './types'

const kinds: Kinds = { field: (c, field) => (collections as Collections)[c]?.[field], unfit }
const SERVICE = '01890a5d-ac96-774b-bcce-b302099a8001'
const WORDS = 'They shut before I finish work'

let clock: Clock
let server: FakeServer
const open: EarshotDevice[] = []

beforeEach(async () => {
  clock = new Clock()
  server = await FakeServer.start(clock)
})
afterEach(async () => {
  for (const device of open.splice(0)) await device.close()
})

async function start(world: FakeWorld): Promise<EarshotDevice> {
  const device = await EarshotDevice.open(world, kinds)
  open.push(device)
  return device
}

async function enrolled(role: string, world = new FakeWorld(clock, server)): Promise<{ device: EarshotDevice; world: FakeWorld }> {
  const device = await start(world)
  await device.enrol(server.invite(role), 'My phone')
  await clock.until('together', () => device.line.now.kind === 'together' && device.complete.now)
  return { device, world }
}

async function shut(device: EarshotDevice): Promise<void> {
  open.splice(open.indexOf(device), 1)
  await device.close()
}

function now<T>(live: Live<T>): T {
  let held: T | undefined
  live.subscribe((it) => (held = it))()
  return held as T
}

/** Watches, so that lists are worked out as they are on a screen. */
function watch<T>(live: Live<T>): () => T {
  let held: T | undefined
  live.subscribe((it) => (held = it))
  return () => held as T
}

function view(device: EarshotDevice, words = WORDS): Change {
  return { c: 'view', r: device.newId('view'), set: { service: SERVICE, method: 'conv', kind: 'concern', share: 'words', words } }
}

const only = <T>(list: readonly T[]): T => {
  expect(list).toHaveLength(1)
  return list[0] as T
}

async function everything(database: string): Promise<string> {
  const db = await openDB(database)
  const seen: unknown[] = []
  for (const name of Array.from(db.objectStoreNames)) seen.push(...(await db.getAll(name)))
  db.close()
  const decoder = new TextDecoder()
  return JSON.stringify(seen, (_, it: unknown) => (it instanceof Uint8Array ? decoder.decode(it) + String.fromCharCode(...it) : it))
}

describe('a volunteer’s phone', () => {
  it('enrols, and knows who it speaks for also after it starts again without signal', async () => {
    const { device, world } = await enrolled('volunteer')
    expect(now(device.me)).toMatchObject({ role: 'volunteer', dat: { slug: 'northbridge' } })
    await shut(device)
    world.goOffline()
    const again = await start(world)
    expect(now(again.me)).toMatchObject({ role: 'volunteer' })
    expect(again.line.now.kind).toBe('no-signal')
  })

  it('says in its own words that a code is not known', async () => {
    const device = await start(new FakeWorld(clock, server))
    await expect(device.enrol('NOPE', 'x')).rejects.toMatchObject({ code: 'invitation_invalid' })
  })

  it('takes a captive portal’s page for no answer at all', async () => {
    const world = new FakeWorld(clock, server)
    world.portal = true
    const device = await start(world)
    await expect(device.enrol(server.invite('volunteer'), 'x')).rejects.toMatchObject({ code: 'no_answer' })
    world.portal = false
    const { device: other, world: second } = await enrolled('volunteer')
    second.portal = true
    second.cut()
    await other.save([view(other)])
    await clock.pass(5_000)
    expect(other.line.now).toMatchObject({ kind: 'no-signal', waiting: 1 })
    expect(only(other.handedIn.now).fate).toBe('here')
    second.portal = false
    await clock.until('handed in', () => other.handedIn.now.every((it) => it.fate === 'team'))
  })

  it('keeps what is said without signal, and hands it in once when the line is back', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    for (let i = 0; i < 3; i++) await device.save([view(device, `${WORDS} ${i}`)], { about: { service: SERVICE, kind: 'concern' } })
    await clock.until('shown', () => device.line.now.kind === 'no-signal')
    expect(device.line.now).toMatchObject({ waiting: 3 })
    await shut(device)
    const again = await start(world)
    await clock.until('shown', () => again.handedIn.now.length === 3)
    expect(again.handedIn.now.map((it) => it.fate)).toEqual(['here', 'here', 'here'])
    expect(again.handedIn.now[0]).toMatchObject({ c: 'view', does: 'make', week: '2026-11-23', about: { service: SERVICE, kind: 'concern' } })
    world.goOnline()
    await clock.until('with the team', () => again.handedIn.now.every((it) => it.fate === 'team'))
    expect([...server.records.values()].map((it) => it.f.words)).toEqual([`${WORDS} 0`, `${WORDS} 1`, `${WORDS} 2`])
  })

  it('holds no word that can be read, sealed or not yet finished', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)], { about: { kind: 'concern' } })
    await device.draft.keep({ words: 'Half a sentence' })
    const text = await everything(world.database)
    for (const word of [WORDS, 'concern', 'Half a sentence', 'Northbridge', 'Member 1']) expect(text).not.toContain(word)
    expect(await device.draft.load()).toEqual({ words: 'Half a sentence' })
    await device.draft.keep(null)
    expect(await device.draft.load()).toBeNull()
  })

  it('erases the draft with the save that finishes it', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.draft.keep({ words: WORDS })
    await expect(device.save([view(device, 'x'.repeat(9000))], { finishes: true })).rejects.toMatchObject({ code: 'too_long' })
    expect(await device.draft.load()).toEqual({ words: WORDS })
    await device.save([view(device)], { finishes: true })
    expect(await device.draft.load()).toBeNull()
    const db = await openDB(world.database)
    expect(await db.getAllKeys('single')).not.toContain('draft')
    db.close()
  })

  it('keeps the pocket through a save and a new start, encrypted, and empties it with the phone', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    const pocket = { cards: ['PINE-RIVER-LAMP-42'] }
    await device.pocket.keep(pocket)
    await device.save([view(device)], { finishes: true })
    expect(await everything(world.database)).not.toContain('RIVER')
    await shut(device)
    const again = await start(world)
    expect(await again.pocket.load()).toEqual(pocket)
    await again.erase()
    const db = await openDB(world.database)
    expect(await db.getAllKeys('single')).not.toContain('pocket')
    db.close()
  })

  it('keeps no word beside what is sealed, whatever a screen says', async () => {
    const { device } = await enrolled('volunteer')
    await device.save([view(device)], { about: { words: WORDS, kind: 'concern', summary: 'short' } })
    expect(only(device.handedIn.now).about).toEqual({ kind: 'concern' })
  })

  it('shows what it may still know of a sealed view until the team’s own comes back', async () => {
    const { device, world } = await enrolled('volunteer')
    const views = watch(device.records('view'))
    world.goOffline()
    await device.save([view(device)], { about: { kind: 'concern', service: SERVICE } })
    await clock.until('listed', () => views().length === 1)
    expect(only(views())).toMatchObject({ v: 0, pending: true, f: { kind: 'concern', service: SERVICE } })
    world.goOnline()
    await clock.until('back', () => views().length === 1 && !views()[0]?.pending)
    expect(only(views())).toMatchObject({ v: 1, f: { kind: 'concern', share: 'words' } })
    expect(only(views()).f.words).toBeUndefined()
  })

  it('does not give a number to what the server could not take', async () => {
    const { device } = await enrolled('volunteer')
    await expect(device.save([view(device, 'x'.repeat(9000))])).rejects.toMatchObject({ code: 'too_long', field: 'words' })
    await device.save([view(device)])
    expect(only(device.handedIn.now).n).toBe(1)
  })

  it('asks for what became of a receipt, and says when there is no signal', async () => {
    const { device, world } = await enrolled('volunteer')
    expect(await device.lookUp('pine river lamp 42')).toMatchObject({ status: 'answered' })
    world.goOffline()
    await expect(device.lookUp('PINE-RIVER-LAMP-42')).rejects.toMatchObject({ code: 'no_answer' })
  })
})

describe('what is held', () => {
  it('does not go until its time, and may be taken back till then without a trace', async () => {
    const { device, world } = await enrolled('volunteer')
    const item = only(await device.save([view(device)], { hold: 5 }))
    expect(item.heldUntil?.getTime()).toBe(clock.now() + 300_000)
    await clock.pass(20_000, 1_000)
    expect(server.records.size).toBe(0)
    await device.takeBack(item)
    expect(device.handedIn.now).toEqual([])
    await device.save([view(device, 'The next one')])
    await clock.until('the next one', () => server.records.size === 1)
    expect([...server.records.values()][0]?.f.words).toBe('The next one')
    expect(server.receives.some((it) => it.includes('{"n":1,"void":true}'))).toBe(true)
    expect(await everything(world.database)).not.toContain(WORDS)
  })

  it('goes by itself when the time is over', async () => {
    const { device } = await enrolled('volunteer')
    await device.save([view(device)], { hold: 1 })
    await clock.pass(50_000, 1_000)
    expect(server.records.size).toBe(0)
    await clock.until('gone', () => server.records.size === 1, 1_000)
  })

  it('goes where the clock was put back since, rather than wait for days', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)], { hold: 5 })
    world.skew = -2 * 86_400_000
    world.goOnline()
    await clock.until('gone', () => server.records.size === 1)
  })

  it('goes at once when somebody is at risk', async () => {
    const { device } = await enrolled('volunteer')
    const item = only(await device.save([view(device)], { hold: 5 }))
    await device.save([{ c: 'escalation', r: device.newId('escalation'), set: { kind: 'risk', told: 'nobody' } }])
    await clock.until('both', () => server.records.size === 2)
    await device.takeBack(item)
    await clock.until('withdrawn', () => [...server.records.values()].some((it) => it.gone))
  })

  it('goes at once when its owner narrows how far it may travel', async () => {
    const { device } = await enrolled('volunteer')
    const change = view(device)
    await device.save([change], { hold: 5 })
    await device.save([{ c: 'view', r: change.r, set: { share: 'team' } }])
    await clock.until('both', () => server.records.get(`view/${change.r}`)?.f.share === 'team')
  })

  it('is withdrawn, not voided, once it has been on the wire', async () => {
    const { device, world } = await enrolled('volunteer')
    server.loseAck = true
    const item = only(await device.save([view(device)]))
    await clock.until('taken, but not heard', () => server.records.size === 1 && !server.loseAck)
    world.goOffline()
    await device.takeBack(item)
    world.goOnline()
    await clock.until('gone everywhere', () => [...server.records.values()].every((it) => it.gone) && server.seq === 2)
  })
})

describe('the line', () => {
  it('says nothing of an epoch or a cursor on its first contact', async () => {
    await enrolled('volunteer')
    const hello = JSON.parse(server.receives.find((it) => it.includes('"t":"hello"')) ?? '{}') as { [key: string]: unknown }
    expect(hello).toMatchObject({ epoch: null, cursor: null, app: 'test', schema: 1, holds: { ops: 0, oldest: null } })
  })

  it('waits for a slow answer as long as its frame is large, and sends a little first', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    for (let i = 0; i < 30; i++) await device.save([view(device, `${i} ${'slow '.repeat(1000)}`)])
    server.answersAfter = 24_000
    const hellos = (): number => server.receives.filter((it) => it.includes('"t":"hello"')).length
    const before = hellos()
    world.goOnline()
    await clock.until('handed in', () => server.records.size === 30 && device.handedIn.now.every((it) => it.fate === 'team'), 500)
    expect(hellos()).toBe(before + 1)
    const lengths = server.receives.filter((it) => it.includes('"t":"push"')).map((it) => it.length)
    expect(lengths.length).toBeGreaterThan(1)
    expect(lengths[0]).toBeLessThan(65 * 1024)
  })

  it('asks again for answers that were lost on the way, and counts nothing twice', async () => {
    const { device } = await enrolled('volunteer')
    server.loseAck = true
    await device.save([view(device)])
    await clock.until('answered', () => device.handedIn.now.every((it) => it.fate === 'team'))
    expect(server.seq).toBe(1)
    expect(only(device.handedIn.now).problem).toBeNull()
  })

  it('shows what was refused, also when that answer was lost', async () => {
    server.put('matter', SERVICE, { title: 'Late opening' })
    const { device, world } = await enrolled('coordinator')
    world.goOffline()
    await device.save([{ c: 'matter', r: SERVICE, set: { status: 'done' } }])
    server.refuses = () => 'wrong_step'
    server.loseAck = true
    const pushes = (): number => server.receives.filter((it) => it.includes('"t":"push"')).length
    world.goOnline()
    await clock.until('taken, but not heard', () => pushes() === 1 && !server.loseAck)
    await clock.until('asked again', () => pushes() === 2)
    await clock.until('refused', () => only(device.handedIn.now).fate === 'look')
    expect(only(device.handedIn.now).problem).toEqual({ code: 'wrong_step' })
    expect(now(device.record('matter', SERVICE))).toMatchObject({ pending: false, f: { title: 'Late opening' } })
  })

  it('sends one op a frame after a frame that was too much, and sets aside the one that can’t go', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    for (let i = 0; i < 4; i++) await device.save([view(device, `View ${i}`)])
    server.trip = (ops) => (ops.some((op) => op.n === 3 && !op.void) ? { close: 4400 } : null)
    world.goOnline()
    await clock.until('all but one', () => server.devices.size === 1 && [...server.devices.values()].every((it) => it.acked === 4))
    await clock.until('shown', () => device.handedIn.now.filter((it) => it.fate === 'team').length === 3)
    expect(device.handedIn.now.find((it) => it.n === 3)).toMatchObject({ fate: 'look', problem: { code: 'not_taken' } })
    expect([...server.records.values()].map((it) => it.f.words)).toEqual(['View 0', 'View 1', 'View 3'])
    expect(JSON.parse(await device.rescue())).toMatchObject({ ops: [{ n: 3, key: 'intake-1' }] })
  })

  it.each([false, true])('sends again from where the server expects it, also over HTTP (%s)', async (overHttp) => {
    const { device, world } = await enrolled('volunteer')
    await device.save([view(device, 'First')])
    await clock.until('handed in', () => server.records.size === 1 && device.handedIn.now.every((it) => it.fate === 'team'))
    world.blocksSockets = overHttp
    if (overHttp) world.cut()
    await clock.until('together', () => device.line.now.kind === 'together')
    const known = server.devices.get(now(device.me)?.device ?? '')
    server.records.clear()
    Object.assign(known ?? {}, { acked: 0, tip: null, results: new Map(), hashes: new Map() })
    await device.save([view(device, 'Second')])
    await clock.until('both', () => server.records.size === 2 && device.handedIn.now.every((it) => it.fate === 'team'), 500)
    expect([...server.records.values()].map((it) => it.f.words)).toEqual(['First', 'Second'])
  })

  it.each([4400, 4403])('does not come back by itself where its hello is closed with %s, and keeps what it holds', async (code) => {
    const { device, world } = await enrolled('volunteer')
    server.greets = code
    world.cut()
    await clock.pass(10_000)
    const hellos = server.receives.filter((it) => it.includes('"t":"hello"')).length
    await device.save([view(device)])
    await clock.pass(180_000, 2_000)
    expect(server.receives.filter((it) => it.includes('"t":"hello"'))).toHaveLength(hellos)
    expect(device.line.now).toMatchObject({ kind: 'no-signal', waiting: 1 })
    server.greets = null
    await shut(device)
    const again = await start(world)
    await clock.until('handed in', () => server.records.size === 1 && again.handedIn.now.every((it) => it.fate === 'team'))
  })

  it('waits as long as the server asks, then hands in', async () => {
    const { device } = await enrolled('volunteer')
    let refused = 0
    server.trip = () => (refused++ < 2 ? { error: { code: 'unavailable', retry_after: 2 } } : null)
    await device.save([view(device)])
    await clock.until('handed in', () => device.handedIn.now.every((it) => it.fate === 'team'))
    expect(refused).toBe(3)
  })

  it('goes over HTTP where sockets are blocked, and reads there too', async () => {
    const world = new FakeWorld(clock, server)
    world.blocksSockets = true
    const device = await start(world)
    await device.enrol(server.invite('coordinator'), 'Desk')
    for (let i = 0; i < 8; i++) server.put('matter', device.newId('matter'), { title: `Matter ${i}` })
    const matters = watch(device.records('matter'))
    await clock.until('read', () => matters().length === 8)
    await device.save([{ c: 'matter', r: device.newId('matter'), set: { title: 'Mine', level: 'service' } }])
    await clock.until('handed in', () => server.records.size === 9 && device.handedIn.now.every((it) => it.fate === 'team'))
  })

  it('goes back to a socket after a while without signal, and does not take that for a block', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await clock.pass(60_000, 500)
    world.goOnline()
    await clock.until('together', () => device.line.now.kind === 'together')
    expect(server.connections.size).toBe(1)
  })

  it('corrects its clock when the server says that it is off', async () => {
    const world = new FakeWorld(clock, server)
    world.skew = 3 * 3_600_000
    const { device } = await enrolled('volunteer', world)
    await device.save([view(device)])
    await clock.until('handed in', () => server.records.size === 1)
  })

  it('gets a new token before the old one ends, on the open line', async () => {
    await enrolled('volunteer')
    await clock.pass(900_000, 1_000)
    expect(server.receives.some((it) => it.includes('"t":"token"'))).toBe(true)
    expect(server.receives.filter((it) => it.includes('"t":"hello"'))).toHaveLength(1)
  })

  it('stays away when a newer connection of this device has taken over, until something is saved here', async () => {
    const { device } = await enrolled('volunteer')
    for (const connection of [...server.connections]) connection.end(4409)
    await clock.until('said', () => device.line.now.kind === 'elsewhere')
    await clock.pass(120_000, 2_000)
    expect(server.connections.size).toBe(0)
    await device.save([view(device)])
    await clock.until('back', () => device.line.now.kind === 'together')
  })

  it('comes back after a restart of the server', async () => {
    const { device } = await enrolled('volunteer')
    for (const connection of [...server.connections]) connection.end(1012)
    await clock.until('gone', () => device.line.now.kind === 'no-signal')
    await clock.until('back', () => device.line.now.kind === 'together')
  })

  it('says safe only where the server is backed up that far', async () => {
    server.safe = () => 0
    const { device, world } = await enrolled('volunteer')
    await device.save([view(device)])
    await clock.until('with the team', () => only(device.handedIn.now).fate === 'team')
    server.safe = (it) => it.acked
    world.cut(1012)
    await clock.until('safe', () => only(device.handedIn.now).fate === 'safe')
  })
})

describe('after a restore of the server', () => {
  it('hands in again what the backup had not got, exactly once', async () => {
    const { device } = await enrolled('volunteer')
    await device.save([view(device, 'Before')])
    await clock.until('handed in', () => server.records.size === 1)
    const backup = server.snapshot()
    await device.save([view(device, 'After 1')])
    await device.save([view(device, 'After 2')])
    await clock.until('handed in', () => server.records.size === 3 && device.handedIn.now.every((it) => it.fate === 'team'))
    server.restore(backup)
    expect(server.records.size).toBe(1)
    await clock.until('again', () => server.records.size === 3 && device.handedIn.now.every((it) => it.fate === 'team'))
    expect([...server.records.values()].map((it) => it.f.words)).toEqual(['Before', 'After 1', 'After 2'])
    const views = watch(device.records('view'))
    await clock.until('read anew', () => views().length === 3 && views().every((it) => !it.pending))
  })

  it('asks for a new code where the server has forgotten the device, keeps its key, and loses nothing', async () => {
    const empty = server.snapshot()
    const { device } = await enrolled('volunteer')
    const before = now(device.me)
    server.restore(empty)
    await device.save([view(device)])
    await clock.until('not known', () => device.line.now.kind === 'not-known')
    await device.save([view(device, 'Meanwhile')])
    const me = await device.enrol(server.invite('volunteer', before?.member), 'My phone')
    expect(me.device).toBe(before?.device)
    await clock.until('handed in', () => server.records.size === 2 && device.handedIn.now.every((it) => it.fate === 'team'))
  })
})

it('knows a device again that the server had only mislaid, at the next start', async () => {
  const { device, world } = await enrolled('volunteer')
  const full = server.snapshot()
  server.devices.clear()
  world.cut(1012)
  await clock.until('not known', () => device.line.now.kind === 'not-known')
  await device.save([view(device)])
  await shut(device)
  server.restore(full)
  const again = await start(world)
  expect(again.line.now.kind).toBe('not-known')
  await clock.until('known', () => again.line.now.kind === 'together')
  await clock.until('handed in', () => server.records.size === 1)
})

describe('a device that was set back or copied', () => {
  it('hands in what it has under the old key, and goes on under a new one', async () => {
    const { device } = await enrolled('volunteer')
    await device.save([view(device)])
    await clock.until('handed in', () => server.records.size === 1)
    const id = now(device.me)?.device ?? ''
    const known = server.devices.get(id)
    if (known) {
      // Somebody else has spoken under this key meanwhile.
      known.acked = 3
      known.tip = 'another'
    }
    for (const connection of [...server.connections]) connection.end(1012)
    await clock.until('noticed', () => device.line.now.kind === 'not-known')
    await device.save([view(device, 'Said since')])
    const member = now(device.me)?.member
    const me = await device.enrol(server.invite('volunteer', member), 'My phone')
    expect(me.device).not.toBe(id)
    await clock.until('in quarantine', () => server.quarantine.some((it) => it.device === id && it.n === 2))
    await device.save([view(device, 'Under the new key')])
    await clock.until('handed in', () => [...server.records.values()].some((it) => it.f.words === 'Under the new key'))
  })

  it('hands in under the new key what it had said in plain', async () => {
    const { device } = await enrolled('coordinator')
    const id = now(device.me)?.device ?? ''
    const known = server.devices.get(id)
    if (known) known.acked = 2
    for (const connection of [...server.connections]) connection.end(1012)
    await clock.until('noticed', () => device.line.now.kind === 'not-known')
    await device.save([{ c: 'matter', r: device.newId('matter'), set: { title: 'Late opening', level: 'service' } }])
    await device.enrol(server.invite('coordinator', now(device.me)?.member), 'Desk')
    await clock.until('handed in', () => [...server.records.values()].some((it) => it.f.title === 'Late opening'))
  })
})

describe('what was plain under a copied key', () => {
  it('is said again only where the server has not got it', async () => {
    const { device, world } = await enrolled('coordinator')
    const id = now(device.me)?.device ?? ''
    const [had, lacked] = [device.newId('matter'), device.newId('matter')]
    server.loseAck = true
    await device.save([{ c: 'matter', r: had, set: { title: 'The server has it', level: 'service' } }])
    await clock.until('taken, but not heard', () => server.records.size === 1 && !server.loseAck)
    world.goOffline()
    await device.save([{ c: 'matter', r: lacked, set: { title: 'The server has it not', level: 'service' } }])
    const known = server.devices.get(id)
    if (known) known.acked = 5
    world.goOnline()
    await clock.until('noticed', () => device.line.now.kind === 'not-known')
    await device.enrol(server.invite('coordinator', now(device.me)?.member), 'Desk')
    await clock.until('handed in', () => server.records.size === 2)
    await clock.until('nothing left under the old key', async () => (await everything(world.database)).split('"keys"').length === 2)
    expect(server.seq).toBe(2)
    expect(server.records.get(`matter/${had}`)?.writes.get('title')?.device).toBe(id)
    expect(server.records.get(`matter/${lacked}`)?.writes.get('title')?.device).not.toBe(id)
  })
})

describe('a lost phone', () => {
  it('erases everything at once but what is sealed, and hands that in', async () => {
    const { device, world } = await enrolled('volunteer')
    server.put('service', SERVICE, { name: 'Bridge Street' })
    const services = watch(device.records('service'))
    await clock.until('read', () => services().length === 1)
    world.goOffline()
    await device.save([view(device)], { hold: 5 })
    server.revoke(now(device.me)?.device ?? '')
    world.goOnline()
    await clock.until('ended', () => device.line.now.kind === 'ended' || (device.me.now === null && server.quarantine.length === 1))
    await clock.until('erased', () => services().length === 0)
    await clock.until('handed in', () => server.quarantine.length === 1)
    expect(now(device.me)).toBeNull()
    await clock.until('nothing left', async () => !(await everything(world.database)).includes('n'))
    await expect(device.save([view(device)])).rejects.toMatchObject({ code: 'not_enrolled' })
  })

  it('hands in also to a server that was restored from before it, and what goes in no frame stops nothing', async () => {
    const { device, world } = await enrolled('volunteer')
    const backup = server.snapshot()
    await device.save([view(device, 'Handed in long ago')])
    await clock.until('handed in', () => server.records.size === 1 && device.handedIn.now.every((it) => it.fate === 'team'))
    world.goOffline()
    for (const words of ['First', 'Too much for a frame', 'Last']) await device.save([view(device, words)])
    server.restore(backup)
    server.revoke(now(device.me)?.device ?? '')
    server.trip = (ops) => (ops.some((op) => op.n === 3 && !op.void) ? { close: 4413 } : null)
    world.goOnline()
    await clock.until('nothing left', async () => (await everything(world.database)) === '[]', 1_000)
    expect(server.quarantine.map((it) => it.n)).toEqual([2, 4])
  })

  it('tries the plain ones once, and the sealed ones until they are through', async () => {
    const { device, world } = await enrolled('coordinator')
    world.goOffline()
    await device.save([{ c: 'matter', r: device.newId('matter'), set: { title: 'Late opening', level: 'service' } }])
    server.revoke(now(device.me)?.device ?? '')
    world.goOnline()
    await clock.until('in quarantine', () => server.quarantine.length === 1)
    expect(JSON.stringify(server.quarantine[0]?.op)).toContain('Late opening')
  })

  it('erased by its owner still hands in what had not gone', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)])
    await device.erase()
    expect(now(device.me)).toBeNull()
    world.goOnline()
    await clock.until('handed in', () => server.records.size === 1, 1_000)
    await clock.until('nothing left', async () => (await everything(world.database)) === '[]', 1_000)
  })
})

describe('a desk', () => {
  it('reads page by page, sees changes live, and keeps all that when it starts again', async () => {
    for (let i = 0; i < 10; i++) server.put('matter', `01890a5d-ac96-774b-bcce-0000000000${10 + i}`, { title: `Matter ${i}` })
    const { device, world } = await enrolled('coordinator')
    const matters = watch(device.records('matter'))
    await clock.until('all', () => matters().length === 10)
    server.put('matter', '01890a5d-ac96-774b-bcce-000000000010', { title: 'Changed' })
    await clock.until('live', () => matters().at(-1)?.f.title === 'Changed')
    await shut(device)
    world.goOffline()
    const again = await start(world)
    const held = watch(again.records('matter'))
    await clock.until('held', () => again.complete.now && held().length === 10)
    expect(held().at(-1)?.f.title).toBe('Changed')
  })

  it('reads again what its disk has lost, and goes on handing in', async () => {
    for (let i = 0; i < 10; i++) server.put('matter', `01890a5d-ac96-774b-bcce-0000000000${10 + i}`, { title: `Matter ${i}` })
    const { device, world } = await enrolled('coordinator')
    await clock.until('all', () => now(device.records('matter')).length === 10)
    await shut(device)
    const db = await openDB(world.database)
    const [first] = (await db.getAll('segments')) as { id: number; box: Uint8Array }[]
    await db.put('segments', { id: first?.id, box: new Uint8Array(40) })
    db.close()
    const again = await start(world)
    await clock.until('read again', () => again.complete.now && now(again.records('matter')).length === 10)
    await again.save([{ c: 'matter', r: again.newId('matter'), set: { title: 'Mine', level: 'service' } }])
    await clock.until('handed in', () => server.records.size === 11)
  })

  it('bases a change on what is held also while that is being read', async () => {
    server.put('matter', SERVICE, { title: 'Old', level: 'service' })
    const { device, world } = await enrolled('coordinator')
    await clock.until('read', () => now(device.record('matter', SERVICE)) !== undefined)
    await shut(device)
    world.goOffline()
    const again = await start(world)
    await again.save([{ c: 'matter', r: SERVICE, set: { title: 'New' } }])
    world.goOnline()
    await clock.until('handed in', () => server.records.get(`matter/${SERVICE}`)?.f.title === 'New')
    expect(server.records.get(`matter/${SERVICE}`)?.k).toEqual({})
  })

  it('shows its own change at once, lays it over what comes, and stops when its own comes back', async () => {
    const id = '01890a5d-ac96-774b-bcce-000000000010'
    server.put('matter', id, { title: 'Old', due: '2026-12-01' })
    const { device, world } = await enrolled('coordinator')
    const matter = watch(device.record('matter', id))
    await clock.until('read', () => matter() !== undefined)
    world.goOffline()
    await device.save([{ c: 'matter', r: id, set: { title: 'New' }, add: { services: [SERVICE] } }])
    await clock.until('laid', () => matter()?.pending === true)
    expect(matter()).toMatchObject({ f: { title: 'New', due: '2026-12-01', services: [SERVICE] } })
    server.put('matter', id, { due: '2027-01-01' })
    world.goOnline()
    await clock.until('back', () => matter()?.pending === false)
    expect(matter()).toMatchObject({ f: { title: 'New', due: '2027-01-01', services: [SERVICE] } })
  })

  it('keeps both values when two have changed the same field, and one tap settles it on both screens', async () => {
    const id = '01890a5d-ac96-774b-bcce-000000000010'
    server.put('matter', id, { title: 'Old' })
    const [one, two] = [await enrolled('coordinator'), await enrolled('coordinator')]
    const [first, second] = [watch(one.device.record('matter', id)), watch(two.device.record('matter', id))]
    await clock.until('read', () => first() !== undefined && second() !== undefined)
    one.world.goOffline()
    two.world.goOffline()
    await one.device.save([{ c: 'matter', r: id, set: { due: '2026-12-01' } }])
    await two.device.save([{ c: 'matter', r: id, set: { due: '2026-12-24' } }])
    one.world.goOnline()
    await clock.until('one', () => server.records.get(`matter/${id}`)?.f.due === '2026-12-01')
    two.world.goOnline()
    await clock.until('both', () => first()?.k.due?.length === 1 && second()?.k.due?.length === 1)
    expect(first()).toMatchObject({ f: { due: '2026-12-24' }, k: { due: [{ value: '2026-12-01' }] } })
    await two.device.save([{ c: 'matter', r: id, settle: { due: '2026-12-01' } }])
    await clock.until('settled', () => [first(), second()].every((it) => it?.f.due === '2026-12-01' && !it.k.due && !it.pending))
  })

  it('removes what was withdrawn, with everything that it had said about it, from the disk too', async () => {
    const { device, world } = await enrolled('coordinator')
    const id = device.newId('matter')
    await device.save([{ c: 'matter', r: id, set: { title: 'Secret', level: 'service' } }])
    const matters = watch(device.records('matter'))
    await clock.until('back', () => matters().length === 1 && matters()[0]?.pending === false)
    server.withdraw('matter', id)
    await clock.until('gone', () => matters().length === 0)
    expect(device.handedIn.now).toEqual([])
    const db = await openDB(world.database)
    expect(await db.getAll('segments')).toEqual([])
    expect((await db.getAll('outbox')).map((row: { body: unknown }) => row.body)).toEqual([null])
    db.close()
  })

  it('removes what has moved out of its sight', async () => {
    const { device } = await enrolled('volunteer')
    const mine = now(device.me)?.member ?? ''
    const telling = server.put('telling', SERVICE, { way: 'said' }, ['desk', `person:${mine}`])
    const tellings = watch(device.records('telling'))
    await clock.until('read', () => tellings().length === 1)
    server.move(telling, ['desk'])
    server.put('telling', SERVICE, { way: 'poster' })
    telling.left.set(`person:${mine}`, telling.v)
    server.wake()
    await clock.until('out', () => tellings().length === 0)
  })

  it('removes at once, from the disk too, what it may no longer read', async () => {
    server.put('matter', SERVICE, { title: 'For the desk alone' })
    const { device, world } = await enrolled('coordinator')
    const matters = watch(device.records('matter'))
    await clock.until('read', () => matters().length === 1)
    const known = server.devices.get(now(device.me)?.device ?? '')
    if (known) known.role = 'volunteer'
    server.wake()
    await clock.until('dropped', () => matters().length === 0)
    const db = await openDB(world.database)
    expect(await db.getAll('segments')).toEqual([])
    db.close()
  })

  it('reads an audience again whose sum is off, once a day, and says so', async () => {
    server.put('matter', SERVICE, { title: 'Here' })
    const { device } = await enrolled('coordinator')
    server.wrongSums = true
    server.put('matter', SERVICE, { title: 'There' })
    const hellos = (): { [key: string]: unknown }[] => server.receives.filter((it) => it.includes('"t":"hello"')).map((it) => JSON.parse(it) as { [key: string]: unknown })
    await clock.until('again', () => hellos().some((it) => Array.isArray(it.again) && it.again.includes('desk')))
    expect(hellos().at(-1)?.holds).toMatchObject({ trouble: 'sums' })
    const count = hellos().length
    server.put('matter', SERVICE, { title: 'Everywhere' })
    await clock.pass(30_000, 500)
    expect(hellos()).toHaveLength(count)
    const matters = watch(device.records('matter'))
    await clock.until('whole', () => matters().length === 1 && matters()[0]?.f.title === 'Everywhere')
  })

  it('may look at its own name and role as they are now', async () => {
    const { device, world } = await enrolled('coordinator')
    const me = now(device.me)
    server.put('member', me?.member ?? '', { name: 'New name', role: 'coordinator' }, ['people', `person:${me?.member}`])
    await clock.until('renamed', () => device.me.now?.name === 'New name')
    await shut(device)
    world.goOffline()
    expect(now((await start(world)).me)?.name).toBe('New name')
  })
})

describe('tabs of one browser', () => {
  it('share one connection, and what one saves the other shows and hands in', async () => {
    const { device, world } = await enrolled('volunteer')
    const other = await start(world.tab())
    await clock.until('known', () => other.line.now.kind === 'together')
    expect(server.receives.filter((it) => it.includes('"t":"hello"'))).toHaveLength(1)
    await other.save([view(other)])
    await clock.until('handed in', () => server.records.size === 1 && other.handedIn.now.every((it) => it.fate === 'team'))
    await device.save([view(device, 'From the first')])
    await clock.until('both', () => other.handedIn.now.length === 2 && other.handedIn.now.every((it) => it.fate === 'team'))
    expect(other.handedIn.now.map((it: HandedIn) => it.n)).toEqual([1, 2])
    expect(server.receives.filter((it) => it.includes('"t":"hello"'))).toHaveLength(1)
  })

  it('see the same records, and the second takes the line when the first goes', async () => {
    const { device, world } = await enrolled('coordinator')
    const other = await start(world.tab())
    const matters = watch(other.records('matter'))
    server.put('matter', SERVICE, { title: 'One' })
    await clock.until('followed', () => matters().length === 1)
    await shut(device)
    await clock.until('taken over', () => server.receives.filter((it) => it.includes('"t":"hello"')).length === 2)
    server.put('matter', SERVICE, { title: 'Two' })
    await clock.until('read by itself', () => matters()[0]?.f.title === 'Two')
  })

  it('give no number twice when both save at once', async () => {
    const { device, world } = await enrolled('volunteer')
    const other = await start(world.tab())
    world.goOffline()
    await Promise.all(Array.from({ length: 6 }, (_, i) => (i % 2 ? device : other).save([view(device, `View ${i}`)])))
    world.goOnline()
    await clock.until('all', () => server.records.size === 6)
    expect([...server.records.values()].map((it) => it.f.words).sort()).toEqual(Array.from({ length: 6 }, (_, i) => `View ${i}`))
  })
})

export type { Rec }
