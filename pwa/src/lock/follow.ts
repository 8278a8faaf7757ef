/** What goes on beside the screens for as long as the app is open: news, handing in without a page, and the lock. */
import { get } from 'svelte/store'
import { handInLater } from '../background/later'
import { tellNews } from '../handed-in/news'
import { runningVisit, visitsOf } from '../home/visits'
import { keepOpen, pinTries, readyCollections, readyOf, tellTabs, type Begun, type Ready } from '../sync/locking'
import type { Earshot, Me } from '../sync'
import type { Ground } from '../ui/app.svelte'
import { watchAway } from './away'
import { payOwed } from './owed'

/** Resolves with what ends it. */
export async function follow(ground: Ground): Promise<() => void> {
  const { earshot } = ground
  tellNews(earshot, ground.say)
  const stops: (() => void)[] = []
  if (!ground.again) return () => undefined
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    stops.push(handInLater(earshot, navigator.serviceWorker, document), earshot.me.subscribe(() => ground.known.atDesk && keepDesk(navigator.serviceWorker)))
  }
  ground.pinned = (await pinTries()) !== null
  if (ground.pinned) {
    const lock = (): void => void lockNow(earshot)
    stops.push(payWhenRead(ground), keepReady(earshot), watchAway(document, () => Date.now(), lock))
  }
  return () => stops.forEach((stop) => stop())
}

/** A desk's own files are kept as soon as a desk is opened here. */
function keepDesk(workers: ServiceWorkerContainer): void {
  void workers.ready.then((registration) => registration.active?.postMessage('keep-desk'))
}

/** Not in the middle of a view: that would be written over what is owed. */
function payWhenRead({ earshot, route }: Ground): () => void {
  return earshot.complete.subscribe((whole) => {
    if (whole && route.parts[0] !== 'write') void payOwed(earshot, get(earshot.me)?.member ?? '').catch(() => undefined)
  })
}

/** All that is kept here asks for the PIN again; the page forgets it by starting anew. */
export async function lockNow(earshot: Earshot): Promise<void> {
  const ready = readyFrom(earshot)
  // Where it can't be stored, what lay open before still does: that is no reason to stay open.
  if (ready) await keepOpen(ready).catch(() => undefined)
  tellTabs('locked')
  location.reload()
}

/** What is to lie open once this is locked; null where nobody has joined. */
export function readyFrom(earshot: Earshot): Ready | null {
  const me = get(earshot.me)
  return me && readyOf(me, readyCollections.flatMap((c) => get(earshot.records(c))), begunOf(earshot, me))
}

function begunOf(earshot: Earshot, me: Me): Begun | null {
  const visit = runningVisit(visitsOf(get(earshot.records('visit')), get(earshot.handedIn), me.member))
  return visit ? { r: visit.r, service: visit.service, method: visit.method } : null
}

/**
 * Kept up where the page is put away, and at once where a visit begins or ends: a phone that is switched off in the
 * middle of one is written on all the same.
 */
function keepReady(earshot: Earshot): () => void {
  let kept = ''
  const keep = (): void => {
    const ready = readyFrom(earshot)
    if (ready) void keepOpen(ready).catch(() => undefined)
  }
  const visit = (): void => {
    const me = get(earshot.me)
    const now = me ? JSON.stringify(begunOf(earshot, me)) : ''
    if (now === kept || !get(earshot.complete)) return
    kept = now
    keep()
  }
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') keep()
  }
  const stops = [earshot.handedIn.subscribe(visit), earshot.records('visit').subscribe(visit), earshot.complete.subscribe(visit)]
  document.addEventListener('visibilitychange', hidden)
  return () => {
    document.removeEventListener('visibilitychange', hidden)
    for (const stop of stops) stop()
  }
}
