/** Devices that the server mislaid, that were copied, revoked or erased: what they hold still gets in, and then nothing is left. */
import { describe, expect, it } from 'vitest'
import { clock, enrolled, everything, now, server, SERVICE, shut, start, view, watch } from './device.test-support'

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
    await clock.until('nothing left but that it was switched off', async () => (await everything(world.database)) === '[true]')
    await expect(device.save([view(device)])).rejects.toMatchObject({ code: 'not_enrolled' })
    await shut(device)
    const again = await start(world)
    expect(now(again.line), 'it says so also after it starts again').toEqual({ kind: 'ended' })
    await again.enrol(server.invite('volunteer'), 'My phone')
    expect(await everything(world.database)).not.toContain('true]')
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
    await clock.until('nothing left', async () => (await everything(world.database)) === '[true]', 1_000)
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
