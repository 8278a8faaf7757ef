/** How a device keeps in touch, over all that a line and a server do to it. */
import { describe, expect, it } from 'vitest'
import { clock, enrolled, now, only, server, SERVICE, shut, start, view, watch } from './device.test-support'
import { FakeWorld } from './fake-world.test-support'

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
    expect(now(device.record('matter', SERVICE))).toMatchObject({ f: { title: 'Late opening' } })
  })

  it('shows nothing to be looked at once the desk has mended what was refused', async () => {
    const { device } = await enrolled('volunteer')
    server.refuses = () => 'unknown_record'
    const [made] = await device.save([view(device)])
    await clock.until('refused', () => only(device.handedIn.now).fate === 'look')
    server.put('view', made?.r ?? '', { by: now(device.me)?.member ?? '', week: '2026-11-23' }, [`person:${now(device.me)?.member ?? ''}`])
    await clock.until('mended', () => only(device.handedIn.now).fate === 'team')
    expect(only(device.handedIn.now).problem).toBeNull()
  })

  it('puts away what has been looked at, for good, and holds up nothing behind it', async () => {
    const { device, world } = await enrolled('volunteer')
    server.refuses = (op) => (op.n === 1 ? 'wrong_type' : null)
    await device.save([view(device, 'First')])
    await clock.until('refused', () => only(device.handedIn.now).fate === 'look')
    await device.putAway(only(device.handedIn.now))
    expect(device.handedIn.now).toEqual([])
    await device.save([view(device, 'Second')])
    await clock.until('handed in', () => server.records.size === 1 && only(device.handedIn.now).fate === 'team')
    await shut(device)
    expect((await start(world)).handedIn.now.map((it) => it.n)).toEqual([2])
  })

  it('takes a withdrawal of what somebody else has taken back for done', async () => {
    const { device, world } = await enrolled('volunteer')
    const [made] = await device.save([view(device)])
    await clock.until('handed in', () => only(device.handedIn.now).fate === 'team')
    world.goOffline()
    if (made) await device.takeBack(made)
    server.refuses = (op) => (op.withdraw ? 'gone' : null)
    world.goOnline()
    await clock.until('answered', () => device.handedIn.now.every((it) => it.fate === 'team'))
    expect(device.handedIn.now.filter((it) => it.problem)).toEqual([])
  })

  it.each([
    [4400, 'not_taken'],
    [4413, 'too_large'],
  ])('sends one op a frame after a frame that was closed with %s, and sets aside the one that can’t go as %s', async (close, code) => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    for (let i = 0; i < 4; i++) await device.save([view(device, `View ${i}`)])
    server.trip = (ops) => (ops.some((op) => op.n === 3 && !op.void) ? { close } : null)
    world.goOnline()
    await clock.until('all but one', () => server.devices.size === 1 && [...server.devices.values()].every((it) => it.acked === 4))
    await clock.until('shown', () => device.handedIn.now.filter((it) => it.fate === 'team').length === 3)
    expect(device.handedIn.now.find((it) => it.n === 3)).toMatchObject({ fate: 'look', problem: { code } })
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

  it('tries a socket at once when the browser is online again: another network may let it through', async () => {
    const world = new FakeWorld(clock, server)
    world.blocksSockets = true
    const { device } = await enrolled('volunteer', world)
    await device.save([view(device)])
    await clock.until('handed in over HTTP', () => device.handedIn.now.every((it) => it.fate === 'team'))
    await clock.pass(30_000, 500)
    expect(server.connections.size).toBe(0)
    world.goOffline()
    world.blocksSockets = false
    world.goOnline()
    await clock.pass(5_000)
    expect(server.connections.size).toBe(1)
  })

  it('comes back within two seconds of being online again, a crowd of phones not all at once', async () => {
    const phones = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => enrolled('volunteer', new FakeWorld(clock, server, seed))))
    for (const { world } of phones) {
      world.seen = false
      world.goOffline()
    }
    await clock.pass(120_000, 1_000)
    const began = clock.now()
    for (const { world } of phones) world.goOnline()
    const came: number[] = []
    await clock.until('all are back', () => {
      while (came.length < server.connections.size) came.push(clock.now() - began)
      return came.length === phones.length
    })
    expect(Math.max(...came)).toBeLessThanOrEqual(2_200)
    expect(Math.max(...came) - Math.min(...came)).toBeGreaterThan(500)
  })

  it('leaves a server alone for as long as it asked, online again or not', async () => {
    const { device, world } = await enrolled('volunteer')
    server.pleads = 30
    world.cut()
    await clock.pass(5_000)
    const hellos = (): number => server.receives.filter((it) => it.includes('"t":"hello"')).length
    const before = hellos()
    expect(before).toBe(2)
    world.goOnline()
    await clock.pass(20_000)
    expect(hellos()).toBe(before)
    server.pleads = 0
    await clock.until('back', () => device.line.now.kind === 'together')
  })

  it('says when the server was last heard, not when it was greeted; a portal’s page is no word of it', async () => {
    const { device, world } = await enrolled('volunteer')
    await clock.pass(3_600_000, 10_000)
    const gone = clock.now()
    world.portal = true
    world.cut()
    await clock.pass(1_200_000, 10_000)
    const line = device.line.now
    expect(line.kind).toBe('no-signal')
    const last = line.kind === 'no-signal' && line.last ? line.last.getTime() : 0
    expect(gone - last).toBeLessThan(60_000)
    expect(last).toBeLessThanOrEqual(gone)
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
