/**
 * Generated histories: whatever happens to the line, the phone and the server in between, once it is quiet again
 * everything that was said is with the server exactly once, and everybody sees the same.
 */
import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { openDB } from 'idb'
import { it } from 'vitest'
import { collections, unfit, type Collections } from '../schema/schema'
import { EarshotDevice } from './earshot'
import { FakeServer } from './fake-server.test-support'
import { Clock, FakeWorld } from './fake-world.test-support'
import type { Kinds } from './kinds'
import type { Change, Live, Rec } from './types'

const kinds: Kinds = { fields: (c) => (collections as Collections)[c], field: (c, field) => (collections as Collections)[c]?.[field], unfit }
const SERVICE = '01890a5d-ac96-774b-bcce-b302099a8001'
const MATTER = '01890a5d-ac96-774b-bcce-b302099a8002'

type Step =
  | { do: 'say'; hold: 0 | 1 }
  | { do: 'take back'; which: number }
  | { do: 'hurry' }
  | { do: 'edit'; title: string }
  | { do: 'tag'; which: number; remove: boolean }
  | { do: 'offline' | 'online' | 'cut' | 'restart'; who: 'phone' | 'desk' }
  | { do: 'lose an answer' | 'be busy' | 'back up' | 'restore' | 'say in another tab' }
  | { do: 'wait'; ms: number }

const who = fc.constantFrom('phone' as const, 'desk' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('say' as const), hold: fc.constantFrom(0 as const, 1 as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take back' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'hurry' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), title: fc.constantFrom('One', 'Two', 'Three') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tag' as const), which: fc.nat(2), remove: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('offline' as const, 'online' as const, 'cut' as const, 'restart' as const), who }) },
  { weight: 3, arbitrary: fc.constantFrom('lose an answer' as const, 'be busy' as const, 'back up' as const, 'restore' as const, 'say in another tab' as const).map((it) => ({ do: it })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 2_000, 70_000) }) },
)

function now<T>(live: Live<T>): T {
  let held: T | undefined
  live.subscribe((it) => (held = it))()
  return held as T
}

class History {
  readonly clock = new Clock()
  readonly said = new Map<string, string>()
  readonly takenBack = new Set<string>()
  server!: FakeServer
  phone!: { device: EarshotDevice; world: FakeWorld }
  desk!: { device: EarshotDevice; world: FakeWorld }
  tab: EarshotDevice | null = null
  backup = ''

  async begin(seed: number): Promise<void> {
    this.server = await FakeServer.start(this.clock)
    this.phone = await this.#enrol('volunteer', seed)
    this.desk = await this.#enrol('coordinator', seed + 1)
    this.server.put('matter', MATTER, { title: 'Zero' })
    await this.clock.until('read', () => now(this.desk.device.record('matter', MATTER)) !== undefined)
    this.backup = this.server.snapshot()
  }

  async #enrol(role: string, seed: number): Promise<{ device: EarshotDevice; world: FakeWorld }> {
    const world = new FakeWorld(this.clock, this.server, seed)
    const device = await EarshotDevice.open(world, kinds)
    await device.enrol(this.server.invite(role), role)
    await this.clock.until('together', () => device.line.now.kind === 'together' && device.complete.now)
    return { device, world }
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'say':
        return this.#say(this.phone.device, step.hold)
      case 'say in another tab':
        this.tab ??= await EarshotDevice.open(this.phone.world.tab(), kinds)
        return this.#say(this.tab, 0)
      case 'take back': {
        const items = this.phone.device.handedIn.now.filter((it) => it.c === 'view' && it.does === 'make')
        const item = items[step.which % Math.max(1, items.length)]
        if (!item) return
        this.takenBack.add(item.r)
        return this.phone.device.takeBack(item)
      }
      case 'hurry':
        return void (await this.phone.device.save([{ c: 'escalation', r: this.phone.device.newId('escalation'), set: { kind: 'risk', told: 'nobody' } }]))
      case 'edit':
        return this.#change({ set: { title: step.title } })
      case 'tag': {
        const service = `01890a5d-ac96-774b-bcce-b302099a900${step.which}`
        return this.#change({ [step.remove ? 'remove' : 'add']: { services: [service] } })
      }
      case 'offline':
        return this[step.who].world.goOffline()
      case 'online':
        return this[step.who].world.goOnline()
      case 'cut':
        return this[step.who].world.cut()
      case 'restart': {
        const it = this[step.who]
        await it.device.close()
        it.device = await EarshotDevice.open(it.world, kinds)
        return
      }
      case 'lose an answer':
        this.server.loseAck = true
        return
      case 'be busy': {
        let left = 2
        this.server.trip = () => (left-- > 0 ? { error: { code: 'unavailable', retry_after: 1 } } : null)
        return
      }
      case 'back up':
        this.backup = this.server.snapshot()
        return
      case 'restore':
        return this.server.restore(this.backup)
      case 'wait':
        return this.clock.pass(step.ms, Math.max(100, step.ms / 20))
    }
  }

  /** As a person does, who changes only what is on the screen. */
  async #change(change: Partial<Change>): Promise<void> {
    if (now(this.desk.device.record('matter', MATTER))) await this.desk.device.save([{ c: 'matter', r: MATTER, ...change }])
  }

  async #say(device: EarshotDevice, hold: number): Promise<void> {
    const r = device.newId('view')
    const words = `What somebody said, ${this.said.size}`
    await device.save([{ c: 'view', r, set: { service: SERVICE, method: 'conv', share: 'words', words } }], { hold, about: { service: SERVICE } })
    this.said.set(r, words)
  }

  /** Everybody comes back, and nothing more happens. */
  async settle(): Promise<void> {
    this.server.loseAck = false
    this.phone.world.goOnline()
    this.desk.world.goOnline()
    const quiet = (device: EarshotDevice): boolean =>
      device.line.now.kind === 'together' && device.complete.now && device.handedIn.now.every((it) => it.fate !== 'here' && it.fate !== 'going')
    const same = (): boolean => this.#listed('view').every((it) => !it.pending) && JSON.stringify(this.#atDesk()) === JSON.stringify(this.#atServer())
    await this.clock.until('quiet', () => quiet(this.phone.device) && quiet(this.desk.device) && (!this.tab || quiet(this.tab)) && same(), 500)
  }

  #listed(c: string): Rec[] {
    return now(this.desk.device.records(c))
  }

  #atDesk(): unknown[] {
    return ['matter', 'view'].flatMap((c) => this.#listed(c).map((it) => [c, it.r, it.v, it.f.title ?? it.f.words, it.f.services ?? [], it.pending === true])).sort(byText)
  }

  #atServer(): unknown[] {
    const all = [...this.server.records.values()].filter((it) => !it.gone && (it.c === 'matter' || it.c === 'view'))
    return all.map((it) => [it.c, it.r, it.v, it.f.title ?? it.f.words, it.f.services ?? [], false]).sort(byText)
  }

  /** What must hold in the end. */
  async judge(): Promise<void> {
    const views = [...this.server.records.values()].filter((it) => it.c === 'view' && !it.gone)
    const expected = [...this.said].filter(([r]) => !this.takenBack.has(r))
    assertSame('views at the server', views.map((it) => [it.r, it.f.words]).sort(byText), expected.sort(byText))
    const looks = this.phone.device.handedIn.now.filter((it) => it.fate === 'look')
    assertSame('what needs a look', looks, [])
    const db = await openDB(this.phone.world.database)
    const decoder = new TextDecoder()
    for (const row of await db.getAll('outbox')) {
      const body = (row as { body: Uint8Array | null }).body
      if (body && decoder.decode(body).includes('What somebody said')) throw new Error('words can be read on the phone')
    }
    db.close()
  }

  async end(): Promise<void> {
    for (const device of [this.phone.device, this.desk.device, this.tab]) await device?.close()
  }
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

function assertSame(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`)
}

it('end with everything handed in once, and the same seen by all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 5, maxLength: 30 }), async (seed, steps) => {
      const history = new History()
      await history.begin(seed)
      try {
        for (const it of steps) await history.take(it)
        await history.settle()
        await history.judge()
      } finally {
        await history.end()
      }
    }),
    { numRuns: Number(process.env.EARSHOT_RUNS ?? 15) },
  )
}, 120_000)
