/** Has the service worker keep the app, and lets a newer version take over while nothing is in the middle of anything. */
import { lookForNewer } from './newer'

export interface Page {
  /** Whether it was opened by a link that lets somebody in. */
  joins: boolean
  /** Whether a view is being written, from now or from before. */
  drafting: () => Promise<boolean>
}

const writing = (): boolean => location.hash.startsWith('#/write')

export async function keepApp(workers: ServiceWorkerContainer, { joins, drafting }: Page): Promise<void> {
  const registration = await workers.register('/sw.js').catch(() => null)
  if (!registration) return
  lookForNewer(registration, document)
  // A newer version that waits takes over at the start, while nothing is being written, and never later. A draft from
  // before is asked for too: once Earshot is closed the browser changes versions by itself, and the next one reads it.
  if (!registration.waiting || !workers.controller || joins || writing() || (await drafting().catch(() => true))) return
  // A browser may put it off; whoever has begun to write by then goes on with the page that is here.
  workers.addEventListener('controllerchange', () => writing() || location.reload(), { once: true })
  registration.waiting.postMessage('take-over')
}
