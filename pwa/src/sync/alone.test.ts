/** Handing in without a page, as the service worker does when the browser wakes it. */
import { describe, expect, it } from 'vitest'
import { handInAlone } from './alone'
import { clock, enrolled, only, server, shut, start, view } from './device.test-support'
import type { EarshotDevice } from './earshot'
import type { FakeWorld } from './fake-world.test-support'

const words = (): unknown[] => [...server.records.values()].map((it) => it.f.words)

/** A phone that is put away with something on it, and comes into signal then. */
async function putAway(hold = 0, ...said: string[]): Promise<FakeWorld> {
  const { device, world } = await enrolled('volunteer')
  world.goOffline()
  for (const it of said.length ? said : ['First', 'Second']) await device.save([view(device, it)], { hold })
  await shut(device)
  world.online = true
  return world
}

async function opened(world: FakeWorld): Promise<EarshotDevice> {
  const device = await start(world)
  await clock.until('answered', () => device.line.now.kind === 'together' && device.handedIn.now.every((it) => it.fate === 'team'))
  return device
}

describe('a phone that is put away', () => {
  it('hands in what waits, in order, once; the next page has the answers too', async () => {
    const world = await putAway()
    expect(await handInAlone(world)).toBe(true)
    expect(words()).toEqual(['First', 'Second'])
    world.online = false
    const device = await start(world)
    expect(device.handedIn.now.map((it) => it.fate)).toEqual(['team', 'team'])
    await shut(device)
    world.online = true
    const again = await opened(world)
    expect(server.seq).toBe(2)
    expect(again.handedIn.now.map((it) => it.problem)).toEqual([null, null])
  })

  it('says what was refused once a page is there to say it', async () => {
    const world = await putAway()
    server.refuses = (op) => (op.n === 1 ? 'not_allowed' : null)
    expect(await handInAlone(world)).toBe(true)
    expect(words()).toEqual(['Second'])
    const device = await start(world)
    await clock.until('said', () => device.handedIn.now.some((it) => it.fate === 'look'))
    expect(device.handedIn.now.map((it) => it.problem?.code ?? null)).toEqual(['not_allowed', null])
  })

  it('has nothing to do where nothing waits, and asks nobody', async () => {
    const { device, world } = await enrolled('volunteer')
    await shut(device)
    const asked = server.tokens
    expect(await handInAlone(world)).toBe(true)
    expect(server.tokens).toBe(asked)
  })

  it('leaves it to a page that has the line, and is to be woken again', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)])
    world.online = true
    expect(await handInAlone(world)).toBe(false)
    expect(server.records.size).toBe(0)
    world.goOnline()
    await clock.until('handed in', () => only(device.handedIn.now).fate === 'team')
    expect(await handInAlone(world)).toBe(true)
  })

  it('stops when a page takes the line', async () => {
    const world = await putAway()
    const asked = world.fetch.bind(world)
    let pages = 0
    // The page comes while the server greets: nothing has gone yet.
    world.fetch = async (url, init) => {
      const answer = await asked(url, init)
      if (url.endsWith('/v1/sync') && pages++ === 0) await world.browser.steal()
      return answer
    }
    expect(await handInAlone(world)).toBe(false)
    await clock.pass(1_000)
    expect(server.records.size).toBe(0)
  })

  it('keeps back what is held, until it is not', async () => {
    const world = await putAway(5)
    expect(await handInAlone(world)).toBe(false)
    expect(server.records.size).toBe(0)
    await clock.pass(301_000, 10_000)
    expect(await handInAlone(world)).toBe(true)
    expect(words()).toEqual(['First', 'Second'])
  })

  it('what was taken back never goes', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    const [first] = await device.save([view(device, 'First')], { hold: 5 })
    await device.save([view(device, 'Second')], { hold: 5 })
    if (first) await device.takeBack(first)
    await shut(device)
    world.online = true
    await clock.pass(301_000, 10_000)
    expect(await handInAlone(world)).toBe(true)
    expect(words()).toEqual(['Second'])
  })

  it('takes a portal’s page for no answer: nothing went, and nothing is known', async () => {
    const world = await putAway()
    world.portal = true
    expect(await handInAlone(world)).toBe(false)
    world.portal = false
    world.online = false
    const device = await start(world)
    expect(device.handedIn.now.map((it) => it.fate)).toEqual(['here', 'here'])
  })

  it('goes again where the answer was lost, and counts once', async () => {
    const world = await putAway()
    const asked = world.fetch.bind(world)
    let lost = false
    world.fetch = async (url, init) => {
      const answer = await asked(url, init)
      if (!lost && String(init.body).includes('"push"')) {
        lost = true
        throw new TypeError('the line broke')
      }
      return answer
    }
    expect(await handInAlone(world)).toBe(false)
    expect(await handInAlone(world)).toBe(true)
    expect(server.seq).toBe(2)
    await opened(world)
    expect(server.seq).toBe(2)
  })

  it('wipes a device that was revoked; what is sealed a page hands in then', async () => {
    const world = await putAway()
    only([...server.devices.values()]).revoked = true
    expect(await handInAlone(world)).toBe(true)
    expect(server.quarantine).toEqual([])
    const device = await start(world)
    expect([device.me.now, device.line.now.kind]).toEqual([null, 'ended'])
    await clock.until('handed in', () => server.quarantine.length === 2)
  })

  it('pushes nothing for a device that was copied: a page sees to that', async () => {
    const world = await putAway()
    const known = only([...server.devices.values()])
    Object.assign(known, { acked: 9, tip: 'another' })
    expect(await handInAlone(world)).toBe(true)
    expect(server.records.size).toBe(0)
  })

  it('hands in what is locked where the key is here, as on a desk without a PIN', async () => {
    const { device, world } = await enrolled('coordinator')
    world.goOffline()
    await device.save([{ c: 'matter', r: device.newId('matter'), set: { title: 'Late opening', level: 'service' } }])
    await shut(device)
    world.online = true
    expect(await handInAlone(world)).toBe(true)
    expect([...server.records.values()].map((it) => it.f.title)).toEqual(['Late opening'])
  })
})
