/**
 * The same talk over HTTP, one call at a time: for networks that block sockets.
 */
import type { Conversation } from './conversation'
import { post, type Answer } from './identity'
import { MOST, type Ending, type Pace } from './session'
import { readObject, type Fault } from './wire'

export type TwinEnding = Ending | { why: 'idle' }

/** Calls the server until there is nothing left to say or to read for now. */
export async function twinTurn(talk: Conversation, pace: Pace, access: string, onUp: () => void): Promise<TwinEnding> {
  const { outbox, world } = talk.parts
  // The first call only reads: whether this device was copied has to be known before anything goes.
  let pushing: Awaited<ReturnType<typeof outbox.batch>> = null
  let floor = 0
  for (let calls = 0; ; calls++) {
    outbox.fly(pushing)
    const answer = await post(world, '/v1/sync', envelope(talk.hello(), pushing?.ops ?? null), access).finally(() => outbox.fly(null))
    const fault = readFault(answer)
    const closed = (code: number): Ending => ({ why: 'closed', code, opened: true, welcomed: calls > 0, pushing, retryAfter: (fault?.retryAfter ?? 0) * 1000 })
    if (answer.ok && answer.body.wipe) return { why: 'wiped', reason: '' }
    if (fault) {
      talk.trouble = fault.code
      if (pushing && fault.code === 'gap' && fault.expected !== null) {
        if (fault.expected > outbox.life.next) return { why: 'copied' }
        await outbox.rewind(fault.expected)
        return { why: 'anew', soon: false }
      }
      return closed(answer.ok ? 1006 : closeCode(answer.status))
    }
    const welcome = readObject(answer.body.welcome, 'welcome')
    if (welcome?.t !== 'welcome') return closed(1006)
    const ack = readObject(answer.body.ack, 'ack')
    if (!(await talk.welcome(welcome))) return { why: 'copied' }
    onUp()
    if (ack?.t === 'ack') {
      await outbox.ack(ack)
      if (pushing && ack.acked >= pushing.last) floor = pushing.last + 1
      if (pace.singleUntil <= ack.acked) pace.singleUntil = 0
    }
    if (answer.body.reset) await talk.reset()
    const page = readObject(answer.body.changes, 'changes')
    let more = Boolean(answer.body.reset)
    if (page?.t === 'changes') {
      const outcome = await talk.page(page)
      if (outcome !== 'stored') return { why: 'anew', soon: outcome === 'astray' }
      more ||= page.more
    }
    await talk.liftReturned()
    const from = Math.max(floor, outbox.from)
    pushing = await outbox.batch(from, from <= pace.singleUntil ? { ...MOST, ops: 1 } : MOST)
    if (!pushing && !more) {
      await talk.tidyUp()
      return { why: 'idle' }
    }
  }
}

/** Ops stand in the text as they are: the server hashes their bytes. */
export function envelope(hello: { [key: string]: unknown }, ops: string[] | null): string {
  return `{"hello":${JSON.stringify(hello)}${ops ? `,"push":{"ops":[${ops.join(',')}]}` : ''}}`
}

/** What the server has to say against it; null where it took it. */
export function readFault(answer: Answer): Fault | null {
  const held = answer.ok ? answer.body.error : answer.body
  const fault = held === undefined || held === null ? null : readObject(held, 'error')
  return fault?.t === 'error' ? fault : null
}

/** What a socket would have been closed with. */
function closeCode(status: number): number {
  const codes: { [status: number]: number } = { 400: 4400, 401: 4401, 403: 4403, 413: 4413, 429: 4429 }
  return codes[status] ?? 1006
}
