/**
 * Keeps the app itself on the phone: registers the service worker, and lets a newer version take over only when
 * nothing is lost by it.
 */
import { Value } from './live'
import type { Live } from './types'

export interface Shell {
  /** True once a newer version is here and waits for a good moment. */
  readonly newer: Live<boolean>
  /** Starts the page again with the newer version, where this is the only tab. */
  takeOver(): void
  /** Keeps the desk's screens here too: for those who work at one. */
  keepDesk(): void
}

/** How long after its start a page has nothing on it yet that starting again would lose. */
const FRESH = 1_500

export function startShell(): Shell {
  const newer = new Value(false)
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!workers) return { newer, takeOver: () => undefined, keepDesk: () => undefined }
  const began = performance.now()
  let asked = false
  const takeOver = (): void => {
    asked = true
    void workers.getRegistration().then((it) => it?.waiting?.postMessage('take-over'))
  }
  workers.addEventListener('controllerchange', () => asked && location.reload())
  const waits = (worker: ServiceWorker | null): void => {
    if (!worker || !workers.controller) return
    newer.set(true)
    if (performance.now() - began < FRESH) takeOver()
  }
  workers
    .register('/sw.js', { updateViaCache: 'none' })
    .then((registration) => {
      waits(registration.waiting)
      registration.addEventListener('updatefound', () => {
        const coming = registration.installing
        coming?.addEventListener('statechange', () => coming.state === 'installed' && waits(coming))
      })
    })
    .catch(() => {
      // Without a worker the app works as long as the page is open; the next start tries again.
    })
  return {
    newer,
    takeOver,
    keepDesk: () => void workers.ready.then((it) => it.active?.postMessage('keep-desk')),
  }
}
