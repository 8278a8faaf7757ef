/** What a desk reads, keeps and shows. */
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { clock, enrolled, now, server, SERVICE, shut, start, watch } from './device.test-support'

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
    await clock.until('back', () => matter()?.v !== undefined && !matter()?.pending)
    expect(matter()).toMatchObject({ f: { title: 'New', due: '2027-01-01', services: [SERVICE] } })
  })

  it('shows a record that it makes without a line as it begins: its first step, what is open, who wrote it', async () => {
    const { device, world } = await enrolled('coordinator')
    await clock.until('read', () => device.complete.now)
    world.goOffline()
    const [matters, tellings] = [watch(device.records('matter')), watch(device.records('telling'))]
    const at = new Date(clock.now()).toISOString()
    await device.save([
      { c: 'matter', r: device.newId('matter'), set: { title: 'Saturdays', level: 'service' } },
      { c: 'telling', r: device.newId('telling'), set: { answer: SERVICE, service: SERVICE, way: 'poster' } },
    ])
    await clock.until('laid', () => matters().length === 1 && tellings().length === 1)
    expect(matters()[0]?.f).toEqual({ title: 'Saturdays', level: 'service', status: 'raised', handling: 'open', services: [], themes: [], said: [], notes: [] })
    expect(tellings()[0]?.f).toMatchObject({ by: now(device.me)?.member, at })
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
    await clock.until('back', () => matters().length === 1 && !matters()[0]?.pending)
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

  it('shows its own word of what is for others to see no longer than until it has read on', async () => {
    const { device, world } = await enrolled('coordinator')
    const matters = watch(device.records('matter'))
    world.goOffline()
    await device.save([{ c: 'matter', r: device.newId('matter'), set: { title: 'Written in a train', level: 'service' } }])
    await clock.until('shown', () => matters().length === 1)
    const known = server.devices.get(now(device.me)?.device ?? '')
    if (known) known.role = 'volunteer'
    world.goOnline()
    await clock.until('handed in', () => device.handedIn.now.every((it) => it.fate === 'team'))
    expect(matters()).toHaveLength(1)
    world.cut()
    server.put('service', SERVICE, { name: 'News for all' }, ['team'])
    await clock.until('with the others', () => matters().length === 0)
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
