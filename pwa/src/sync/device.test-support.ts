/** Devices for tests, with the server and the clock that they share; each test has its own. */
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { afterEach, beforeEach, expect } from 'vitest'
import { collections, unfit, type Collections } from '../schema/schema'
import { EarshotDevice } from './earshot'
import { FakeServer } from './fake-server.test-support'
import { Clock, FakeWorld } from './fake-world.test-support'
import type { Kinds } from './kinds'
import type { Change, Live } from './types'

export const kinds: Kinds = { fields: (c) => (collections as Collections)[c], field: (c, field) => (collections as Collections)[c]?.[field], unfit }
export const SERVICE = '01890a5d-ac96-774b-bcce-b302099a8001'
export const WORDS = 'They shut before I finish work'

export let clock: Clock
export let server: FakeServer
const open: EarshotDevice[] = []

beforeEach(async () => {
  clock = new Clock()
  server = await FakeServer.start(clock)
})
afterEach(async () => {
  for (const device of open.splice(0)) await device.close()
})

export async function start(world: FakeWorld): Promise<EarshotDevice> {
  const device = await EarshotDevice.open(world, kinds)
  open.push(device)
  return device
}

export async function enrolled(role: string, world = new FakeWorld(clock, server)): Promise<{ device: EarshotDevice; world: FakeWorld }> {
  const device = await start(world)
  await device.enrol(server.invite(role), 'My phone')
  await clock.until('together', () => device.line.now.kind === 'together' && device.complete.now)
  return { device, world }
}

export async function shut(device: EarshotDevice): Promise<void> {
  open.splice(open.indexOf(device), 1)
  await device.close()
}

export function now<T>(live: Live<T>): T {
  let held: T | undefined
  live.subscribe((it) => (held = it))()
  return held as T
}

/** Watches, so that lists are worked out as they are on a screen. */
export function watch<T>(live: Live<T>): () => T {
  let held: T | undefined
  live.subscribe((it) => (held = it))
  return () => held as T
}

export function view(device: EarshotDevice, words = WORDS): Change {
  return { c: 'view', r: device.newId('view'), set: { service: SERVICE, method: 'conv', kind: 'concern', share: 'words', words } }
}

export const only = <T>(list: readonly T[]): T => {
  expect(list).toHaveLength(1)
  return list[0] as T
}

export async function everything(database: string): Promise<string> {
  const db = await openDB(database)
  const seen: unknown[] = []
  for (const name of Array.from(db.objectStoreNames)) seen.push(...(await db.getAll(name)))
  db.close()
  const decoder = new TextDecoder()
  return JSON.stringify(seen, (_, it: unknown) => (it instanceof Uint8Array ? decoder.decode(it) + String.fromCharCode(...it) : it))
}
