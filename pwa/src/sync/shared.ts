/**
 * A device at a computer that others use too: what it reads lies in memory alone and ends with the page; no other tab
 * shares it, and the browser is asked to keep nothing. It is a door of its own beside index.ts, for the page at /in.
 */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { ask } from './asking'
import { openIn } from './index'
import { isTrouble, trouble } from './trouble'
import type { Earshot } from './types'
import { browserWorld } from './world'

export interface SharedEarshot {
  earshot: Earshot
  /** Ends the device with the server too, where that can be had, and in any case here. */
  leave: () => Promise<void>
}

export async function openShared(): Promise<SharedEarshot> {
  const engine = { factory: new IDBFactory(), range: IDBKeyRange }
  const device = await openIn({ ...browserWorld(), database: 'shared', engine, locks: null, channel: () => null, persist: () => Promise.resolve(null) })
  return {
    earshot: device,
    async leave() {
      // Without a line it ends by itself within the day, and its key is gone with this page.
      await ask(device, { path: '/v1/signin', method: 'DELETE', patience: 5_000 }).catch((cause: unknown) => {
        if (!isTrouble(cause)) throw cause
      })
      await device.close()
    },
  }
}

/** Has a link mailed to an address, if it is known there: the answer is the same for all. */
export async function askForLink(email: string): Promise<void> {
  const world = browserWorld()
  const stop = new AbortController()
  const cancel = world.after(20_000, () => stop.abort())
  const answer = await world
    .fetch(`${world.origin}/v1/signin`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email }), cache: 'no-store', credentials: 'omit', redirect: 'error', signal: stop.signal })
    .catch((cause: unknown) => {
      throw trouble('no_answer', cause)
    })
    .finally(cancel)
  if (answer.ok) return
  const held = (await answer.json().catch(() => null)) as { code?: unknown } | null
  throw trouble(typeof held?.code === 'string' ? held.code : 'no_answer')
}
