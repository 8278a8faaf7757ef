/**
 * A phone that an earlier build has left with things not handed in is opened by this one: nothing is lost, and nothing
 * goes twice. There is one such phone for each version of the store, in earlier/. Whoever raises the version writes the
 * next one, from the build before the change: `EARSHOT_FIXTURE=1 npx vitest run src/sync/earlier.test.ts`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { clock, enrolled, now, server, SERVICE, shut, start, view, watch } from './device.test-support'
import { dump, keyOf, keyText, load, openKeys, type Dump } from './earlier.test-support'
import { FakeWorld } from './fake-world.test-support'
import { Store } from './store'

const FOLDER = new URL('./earlier/', import.meta.url)
const DRAFT = { words: 'Half of what she said', themes: ['T04'] }
const POCKET = { cards: ['PINE-RIVER-LAMP-42'] }
const SAID = { before: 'Said and handed in', without: ['Said without a line', 'Said after that'], held: 'Said a moment ago' }

interface Earlier {
  phone: Dump
  server: { snapshot: string; keys: { publicKey: Parameters<typeof keyOf>[0]; privateKey: Parameters<typeof keyOf>[0] } }
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

it('there is a phone of each version of the store', async () => {
  const store = new Store({ database: 'the version of now' })
  await store.lives()
  await store.close()
  const db = await openDB('the version of now')
  for (let version = 1; version <= db.version; version++) expect(files).toContain(`${version}.json`)
  db.close()
})

describe.each(files)('the phone of version %s', (file) => {
  const earlier = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Earlier

  async function opened(): Promise<Awaited<ReturnType<typeof enrolled>>> {
    const { publicKey, privateKey } = earlier.server.keys
    const before = [server.epoch, server.seq] as const
    server.keys = { publicKey: await keyOf(publicKey, true), privateKey: await keyOf(privateKey, true) }
    server.restore(earlier.server.snapshot)
    server.epoch = before[0]
    server.seq = (JSON.parse(earlier.server.snapshot) as { seq: number }).seq
    const world = new FakeWorld(clock, server)
    world.online = false
    await load(world.database, earlier.phone)
    return { device: await start(world), world }
  }

  it('shows what it held, without a line', async () => {
    const { device } = await opened()
    const handedIn = watch(device.handedIn)
    const services = watch(device.records('service'))
    await clock.until('loaded', () => device.complete.now && services().length > 0)
    expect(now(device.me)?.role).toBe('volunteer')
    expect(services().map((it) => it.f.name)).toEqual(['Station Road exchange'])
    expect(handedIn().filter((it) => it.c === 'view').map((it) => it.fate)).toEqual(['team', 'here', 'here', 'here'])
    expect(handedIn().filter((it) => it.c === 'visit').map((it) => it.about)).toEqual([{ spoken: 3 }, { spoken: 4 }])
    expect(await device.draft.load()).toEqual(DRAFT)
    expect(await device.pocket.load()).toEqual(POCKET)
  })

  it('hands in every op that was not sent, once, and what is said since', async () => {
    const { device, world } = await opened()
    const handedIn = watch(device.handedIn)
    await device.save([view(device, 'Said under the new build')], { finishes: true })
    expect(await device.draft.load()).toBeNull()
    world.goOnline()
    await clock.until('handed in', () => handedIn().every((it) => it.fate === 'team'), 1000)
    const all = [...server.records.values()]
    expect(all.filter((it) => it.c === 'view').map((it) => it.f.words).sort()).toEqual([SAID.before, ...SAID.without, SAID.held, 'Said under the new build'].sort())
    expect(all.filter((it) => it.c === 'visit').map((it) => it.f.spoken)).toEqual([4])
    expect(server.quarantine).toEqual([])
  })

  it('takes back what it still holds', async () => {
    const { device, world } = await opened()
    const handedIn = watch(device.handedIn)
    const [held] = handedIn().filter((it) => it.heldUntil !== null)
    if (!held) throw new Error('nothing is held')
    await device.takeBack(held)
    world.goOnline()
    await clock.until('handed in', () => handedIn().every((it) => it.fate === 'team'))
    expect([...server.records.values()].map((it) => it.f.words)).not.toContain(SAID.held)
  })
})

it.runIf(process.env.EARSHOT_FIXTURE)('writes the phone of this version', async () => {
  const close = openKeys()
  server.put('service', SERVICE, { name: 'Station Road exchange', kind: 'needle_exchange', active: true }, ['team'])
  const { device, world } = await enrolled('volunteer')
  close()
  const handedIn = watch(device.handedIn)
  const visit = device.newId('visit')
  await device.save([view(device, SAID.before)])
  await device.save([{ c: 'visit', r: visit, set: { service: SERVICE, method: 'nxc', status: 'running', spoken: 3 } }], { about: { spoken: 3 } })
  await clock.until('handed in', () => handedIn().every((it) => it.fate === 'team'))
  world.goOffline()
  for (const words of SAID.without) await device.save([view(device, words)])
  await device.save([{ c: 'visit', r: visit, set: { spoken: 4 } }], { about: { spoken: 4 } })
  await device.save([view(device, SAID.held)], { hold: 5 })
  await device.draft.keep(DRAFT)
  await device.pocket.keep(POCKET)
  await shut(device)
  const phone = await dump(world.database)
  const { publicKey, privateKey } = server.keys
  const earlier: Earlier = { phone, server: { snapshot: server.snapshot(), keys: { publicKey: await keyText(publicKey), privateKey: await keyText(privateKey) } } }
  const file = new URL(`${phone.version}.json`, FOLDER)
  expect(existsSync(file), `${phone.version}.json is kept as it is`).toBe(false)
  writeFileSync(file, `${JSON.stringify(earlier, null, 1)}\n`)
})
