/**
 * The service worker: after one visit the app starts and works with the server gone, installed or not.
 *
 * It keeps two groups of files, listed with their hashes by the build: `shell`, what every phone needs, kept whole
 * before this worker counts as installed; and `desk`, fetched only where a desk is opened. Every fetch is checked
 * against its hash, so that a captive portal's page can never stand in for the app. A newer version installs beside
 * the running one and takes over when the last tab closes, or when the only tab asks for it.
 *
 * Woken by the browser while no page is open (Background Sync), it hands in what waits; what that takes is a script of
 * its own (sync/worker.ts), taken in where the browser does such a thing.
 *
 * It never looks at `/v1`, nor at the server's own pages (`/s/…`, `/r`): those go to the network untouched.
 */
declare const self: ServiceWorkerGlobalScope
// A module, so that its `self` is its own.
export {}

/** Path and SHA-256 (as in `integrity`) of each file; written in by the build. */
type Kept = [path: string, hash: string]
declare const __SHELL__: Kept[]
declare const __DESK__: Kept[]
declare const __VERSION__: string
/** Path of the script that hands in without a page. */
declare const __HAND_IN__: string
/** What that script adds. Resolves false where it is worth trying again. */
declare const handInAlone: () => Promise<boolean>

/** Background Sync; TypeScript does not know it. */
type SyncEvent = ExtendableEvent & { tag: string }
/** The static routing of service workers, Chromium's alone at present; TypeScript does not know it. */
type InstallEvent = ExtendableEvent & { addRoutes?(rule: object): Promise<void> }

const PREFIX = 'earshot-app-'
const CACHE = PREFIX + __VERSION__
/** Stands in a cache whose owner opens the desk, so that the next version fetches it before it takes over. */
const DESK_MARK = '/.desk'
const PAGES = new Set(['/', '/index.html', '/enrol'])

// Each is written in once: as a constant it stands wherever it is named.
const [shell, desk, handInScript] = [__SHELL__, __DESK__, __HAND_IN__]
const hashes = new Map<string, string>([...shell, ...desk])

function fetchChecked(path: string): Promise<Response> {
  const ask = (cache: RequestCache): Promise<Response> => fetch(path, { integrity: hashes.get(path) ?? '', cache, credentials: 'omit', redirect: 'error' })
  // The page itself is not named by its hash: an HTTP cache may hold an older one.
  if (!path.startsWith('/assets/')) return ask('no-cache')
  // What an HTTP cache has under a name for ever may be a portal's page from a day when there was one.
  return ask('default').catch(() => ask('reload'))
}

async function keep(files: Kept[]): Promise<void> {
  const cache = await caches.open(CACHE)
  await Promise.all(
    files.map(async ([path]) => {
      if (await cache.match(path)) return
      const answer = await fetchChecked(path)
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      await cache.put(path, answer)
    }),
  )
}

async function keepDesk(): Promise<void> {
  await keep(desk)
  await (await caches.open(CACHE)).put(DESK_MARK, new Response(null))
}

async function olderKeptDesk(): Promise<boolean> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && (await (await caches.open(name)).match(DESK_MARK))) return true
  }
  return false
}

async function install(): Promise<void> {
  // No script is taken in later: the browser keeps this one with the worker.
  if ('sync' in self.registration) importScripts(handInScript)
  await keep(shell)
  if (await olderKeptDesk()) await keepDesk()
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name)
  }
  await self.clients.claim()
}

async function answer(path: string): Promise<Response> {
  const cache = await caches.open(CACHE)
  const held = await cache.match(path)
  if (held) return held
  const fresh = await fetchChecked(path)
  if (fresh.ok) await cache.put(path, fresh.clone())
  return fresh
}

/**
 * The newer version takes over at once only where nobody else is in the middle of something. A page that was loaded
 * again may be counted twice for a moment: it is looked at once more.
 */
async function takeOver(again = true): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (pages.length <= 1) return self.skipWaiting()
  await new Promise((later) => setTimeout(later, 999))
  if (again) await takeOver(false)
}

/** Fails where something is left: the browser tries again by itself, some minutes later. */
async function handIn(): Promise<void> {
  importScripts(handInScript)
  if (!(await handInAlone())) throw new Error('not handed in yet')
}

self.addEventListener('install', (event) => {
  // Where the browser can, what is asked of the server does not wake the worker at all. A phone that tries for a line
  // again and again kept it busy, and a browser lets no newer version take over from one that is.
  void (event as InstallEvent).addRoutes?.({ condition: { urlPattern: { pathname: '/v1/*' } }, source: 'network' })
  event.waitUntil(install())
})
self.addEventListener('activate', (event) => event.waitUntil(activate()))

self.addEventListener('sync', (event) => (event as SyncEvent).waitUntil(handIn()))

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(takeOver())
  if (event.data === 'keep-desk') event.waitUntil(keepDesk().catch(() => undefined))
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  const path = event.request.mode === 'navigate' ? (PAGES.has(url.pathname) ? '/' : '') : url.pathname
  if (!hashes.has(path)) return
  // Where the kept file is gone and the checked one can't be had, the plain network is still better than nothing.
  event.respondWith(answer(path).catch(() => fetch(event.request)))
})
