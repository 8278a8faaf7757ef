/** What a volunteer’s phone does by itself, without a line and with one. */
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { clock, enrolled, everything, now, only, server, SERVICE, shut, start, view, watch, WORDS } from './device.test-support'
import { FakeWorld } from './fake-world.test-support'
import type { HandedIn, Rec } from './types'

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
