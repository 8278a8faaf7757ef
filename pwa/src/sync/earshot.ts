/**
 * A whole device, behind the one door that screens know (types.ts): identity, outbox, replica and line, joined.
 */
import { Connection, type Touch } from './connection'
import { Conversation } from './conversation'
import { enrol, newKeys, Tokens } from './identity'
import { newId } from './ids'
import type { Kinds } from './kinds'
import type { Unlocked } from './ending'
import { asRecorded, current, newLife, turn } from './lives'
import { Value } from './live'
import { lockJson, newLock, unlockJson } from './lock'
import { Outbox } from './outbox'
import { newReceipt } from './receipt'
import { Replica, type Stored } from './replica'
import { saidBefore } from './saying'
import { ShownRecords } from './shown'
import { lineOf } from './standing'
import { NOTHING_READ, Store, type Life, type Keepsake, type LifeState, type Row } from './store'
import { Tabs, type Tell } from './tabs'
import { fetched, isTrouble, trouble } from './trouble'
import type { Change, Earshot, HandedIn, Json, Line, Live, LookedUp, Me, Rec } from './types'
import { pause, type World } from './world'

const TRY_AGAIN = 60_000
/** What is seldom needed. */
const overHttp = () => fetched(import('./over-http'))

/** Everything that goes with one live identity. */
interface Self {
  life: Life
  lock: CryptoKey
  outbox: Outbox
  replica: Replica
  tokens: Tokens
}

export class EarshotDevice implements Earshot {
  readonly me = new Value<Me | null>(null)
  readonly line = new Value<Line>({ kind: 'no-signal', waiting: 0, last: null })
  readonly persisted = new Value<boolean | null>(null)
  readonly handedIn = new Value<HandedIn[]>([])
  readonly complete = new Value(false)

  /** Whether what is kept here lies under a PIN that was not said: then this opens nothing and has no line (locked.ts). */
  locked = false

  readonly #world: World
  readonly #kinds: Kinds
  readonly #store: Store
  readonly #tabs: Tabs
  readonly #records: ShownRecords
  #self: Self | null = null
  #lives: Life[] = []
  /** What was here was revoked and wiped: that is said until somebody joins again. */
  #wasEnded = false
  #connection: Connection | null = null
  /** Aborted when this browser becomes somebody else. */
  #span = new AbortController()
  #becoming: Promise<void> = Promise.resolve()
  #touch: Touch = 'off'
  #talk: Conversation | null = null
  #together = new Date(0)
  #unlocked: Unlocked = new Map()
  #resting: Promise<boolean> = Promise.resolve(true)
  /** What reads or writes segments goes one after the other. */
  #queue: Promise<unknown> = Promise.resolve()
  /** Another tab has the line and says how it stands. */
  #following = false
  #showing = false
  #stopShowing: () => void = () => undefined
  #closed = false

  private constructor(world: World, kinds: Kinds) {
    this.#world = world
    this.#kinds = kinds
    this.#store = new Store(world)
    this.#tabs = new Tabs(world)
    this.#records = new ShownRecords(world, kinds)
  }

  static async open(world: World, kinds: Kinds): Promise<EarshotDevice> {
    const device = new EarshotDevice(world, kinds)
    await device.#become()
    if (device.locked) return device
    device.#tabs.onTell = (tell) => void device.#told(tell)
    device.#tabs.tell({ tell: 'who' })
    device.#tabs.lead((signal) => device.#lead(signal))
    world.watch((what) => {
      if (what === 'online') device.#connection?.online()
      if (what === 'visible') device.#connection?.poke()
      if (what === 'offline') device.#connection?.offline()
    })
    return device
  }

  /** Lets go of the line and the database: for tests, and for nobody else. */
  async close(): Promise<void> {
    this.#closed = true
    this.#span.abort()
    this.#stopShowing()
    this.#tabs.close()
    await this.#queue.catch(() => undefined)
    await this.#store.close()
  }

  // Who we are

  async enrol(code: string, deviceName: string): Promise<Me> {
    if (this.#self && this.#self.life.state === 'live') throw trouble('already_enrolled')
    const before = this.#self?.life ?? null
    // A phone that the server has forgotten comes back with the key it has, so that what it sealed still opens.
    const keys = before?.state === 'unknown' ? before.keys : await newKeys()
    const { me, intake, epoch } = await enrol(this.#world, keys, code, deviceName.trim().normalize('NFC'))
    const held = await this.#store.lock()
    const key = held ?? (await newLock())
    const known = before?.state === 'unknown' ? before : null
    const own = { device: me.device, keys, intake, me: await lockJson(key, 'me', me as unknown as Json, this.#world.random) }
    const life = newLife(own, known, this.#lives, this.#world.now())
    const sameMember = this.me.now?.member === me.member
    await this.#become(() =>
      this.#store.write(['lives', 'segments', 'single'], 'strict', async (tx) => {
        const fresh = await tx.get('lives', life.life)
        await tx.put('lives', { ...life, next: fresh?.next ?? life.next })
        if (!held) await tx.put('single', key, 'lock')
        await tx.delete('single', 'ended')
        if (known && sameMember) return
        await tx.clear('segments')
        await tx.put('single', { ...NOTHING_READ, epoch }, 'reading')
      }),
    )
    this.#tabs.tell({ tell: 'life' })
    void this.askToKeep()
    return me
  }

  async askToKeep(): Promise<boolean | null> {
    const granted = await this.#world.persist()
    this.persisted.set(granted)
    return granted
  }

  async erase(): Promise<void> {
    const self = this.#self
    if (!self) return
    const { leave } = await overHttp()
    await this.#become(() => leave(this.#store, this.#world, self.life))
    this.#tabs.tell({ tell: 'life' })
  }

  /** Ends what runs, changes who this browser is, and starts anew from what stands on disk then. */
  #become(change: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const became = this.#becoming.then(async () => {
      this.#span.abort()
      this.#connection = this.#talk = null
      this.#touch = 'off'
      await this.#queue.catch(() => undefined)
      await change().finally(() => this.#read())
      this.#span = new AbortController()
    })
    this.#becoming = became.catch(() => {
      this.#span = new AbortController()
    })
    return became
  }

  async #read(): Promise<void> {
    await this.#readLives()
    const life = current(this.#lives)
    const key = life?.me ? await this.#store.lock() : null
    if (!life?.me || !key) {
      this.locked = Boolean(life?.me)
      this.#self = null
      this.#records.from(null)
      this.me.set(null)
      this.handedIn.set([])
      this.complete.set(false)
      this.#setLine()
      return
    }
    const me = (await unlockJson(key, 'me', life.me)) as unknown as Me
    const outbox = await Outbox.open(this.#store, this.#world, this.#kinds, key, life, me)
    const replica = new Replica(this.#store, this.#world, this.#kinds, key)
    const self: Self = { life, lock: key, outbox, replica, tokens: new Tokens(this.#world, life.keys, life.device) }
    outbox.onChange = (touched, here) => this.#outboxChanged(touched, here)
    this.#self = self
    this.#records.from({ outbox, replica, member: me.member })
    this.me.set(me)
    this.complete.set(false)
    this.#show()
    void this.#queued(async () => {
      await replica.load((read) => this.#readNow(self, read))
      if (this.#self !== self) return
      this.complete.set(replica.reading.whole)
    })
  }

  async #readLives(): Promise<void> {
    this.#lives = await this.#store.lives()
    this.#wasEnded = this.#lives.some((it) => it.state === 'ended') || (await this.#store.ended())
  }

  // The line

  /** What the tab that has the line does, as long as it has it. */
  async #lead(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#becoming
      this.#following = false
      if (signal.aborted || this.#closed) return
      const span = this.#span
      // AbortSignal.any would do, but an iPhone has it from iOS 17.4 on only.
      const turn = new AbortController()
      const over = (): void => turn.abort()
      for (const it of [signal, span.signal]) it.addEventListener('abort', over, { signal: turn.signal })
      const finished = await this.#turn(turn.signal).catch((cause: unknown) => {
        // Storage that fails now may not fail in a minute; the line is not given up for it.
        if (isTrouble(cause)) return false
        throw cause
      })
      if (this.#span === span) await pause(this.#world, finished ? null : TRY_AGAIN, turn.signal)
      over()
    }
  }

  /** Keeps the line until it is over, then hands in what is left of others; true when there is nothing more to do. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    const self = this.#self
    if (self) {
      await this.#queued(() => self.replica.loadForWriting((read) => this.#readNow(self, read)))
    }
    if (self && this.#self === self && (self.life.state === 'live' || self.life.state === 'unknown')) await this.#connect(self, signal)
    return signal.aborted || (await this.#handInRests())
  }

  async #connect(self: Self, signal: AbortSignal): Promise<void> {
    const { outbox, replica, tokens } = self
    await outbox.refresh()
    const talk = new Conversation({
      world: this.#world,
      store: this.#store,
      outbox,
      replica,
      tokens,
      persisted: () => this.persisted.now === true,
      onStored: (stored) => this.#pageStored(self, stored),
      onWelcome: () => {
        this.#together = new Date(this.#world.now())
        if (self.life.state === 'unknown') void this.#turned(self, 'live')
      },
    })
    this.#talk = talk
    void this.askToKeep()
    const connection = new Connection(
      talk,
      {
        onTouch: (touch) => {
          this.#touch = touch
          this.#setLine()
        },
        onUnknown: () => this.#turned(self, 'unknown'),
        onCopied: () => this.#turned(self, 'copied'),
        onWiped: () => this.#wiped(self),
      },
      signal,
    )
    this.#connection = connection
    // Identities that are over hand in their rest beside the one that lives.
    void this.#handInRests()
    try {
      await connection.run()
    } finally {
      if (this.#connection === connection) this.#connection = null
      if (this.#touch === 'on') this.#touch = 'off'
      this.#setLine()
    }
  }

  /**
   * The server will not take this device as it is: a new code is needed, and nothing is lost. One that it did not know
   * asks again at each start: a server that was started on the wrong data will know it again.
   */
  async #turned(self: Self, state: LifeState): Promise<void> {
    await turn(this.#store, self.life, state, this.#world.now())
    await this.#readLives()
    self.life = { ...self.life, state }
    this.#setLine()
  }

  async #wiped(self: Self): Promise<void> {
    const { wipe } = await overHttp()
    await this.#become(async () => {
      this.#unlocked = await wipe(this.#store, this.#world, self.outbox.life, self.lock)
    })
    this.#tabs.tell({ tell: 'life' })
  }

  /** Hands in what identities that are over still hold; true when none has anything left. */
  #handInRests(): Promise<boolean> {
    const finished = this.#resting.catch(() => false).then(() => this.#handIn())
    this.#resting = finished
    return finished
  }

  async #handIn(): Promise<boolean> {
    await this.#readLives()
    if (this.#lives.every((it) => it.state === 'live' || it.state === 'unknown')) return true
    const { handInFormer } = await overHttp()
    const unlocked = this.#unlocked
    this.#unlocked = new Map()
    const finished = await handInFormer({
      store: this.#store,
      world: this.#world,
      unlocked,
      sayAgain: () => {
        const self = this.#self
        return self?.life.state === 'live' ? (row, text) => this.#sayAgain(self, row, text) : null
      },
      done: async (life) => {
        if (this.#self?.life.life === life) await this.#self.outbox.refresh()
      },
    })
    await this.#readLives()
    this.#setLine()
    return finished
  }

  /** What was said in plain under a copied key, and is not with the server, is said under the new one. */
  async #sayAgain(self: Self, row: Row, text: string): Promise<void> {
    const { change, at, base } = saidBefore(text)
    await self.outbox.save([change], () => base, { again: { at, row: [row.life, row.n] } })
    this.#connection?.poke()
  }

  #readNow(self: Self, read: { c: string; r: string }[] | null): void {
    if (this.#self !== self) return
    if (read) this.#records.touched(read, 'leisure')
    else this.#records.all()
  }

  #pageStored(self: Self, stored: Stored): void {
    if (this.#self !== self) return
    this.#records.touched(stored.touched, self.replica.reading.whole ? 'once' : 'leisure')
    this.complete.set(self.replica.reading.whole)
    this.#tabs.tell({ tell: 'segments', put: stored.put, gone: stored.gone, whole: self.replica.reading.whole })
    const me = this.me.now
    if (me && stored.touched.some(({ r }) => r === me.member)) void this.#seen(self, me)
  }

  /** Our own name or role may have been changed. */
  async #seen(self: Self, me: Me): Promise<void> {
    const now = asRecorded(me, self.replica.get('member', me.member)?.f)
    if (now.name === me.name && now.role === me.role) return
    const locked = await lockJson(self.lock, 'me', now as unknown as Json, this.#world.random)
    await this.#store.write(['lives'], 'relaxed', async (tx) => {
      const fresh = await tx.get('lives', self.life.life)
      if (fresh?.me) await tx.put('lives', { ...fresh, me: locked })
    })
    if (this.#self !== self) return
    self.outbox.me = now
    this.me.set(now)
  }

  // Other tabs

  async #told(tell: Tell): Promise<void> {
    const self = this.#self
    if (tell.tell === 'life') await this.#become()
    else if (tell.tell === 'locked') this.#world.locked?.()
    else if (tell.tell === 'line' && !this.#tabs.leads) {
      this.#following = true
      this.line.set(tell.line)
    } else if (tell.tell === 'who' && this.#tabs.leads) this.#tabs.tell({ tell: 'line', line: this.line.now })
    else if (tell.tell === 'rows' && self) {
      await self.outbox.refresh()
      this.#connection?.poke()
    } else if (tell.tell === 'segments' && self && !this.#tabs.leads) {
      await this.#queued(async () => {
        this.#records.touched(await self.replica.follow(tell.put, tell.gone))
        this.complete.set(tell.whole)
      })
    }
  }

  // What is shown

  #outboxChanged(touched: { c: string; r: string }[], here: boolean): void {
    this.#records.touched(touched)
    if (here) this.#tabs.tell({ tell: 'rows' })
    if (this.#showing) return
    this.#showing = true
    this.#stopShowing = this.#world.after(0, () => {
      this.#showing = false
      this.#show()
    })
  }

  #show(): void {
    this.handedIn.set(this.#self?.outbox.handedIn() ?? [])
    this.#setLine()
  }

  #setLine(): void {
    // Of the line itself only the tab that has it knows.
    if (this.#self?.life.state === 'live' && this.#following) return
    const line = lineOf({
      state: this.#self?.life.state ?? null,
      outbox: this.#self?.outbox ?? null,
      touch: this.#touch,
      heard: this.#talk?.heardAt ?? 0,
      together: this.#together,
      ended: this.#wasEnded,
    })
    const before = this.line.now
    if (JSON.stringify(line) === JSON.stringify(before)) return
    this.line.set(line)
    if (this.#tabs.leads) this.#tabs.tell({ tell: 'line', line })
  }

  #queued<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.catch(() => undefined).then(work)
    this.#queue = next
    next.catch((cause: unknown) => {
      if (!this.#closed && !isTrouble(cause)) throw cause
    })
    return next
  }

  // What screens ask for

  records(collection: string): Live<Rec[]> {
    return this.#records.list(collection)
  }

  record(collection: string, id: string): Live<Rec | undefined> {
    return this.#records.one(collection, id)
  }

  async save(changes: Change[], options: Parameters<Earshot['save']>[1] = {}): Promise<HandedIn[]> {
    const self = this.#mustBe()
    // While the replica is being read a record that is held may look like one that was never received.
    if (changes.some(({ c, r }) => !self.replica.get(c, r))) await self.replica.loaded
    for (const change of changes) this.#mustFit(self, change)
    const saved = await self.outbox.save(changes, (c, r) => self.replica.version(c, r), options)
    this.#show()
    this.#connection?.poke()
    return saved
  }

  async takeBack(item: HandedIn): Promise<void> {
    const self = this.#mustBe()
    if (!(await self.outbox.takeBack(item.n))) await this.save([{ c: item.c, r: item.r, withdraw: true }])
    this.#show()
    this.#connection?.poke()
  }

  async putAway(item: HandedIn): Promise<void> {
    await this.#mustBe().outbox.putAway(item.n)
    this.#show()
  }

  rescue(): Promise<string> {
    return this.#mustBe().outbox.rescue()
  }

  newId(collection: string): string {
    return newId(collection, this.#world.now(), this.#world.random)
  }

  newReceipt(): string {
    return newReceipt(this.#world.random)
  }

  async lookUp(receipt: string): Promise<LookedUp> {
    const { lookUp } = await overHttp()
    return this.speak((world, access) => lookUp(world, access, receipt))
  }

  async speak<T>(call: (world: World, access: string) => Promise<T>): Promise<T> {
    return call(this.#world, await this.#mustBe().tokens.access())
  }

  drafting(): Promise<boolean> {
    return this.#store.drafting()
  }

  readonly draft = this.#kept('draft', 'relaxed')
  readonly pocket = this.#kept('pocket', 'strict')
  readonly owed = this.#kept('owed', 'strict')

  /** One JSON value of a screen's own, encrypted under the device's lock. */
  #kept(key: Keepsake, durability: 'relaxed' | 'strict'): Earshot['draft'] {
    return {
      load: async () => {
        const [box, lock] = [await this.#store.single(key), await this.#store.lock()]
        if (!box || !lock) return null
        return unlockJson(lock, key, box).catch(() => null)
      },
      keep: async (value) => {
        const { lock } = this.#mustBe()
        const box = value === null ? null : await lockJson(lock, key, value, this.#world.random)
        await this.#store.write(['single'], durability, async (tx) => {
          if (box) await tx.put('single', box, key)
          else await tx.delete('single', key)
        })
      },
    }
  }

  /** Nothing gets a number that the server could only refuse for its form. */
  #mustFit(self: Self, change: Change): void {
    if (change.withdraw) return
    const making = self.replica.version(change.c, change.r) === 0 && !self.outbox.over(change.c, change.r).length
    const unfit = this.#kinds.unfit(change, making)
    if (unfit) throw Object.assign(trouble(unfit.code), { field: unfit.field })
  }

  #mustBe(): Self {
    if (!this.#self) throw trouble('not_enrolled')
    return this.#self
  }
}
