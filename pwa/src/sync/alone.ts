/**
 * Hands in what waits while no page is open: what the service worker does when the browser says that there is a network
 * (Background Sync). It goes over HTTP, with a hello that only pushes.
 *
 * It has the line (tabs.ts) as long as it works, so that two never push at once; where a tab has it, that tab hands in.
 * It only delivers. That an op went stands on disk before it goes, as ever; of the answers no more is kept than how far
 * the server is: the page that next has the line asks for each op's own again, and gets it as it was (`same`). A device
 * that was revoked it wipes, since a phone under a PIN may never again have a page that could. All else that wants more
 * than delivering is left to a page: a device that is not known or copied, an op that fails a frame, one that is locked,
 * or held back since nobody can tell when, where the lock is had with a PIN alone.
 */
import { fromUtf8, toUtf8 } from './bytes'
import { wipe } from './ending'
import { post, Tokens, type Answer } from './identity'
import { hourOf } from './lives'
import { unlock, unlockJson } from './lock'
import { heldUntil, place, voidText } from './row'
import type { Label } from './saying'
import { sealedOp } from './seal'
import { isCopied, markSent } from './sending'
import { MOST } from './session'
import { Store, type Life, type Row } from './store'
import { lineLock, tabsChannel, type Tell } from './tabs'
import { isTrouble } from './trouble'
import { envelope, readFault } from './twin'
import { readObject } from './wire'
import type { World } from './world'

/** Small frames: what breaks off on a bad line is not much. */
const FRAME = 128 * 1024
/** What a page has to see to: trying again by itself would change nothing. */
const FOR_A_PAGE = [400, 403, 409, 413]

interface Errand {
  world: World
  store: Store
  life: Life
  /** How many ops wait. */
  waiting: number
  /** What is not sealed is locked with it; null where it is not had without a PIN. */
  key: CryptoKey | null
}

interface Frame {
  ops: string[]
  last: number
  /** Numbers that go for the first time. */
  fresh: number[]
  /** What no frame goes beyond for now, where it ends before the last op. */
  before: 'held' | 'locked' | null
}

/**
 * Resolves true where there is nothing more to do without a page, false where it is worth trying again later. `asks`
 * wants the server asked though nothing waits: whether this device was revoked.
 */
export async function handInAlone(world: World, asks = false): Promise<boolean> {
  if (!world.locks) return true
  const store = new Store(world)
  const channel = world.channel(tabsChannel(world))
  const own = new AbortController()
  try {
    const life = (await store.lives()).at(-1)
    if (life?.state !== 'live') return true
    const waiting = (await store.rows(life.life, life.acked + 1)).filter((row) => row.body && !row.aside).length
    if (waiting === 0 && !asks) return true
    const errand: Errand = { world, store, life, waiting, key: await store.lock() }
    const done = await world.locks.request(lineLock(world), { ifAvailable: true }, (line) => line && run(errand, own.signal))
    channel?.postMessage({ tell: done === 'wiped' ? 'life' : 'rows' } satisfies Tell)
    return Boolean(done)
  } catch (cause) {
    // Nothing answered, the store failed, or a page has taken the line.
    return isTrouble(cause) && cause.code === 'unknown_device'
  } finally {
    own.abort()
    channel?.close()
    await store.close()
  }
}

async function run(errand: Errand, signal: AbortSignal): Promise<boolean | 'wiped'> {
  const { world, store, life, waiting } = errand
  const tokens = new Tokens(world, life.keys, life.device)
  const said = hello(world, waiting, (await world.persist()) === true)
  const say = async (ops: string[] | null): Promise<Answer> => post(world, '/v1/sync', envelope(said, ops), await tokens.access())
  // The first call pushes nothing: whether this device was copied has to be known before anything goes.
  const answer = await say(null)
  if (answer.ok && answer.body.wipe) {
    // What is not sealed a page would have tried once: without the PIN it can't be read.
    await wipe(store, world, life, errand.key)
    return 'wiped'
  }
  const welcome = answer.ok ? readObject(answer.body.welcome, 'welcome') : null
  if (welcome?.t !== 'welcome') return leftToPage(answer)
  const rows = await store.rows(life.life)
  if (isCopied(rows.map(({ body, ...row }) => ({ ...row, empty: body === null })), life.next, welcome)) return true
  if (welcome.acked >= life.acked) await keep(errand, welcome)
  for (let from = welcome.acked + 1; from < life.next; ) {
    const frame = await frameOf(errand, from)
    if (!frame.ops.length) return frame.before === 'locked'
    if (signal.aborted) return false
    if (!(await markSent(store, life.life, frame.fresh))) continue
    const answer = await say(frame.ops)
    const ack = answer.ok ? readObject(answer.body.ack, 'ack') : null
    if (ack?.t !== 'ack') return leftToPage(answer)
    await keep(errand, ack)
    if (ack.acked < frame.last) return false
    from = ack.acked + 1
  }
  return true
}

function hello(world: World, ops: number, persisted: boolean): { [key: string]: unknown } {
  const holds = { ops, oldest: null, persisted, trouble: null }
  return { app: world.app, schema: 1, epoch: null, now: new Date(world.now()).toISOString(), holds }
}

/** Whether what the server said instead is nothing that trying again would change. */
function leftToPage(answer: Answer): boolean {
  return !answer.ok && readFault(answer)?.retryAfter === null && FOR_A_PAGE.includes(answer.status)
}

/** Numbers follow each other; what is not held any more goes as a void. */
async function frameOf(errand: Errand, from: number): Promise<Frame> {
  const { store, life } = errand
  const end = Math.min(life.next, from + MOST.ops) - 1
  const rows = new Map((await store.rows(life.life, from, end)).map((row) => [row.n, row]))
  const frame: Frame = { ops: [], last: from - 1, fresh: [], before: null }
  let bytes = 0
  for (let n = from; n <= end; n++) {
    const row = rows.get(n)
    if (row && (await isHeld(errand, row))) return { ...frame, before: 'held' }
    if (row?.form === 'plain' && row.body && !row.aside && !errand.key) return { ...frame, before: 'locked' }
    const text = (row && (await textOf(errand, row))) ?? voidText(n)
    bytes += toUtf8(text).length + 1
    if (frame.ops.length && bytes > FRAME) break
    frame.ops.push(text)
    frame.last = n
    if (row?.body && !row.sent) frame.fresh.push(n)
  }
  return frame
}

async function isHeld({ world, key }: Errand, row: Row): Promise<boolean> {
  if (row.sent || row.held === 0) return false
  const label = key && row.label ? await unlockJson(key, `${place(row.life, row.n)}/label`, row.label).catch(() => null) : null
  const made = (label as unknown as Label | null)?.made
  // Where the PIN is unsaid nobody can read when it was made: a phone that is lost by then hands it in all the same.
  if (made === undefined && row.latest && row.latest <= world.now()) return false
  return heldUntil(row, made ?? world.now(), world.now()) !== null
}

async function textOf({ key }: Errand, row: Row): Promise<string | null> {
  if (!row.body || row.aside) return null
  if (row.form === 'sealed') return sealedOp(row.n, row.key, row.body)
  return key && unlock(key, place(row.life, row.n), row.body).then(fromUtf8, () => null)
}

async function keep({ world, store, life }: Errand, { acked, safe }: { acked: number; safe: number }): Promise<void> {
  await store.write(['lives'], 'strict', async (tx) => {
    const fresh = await tx.get('lives', life.life)
    if (fresh?.state === 'live') await tx.put('lives', { ...fresh, acked, safe, touched: hourOf(world.now()) })
  })
}
