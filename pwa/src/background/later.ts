/**
 * Asks the browser to wake the service worker once there is a network, while something waits here: a phone that is put
 * away before there is signal hands in without being looked at again. Where a browser cannot do that (all but those
 * made of Chromium, at present), what waits goes when Earshot is next opened.
 */
import type { Earshot } from '../sync'

/** What Background Sync adds to a registration; TypeScript does not know it. */
type Waking = ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }

export function handInLater(earshot: Pick<Earshot, 'line' | 'handedIn'>, workers: Pick<ServiceWorkerContainer, 'ready'>, page: Document): () => void {
  let waits = false
  let signal = true
  let asked = false
  const ask = async (): Promise<void> => {
    if (asked || !waits || (signal && page.visibilityState === 'visible')) return
    asked = true
    await ((await workers.ready) as Waking).sync?.register('hand-in')
  }
  const asking = (): void => void ask().catch(() => (asked = false))
  earshot.handedIn.subscribe((all) => {
    waits = all.some((it) => it.fate === 'here' || it.fate === 'going')
    asking()
  })
  earshot.line.subscribe((line) => {
    signal = line.kind !== 'no-signal'
    if (signal) asked = false
    asking()
  })
  page.addEventListener('visibilitychange', asking)
  return () => page.removeEventListener('visibilitychange', asking)
}
