/** No store of a phone tells when somebody spoke: views are often sealed and handed in within the minute. */
import { openDB } from 'idb'
import { expect, it } from 'vitest'
import { clock, enrolled, only, server, shut, start, view } from './device.test-support'

const HOUR = 3_600_000

/** Every number in any store that could be a time of this year in milliseconds, finer than an hour. */
async function exactTimes(database: string): Promise<number[]> {
  const db = await openDB(database)
  const found: number[] = []
  const look = (it: unknown): void => {
    if (typeof it === 'number' && Math.abs(it - clock.now()) < 366 * 24 * HOUR && it % HOUR !== 0) found.push(it)
    else if (typeof it === 'object' && it !== null && !(it instanceof Uint8Array)) Object.values(it).forEach(look)
  }
  for (const name of Array.from(db.objectStoreNames)) (await db.getAll(name)).forEach(look)
  db.close()
  return found
}

it('no store holds a time finer than an hour: held, handed in, safe', async () => {
  const { device, world } = await enrolled('volunteer')
  await clock.pass(61_700, 100)
  await device.save([view(device)], { hold: 5 })
  expect(await exactTimes(world.database), 'while it is held').toEqual([])
  await clock.until('safe', () => server.records.size === 1 && device.handedIn.now.every((it) => it.fate === 'team' || it.fate === 'safe'), 1_000)
  expect(await exactTimes(world.database), 'once it is safe').toEqual([])
})

it('a hold ends at its minute also after a new start', async () => {
  const { device, world } = await enrolled('volunteer')
  world.goOffline()
  const { heldUntil } = only(await device.save([view(device)], { hold: 5 }))
  await clock.pass(60_000, 1_000)
  await shut(device)
  const again = await start(world)
  expect(only(again.handedIn.now).heldUntil).toEqual(heldUntil)
})
