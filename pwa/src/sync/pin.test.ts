/** A phone under a PIN: what lies open, what is taken, what comes back when it is said, and what nobody finds. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { clock, enrolled, everything, kinds, now, only, SERVICE, server, shut, start, view, WORDS } from './device.test-support'
import type { EarshotDevice } from './earshot'
import { leave } from './ending'
import type { FakeWorld } from './fake-world.test-support'
import { current } from './lives'
import { LockedEarshot } from './locked'
import { changePin, choosePin, ERASES_AFTER, pinTries, sayPin, weakness } from './pin'
import { keepReady, readyOf, type Begun } from './ready'
import { Store } from './store'
import type { Change, Me, Rec } from './types'

const PIN = '407162'
const VISIT: Begun = { r: '01890a5d-ac96-774b-bcce-b302099a8abc', service: SERVICE, method: 'nxc' }
const THEME: Rec = { c: 'theme', r: '01890a5d-ac96-774b-bcce-b302099a8002', v: 3, f: { code: 'T04', name: 'Equipment', definition: 'long' }, k: {} }

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const it of opened.splice(0)) await it.close()
})

function storeOf(world: FakeWorld): Store {
  const store = new Store(world)
  opened.push(store)
  return store
}

/** Gives the phone a PIN, and leaves it locked. */
async function pinned(device: EarshotDevice, world: FakeWorld, visit: Begun | null = VISIT): Promise<void> {
  const ready = readyOf(device.me.now as Me, [THEME], visit)
  await shut(device)
  await choosePin(storeOf(world), world, PIN, ready)
}

async function locked(world: FakeWorld): Promise<LockedEarshot> {
  const device = await LockedEarshot.open(world, kinds)
  if (!device) throw new Error('there is no PIN here')
  opened.push(device)
  return device
}

async function closeLocked(device: LockedEarshot): Promise<void> {
  opened.splice(opened.indexOf(device), 1)
  await device.close()
}

async function unlocked(world: FakeWorld): Promise<EarshotDevice> {
  world.key = await sayPin(storeOf(world), world, PIN)
  return start(world)
}

function lockAgain(world: FakeWorld): void {
  world.key = undefined
}

const together = (device: EarshotDevice) => clock.until('together', () => device.line.now.kind === 'together')
const codeOf = (cause: unknown): string => (cause as { code: string }).code

describe('choosing a PIN', () => {
  it('keeps everything, under a key that lies nowhere', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)], { hold: 5, about: { method: 'conv' } })
    await device.draft.keep({ words: 'half a sentence' })
    await device.pocket.keep({ cards: ['PINE-RIVER-LAMP-42'] })
    await pinned(device, world)
    expect(await storeOf(world).single('lock')).toBeNull()
    expect((await start(world)).locked).toBe(true)

    const again = await unlocked(world)
    expect(again.me.now?.name).toBe(device.me.now?.name ?? 'Ash')
    expect(await again.draft.load()).toEqual({ words: 'half a sentence' })
    expect(await again.pocket.load()).toEqual({ cards: ['PINE-RIVER-LAMP-42'] })
    expect(only(again.handedIn.now)).toMatchObject({ fate: 'here', about: { method: 'conv' } })
    await again.takeBack(only(again.handedIn.now))
    expect(again.handedIn.now).toEqual([])
  })

  it('locks a desk’s plain ops and its replica anew, and both go on', async () => {
    const { device, world } = await enrolled('coordinator')
    const theme = device.newId('theme')
    await device.save([{ c: 'theme', r: theme, set: { code: 'X1', name: 'Parking' } }])
    await clock.until('acked', () => device.handedIn.now.every((it) => it.fate === 'team') && server.records.size === 1)
    await clock.until('read', () => now(device.records('theme')).some((it) => it.v > 0))
    world.goOffline()
    await device.save([{ c: 'theme', r: theme, set: { name: 'Hours' } }])
    await pinned(device, world)
    const again = await unlocked(world)
    await clock.until('loaded', () => now(again.records('theme')).length === 1)
    expect(now(again.record('theme', theme))?.f.name).toBe('Hours')
    world.goOnline()
    await clock.until('handed in', () => only([...server.records.values()]).f.name === 'Hours')
  })

  it('what another tab keeps meanwhile is handed in all the same', async () => {
    const { device, world } = await enrolled('volunteer')
    const tab = await start(world.tab())
    const chosen = choosePin(storeOf(world), world, PIN, readyOf(device.me.now as Me, [], null))
    await tab.save([view(tab)], { about: { method: 'conv' } })
    await chosen
    await shut(device)
    await shut(tab)
    await unlocked(world)
    await clock.until('handed in', () => server.records.size === 1)
  })

  it.each([
    ['123456', 'row'], ['987654', 'row'], ['111111', 'row'], ['864208', 'row'], ['121212', 'row'], ['407407', 'row'],
    ['40716', 'short'], ['4071a2', 'letters'], ['121985', 'year'], ['198504', 'year'], ['12041985', 'year'],
    [PIN, null], ['40716283', null],
  ])('%s: %s', (pin, why) => expect(weakness(pin)).toBe(why))
})

describe('a locked phone', () => {
  it('takes a view, hands it in, and shows what it took, and nothing from before', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device, 'Said before')])
    await pinned(device, world)
    const shutUp = await locked(world)
    expect(shutUp.handedIn.now).toEqual([])
    expect(shutUp.line.now).toMatchObject({ kind: 'no-signal', waiting: 1 })
    expect(now(shutUp.records('theme'))).toEqual([{ ...THEME, f: { code: 'T04', name: 'Equipment' } }])
    expect(only(now(shutUp.records('visit'))).f).toMatchObject({ service: SERVICE, status: 'running' })
    const [item] = await shutUp.save([view(device, 'Said while locked')], { about: { method: 'nxc' } })
    expect(item).toMatchObject({ fate: 'here', about: { method: 'nxc' } })
    world.goOnline()
    await clock.until('handed in', () => server.records.size === 2)
    await clock.until('shown', () => only(shutUp.handedIn.now).fate === 'team')
    expect(shutUp.line.now.kind).toBe('together')
    await closeLocked(shutUp)
    const again = await unlocked(world)
    await together(again)
    expect(again.handedIn.now.map((it) => [it.fate, it.about])).toEqual([['team', { }], ['team', { method: 'nxc' }]])
    expect(server.seq).toBe(2)
  })

  it('holds what may be taken back, and lets it go in time', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const shutUp = await locked(world)
    const [first] = await shutUp.save([view(device, 'First')], { hold: 5 })
    await shutUp.save([view(device, 'Second')], { hold: 5 })
    if (first) await shutUp.takeBack(first)
    await clock.pass(60_000, 5_000)
    expect(server.records.size).toBe(0)
    await clock.until('gone', () => server.records.size === 1, 5_000)
    expect(only([...server.records.values()]).f.words).toBe('Second')
  })

  it('hands in what was held though nobody opens it again: by the next full hour', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const shutUp = await locked(world)
    world.goOffline()
    await shutUp.save([view(device)], { hold: 5 })
    await closeLocked(shutUp)
    world.online = true
    const { handInAlone } = await import('./alone')
    expect(await handInAlone(world)).toBe(false)
    await clock.pass(3_600_000 + 300_000, 60_000)
    expect(await handInAlone(world)).toBe(true)
    expect(server.records.size).toBe(1)
  })

  it('takes a way out, and it ends the hold of what was before it', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const shutUp = await locked(world)
    await shutUp.save([view(device)], { hold: 5 })
    const at = new Date(clock.now()).toISOString()
    await shutUp.save([{ c: 'escalation', r: shutUp.newId('escalation'), set: { kind: 'risk', at, told: 'nobody', service: SERVICE } }])
    await clock.until('handed in', () => server.records.size === 2)
  })

  it('what was written and counted comes back when the PIN is said', async () => {
    const { device, world } = await enrolled('volunteer')
    await device.draft.keep({ words: 'before' })
    await pinned(device, world)
    const shutUp = await locked(world)
    await shutUp.draft.keep({ words: 'They sh' })
    await shutUp.draft.keep({ words: 'They shut' })
    expect(await shutUp.draft.load()).toEqual({ words: 'They shut' })
    await shutUp.save([{ c: 'visit', r: VISIT.r, set: { declined: 1 } }])
    await closeLocked(shutUp)
    // The phone was put away with a view begun; another is begun the next time.
    const later = await locked(world)
    expect(await later.draft.load()).toBeNull()
    await later.draft.keep({ words: 'Another' })
    await later.draft.keep(null)
    await closeLocked(later)
    const again = await unlocked(world)
    expect(await again.draft.load()).toEqual({ words: 'before' })
    expect(await again.owed.load()).toEqual([{ draft: { words: 'They shut' } }, { taps: { visit: VISIT.r, set: { declined: 1 } } }])
    lockAgain(world)
    await shut(again)
    const third = await locked(world)
    await third.save([{ c: 'visit', r: VISIT.r, set: { declined: 1 } }])
    await closeLocked(third)
    expect(await (await unlocked(world)).owed.load()).toHaveLength(3)
  })

  it('does nothing that needs the PIN', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const shutUp = await locked(world)
    for (const asked of [shutUp.lookUp(), shutUp.rescue(), shutUp.erase(), shutUp.speak(), shutUp.enrol(), shutUp.pocket.keep(null)]) {
      expect(await asked.catch(codeOf)).toBe('locked')
    }
  })

  it('is wiped where it was revoked, and what is sealed is handed in still', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const shutUp = await locked(world)
    world.online = false
    await shutUp.save([view(device)])
    only([...server.devices.values()]).revoked = true
    let gone = 0
    shutUp.onGone = () => gone++
    world.goOnline()
    await clock.until('gone', () => gone > 0)
    await closeLocked(shutUp)
    const after = await start(world)
    expect([after.locked, after.me.now]).toEqual([false, null])
    await clock.until('handed in', () => server.quarantine.length === 1)
    expect((await everything(world.database)).includes('Equipment')).toBe(false)
  })

  it('tells whoever has it in hand nothing: no word, no name, no count, no time', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    const started = '2026-11-24T09:12:34.000Z'
    await device.save([{ c: 'visit', r: VISIT.r, set: { service: SERVICE, method: 'nxc', status: 'running', started } }], { about: { started, spoken: 7 } })
    await device.save([view(device)], { hold: 5 })
    await device.draft.keep({ words: 'half of something private' })
    const name = device.me.now?.name ?? ''
    expect(name).not.toBe('')
    await pinned(device, world)
    const shutUp = await locked(world)
    clock.advance(12_345)
    await shutUp.save([view(device, 'Said while locked')], { hold: 5 })
    await shutUp.draft.keep({ words: 'begun while locked' })
    await closeLocked(shutUp)
    const found = await everything(world.database)
    for (const it of [WORDS, 'Said while locked', 'something private', 'begun', name, '09:12', '"spoken"', 'half of']) expect([it, found.includes(it)]).toEqual([it, false])
    // Of every number that could be a time, none tells more than the hour.
    const times = [...found.matchAll(/(?<![\d.])1[78]\d{11}(?!\d)/g)].map(([it]) => Number(it))
    expect(times.length).toBeGreaterThan(0)
    expect(times.filter((it) => it % 3_600_000 !== 0)).toEqual([])
  })
})

describe('saying the PIN', () => {
  it('slows down after wrong tries, counts each before it is made, and ends in erasing', async () => {
    const { device, world } = await enrolled('volunteer')
    world.goOffline()
    await device.save([view(device)])
    await pinned(device, world)
    const store = storeOf(world)
    const waits: number[] = []
    for (let wrong = 1; wrong <= ERASES_AFTER; wrong++) {
      expect(await sayPin(store, world, '000001').catch(codeOf)).toBe(wrong === ERASES_AFTER ? 'pin_erases' : 'pin_wrong')
      const tries = await pinTries(store, world)
      expect(tries?.left).toBe(ERASES_AFTER - wrong)
      const wait = tries?.until ? tries.until.getTime() - clock.now() : 0
      waits.push(wait / 1000)
      if (wait > 0) expect(await sayPin(store, world, PIN).catch(codeOf)).toBe('pin_wait')
      clock.advance(wait)
    }
    expect(waits).toEqual([0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900])
    const life = current(await store.lives())
    if (life) await leave(store, world, life)
    expect((await start(world)).me.now).toBeNull()
    world.goOnline()
    await clock.until('handed in', () => server.quarantine.length + server.records.size === 1)
  })

  it('forgets wrong tries once it is right, and a clock that was put back holds nobody off', async () => {
    const { device, world } = await enrolled('volunteer')
    await pinned(device, world)
    const store = storeOf(world)
    for (let wrong = 1; wrong <= 4; wrong++) await sayPin(store, world, '000001').catch(codeOf)
    expect((await pinTries(store, world))?.until).not.toBeNull()
    world.skew = -86_400_000
    expect((await pinTries(store, world))?.until).toBeNull()
    await sayPin(store, world, PIN)
    expect(await pinTries(store, world)).toEqual({ wrong: 0, left: ERASES_AFTER, until: null })
  })

  it('another PIN opens the same, and the old one does no more', async () => {
    const { device, world } = await enrolled('volunteer')
    await device.draft.keep({ words: 'half' })
    await pinned(device, world)
    const store = storeOf(world)
    expect(await changePin(store, world, '000001', '555777').catch(codeOf)).toBe('pin_wrong')
    await changePin(store, world, PIN, '555777')
    expect(await sayPin(store, world, PIN).catch(codeOf)).toBe('pin_wrong')
    world.key = await sayPin(store, world, '555777')
    expect(await (await start(world)).draft.load()).toEqual({ words: 'half' })
  })

  it('a phone without one keeps nothing open', async () => {
    const { device, world } = await enrolled('volunteer')
    await keepReady(storeOf(world), readyOf(device.me.now as Me, [THEME], VISIT))
    expect(await storeOf(world).single('ready')).toBeNull()
    expect(await LockedEarshot.open(world, kinds)).toBeNull()
    expect(await sayPin(storeOf(world), world, PIN).catch(codeOf)).toBe('pin_none')
  })
})

/** Locking and unlocking at any time loses nothing that was saved, and doubles nothing. */
it('what was saved before, under and after a PIN is on the server once', async () => {
  const { device: first, world } = await enrolled('volunteer')
  await pinned(first, world)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('lock', 'unlock', 'save', 'save', 'offline', 'online', 'pass'), { minLength: 4, maxLength: 12 }), async (steps) => {
      const before = server.records.size
      let saved = 0
      let device: EarshotDevice | null = null
      let under: LockedEarshot | null = await LockedEarshot.open(world, kinds)
      const say = (to: { save(changes: Change[]): Promise<unknown>; newId(c: string): string }) => {
        saved++
        return to.save([{ c: 'view', r: to.newId('view'), set: { service: SERVICE, method: 'conv', kind: 'idea', share: 'team', words: `Number ${saved}` } }])
      }
      for (const step of [...steps, 'online', 'unlock']) {
        if (step === 'save') await say(device ?? (under as LockedEarshot))
        if (step === 'offline') world.goOffline()
        if (step === 'online') world.goOnline()
        if (step === 'pass') await clock.pass(5_000, 1_000)
        if (step === 'lock' && device) {
          await shut(device)
          lockAgain(world)
          device = null
          under = await LockedEarshot.open(world, kinds)
        }
        if (step === 'unlock' && under) {
          await under.close()
          under = null
          device = await unlocked(world)
        }
      }
      const last = device as unknown as EarshotDevice
      await clock.until('handed in', () => server.records.size - before === saved)
      await clock.until('known', () => last.handedIn.now.every((it) => it.fate === 'team'))
      await clock.pass(5_000, 1_000)
      expect(server.records.size - before).toBe(saved)
      await shut(last)
      lockAgain(world)
    }),
    { numRuns: 12, seed: 20261127 },
  )
}, 60_000)
