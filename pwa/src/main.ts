/**
 * The first thing that runs: takes the one-time code out of the address before anything else can see it, opens what
 * is kept here, shows the app, and lets the service worker keep it for when there is no signal.
 */
import './ui/tokens.css'
import './ui/base.css'
import { mount } from 'svelte'
import { get } from 'svelte/store'
import App from './App.svelte'
import { openEarshot, watchMark, type Earshot } from './sync'

const target = document.getElementById('app')
const code = takeCode()
let earshot: Earshot | null = null
if (target) {
  try {
    earshot = await openEarshot()
    await held(earshot)
    target.replaceChildren()
    mount(App, { target, props: { earshot, code, cleared: watchMark(earshot), desk: keepDesk } })
  } catch (cause) {
    const { Stuck } = await import('./behind')
    target.replaceChildren()
    mount(Stuck, { target, props: { code: cause instanceof Error && 'code' in cause ? String(cause.code) : '' } })
  }
}
// A link that is opened where this very page stands changes only the fragment.
addEventListener('hashchange', () => location.pathname === '/enrol' && !/^#?($|\/)/.test(location.hash) && location.reload())
if (import.meta.env.PROD && 'serviceWorker' in navigator) void keepApp(navigator.serviceWorker)

/** The code of an enrolment link (`/enrol#CODE`). It stays in no address, no history and no bookmark. */
function takeCode(): string {
  if (location.pathname !== '/enrol') return ''
  const fragment = decodeURIComponent(location.hash.slice(1))
  history.replaceState(null, '', '/enrol')
  return fragment.startsWith('/') ? '' : fragment
}

/**
 * What is kept here stands on the page from the first: read a moment later, it would push aside what somebody is about
 * to tap. A phone that holds nothing yet, or a desk that holds very much, is shown without.
 */
function held({ me, complete }: Earshot): Promise<void> {
  if (get(me) === null) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 250)
    complete.subscribe((whole) => {
      if (!whole) return
      clearTimeout(late)
      resolve()
    })
  })
}

async function keepApp(workers: ServiceWorkerContainer): Promise<void> {
  const behind = import('./behind')
  behind.then((it) => earshot && it.handInLater(earshot, workers, document)).catch(() => undefined)
  const registration = await workers.register('/sw.js').catch(() => null)
  if (registration) behind.then((it) => it.lookForNewer(registration, document)).catch(() => undefined)
  // A newer version that waits takes over at the start, while nothing is being written, and never later. A draft from
  // before is asked for too: once Earshot is closed the browser changes versions by itself, and the next one reads it.
  if (!registration?.waiting || !workers.controller || code !== '' || location.hash.startsWith('#/write') || (await earshot?.drafting().catch(() => true))) return
  // A browser may put it off; whoever has begun to write by then goes on with the page that is here.
  workers.addEventListener('controllerchange', () => location.hash.startsWith('#/write') || location.reload(), { once: true })
  registration.waiting.postMessage('take-over')
}

/** A desk's own files are kept as soon as a desk is opened here. */
function keepDesk(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator)
    void navigator.serviceWorker.ready.then((registration) => registration.active?.postMessage('keep-desk'))
}
