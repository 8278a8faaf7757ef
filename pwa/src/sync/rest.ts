/**
 * Hands in what an identity that reads no more still holds: one that was revoked, erased by its owner, or copied
 * (protocol sections 6 and 8). It goes over HTTP, under its own key, in order of its numbers.
 */
import { Tokens, post } from './identity'
import { forgetLife, unlockedText, type Unlocked } from './ending'
import { isOver } from './lives'
import { sealedOp } from './seal'
import { MOST } from './session'
import type { Life, Row, Store } from './store'
import { envelope, readFault } from './twin'
import { isTrouble } from './trouble'
import { readObject, type Ack } from './wire'
import type { World } from './world'

const KEEP_TRYING = 35 * 86_400_000
/** Small frames: what breaks off on a bad line is not much. */
const FRAME = 128 * 1024
/** So often the server may say that it expects another number; then it is tried again later. */
const GAPS = 3

export interface Resting {
  store: Store
  world: World
  /** What plain ops are locked with; null where it is gone. */
  key: CryptoKey | null
  /** Texts of plain ops that are no longer on disk, by number: they are tried this once. */
  unlocked: Unlocked
  /** Says under the new key what was plain under a copied one and is not with the server; null where there is none. */
  sayAgain: ((row: Row, text: string) => Promise<void>) | null
}

interface Frame {
  ops: string[]
  first: number
  last: number
}

/** Resolves true when there is nothing more to do for this life; what is left is tried again later. */
export async function handInRest(resting: Resting, life: Life): Promise<boolean> {
  const { store, world } = resting
  if (isOver(life) && life.since + KEEP_TRYING < world.now()) {
    await forgetLife(store, life)
    return true
  }
  try {
    if (!(await handOver(resting, life))) return false
  } catch (cause) {
    if (isTrouble(cause)) return false
    throw cause
  }
  const left = (await store.rows(life.life, life.acked + 1)).some((row) => row.body)
  const replaced = (await store.lives()).at(-1)?.life !== life.life
  if (isOver(life) || (replaced && !left)) await forgetLife(store, life)
  return true
}

async function handOver(resting: Resting, life: Life): Promise<boolean> {
  const { store, world, unlocked } = resting
  const tokens = new Tokens(world, life.keys, life.device)
  const waiting = (await store.rows(life.life, life.acked + 1)).filter((row) => row.body)
  const last = Math.max(0, ...waiting.map((row) => row.n), ...unlocked.keys())
  /** Numbers whose op the server takes in no frame: they go as voids. */
  const never = new Set<number>()
  let from = life.acked + 1
  let singleUntil = 0
  let gaps = 0
  while (from <= last) {
    const frame = await nextFrame(resting, life, { from, last, never, single: from <= singleUntil })
    const answer = await post(world, '/v1/sync', envelope(hello(world, life, waiting.length), frame.ops), await tokens.access())
    const ack = answer.ok ? readObject(answer.body.ack, 'ack') : null
    const fault = readFault(answer)
    if (ack?.t === 'ack') {
      await answered(resting, life, ack, frame)
      from = frame.last + 1
    } else if (fault?.code === 'gap' && fault.expected !== null && fault.expected < from && ++gaps <= GAPS) from = fault.expected
    else if (!answer.ok && (answer.status === 400 || answer.status === 413) && !never.has(from)) {
      if (frame.first < frame.last) singleUntil = frame.last
      else never.add(from)
    } else return false
  }
  return true
}

function hello(world: World, life: Life, ops: number): { [key: string]: unknown } {
  const holds = { ops, oldest: null, persisted: false, trouble: life.state }
  const said = { app: world.app, schema: 1, epoch: null, now: new Date(world.now()).toISOString(), holds }
  return life.state === 'copied' ? { ...said, copied: true } : said
}

/** Numbers follow each other; what is not held any more goes as a void. */
async function nextFrame(resting: Resting, life: Life, which: { from: number; last: number; never: Set<number>; single: boolean }): Promise<Frame> {
  const { from, last, never, single } = which
  const end = Math.min(last, single ? from : from + MOST.ops - 1)
  const rows = new Map((await resting.store.rows(life.life, from, end)).map((row) => [row.n, row]))
  const ops: string[] = []
  let bytes = 0
  for (let n = from; n <= end; n++) {
    const text = (!never.has(n) && (await textOf(resting, n, rows.get(n)))) || JSON.stringify({ n, void: true })
    if (ops.length && bytes + text.length > FRAME) break
    ops.push(text)
    bytes += text.length
  }
  return { ops, first: from, last: from + ops.length - 1 }
}

async function textOf({ key, unlocked }: Resting, n: number, row: Row | undefined): Promise<string | null> {
  if (row?.body && row.form === 'sealed') return sealedOp(n, row.key, row.body)
  return unlocked.get(n) ?? (row && key ? unlockedText(row, key) : null)
}

/** What was answered is with the server, in its records or its quarantine, but for what was plain under a copied key. */
async function answered(resting: Resting, life: Life, ack: Ack, frame: Frame): Promise<void> {
  const { store, key, sayAgain } = resting
  const results = new Map(ack.results.map((result) => [result.n, result]))
  const here: Row[] = []
  for (const row of await store.rows(life.life, frame.first, frame.last)) {
    const result = results.get(row.n)
    if (!result && (life.state === 'copied' || row.n > ack.acked)) continue
    const text = result?.problem?.code === 'copied' && key ? await unlockedText(row, key) : null
    if (text === null) here.push(row)
    else if (sayAgain) await sayAgain(row, text)
  }
  await store.write(['outbox'], 'strict', async (tx) => {
    for (const row of here) await tx.delete('outbox', [row.life, row.n])
  })
}
