/**
 * The first thing that runs: takes the one-time code out of the address before anything else can see it, opens what
 * is kept here, shows the app, and lets the service worker keep it for when there is no signal.
 */
import './ui/tokens.css'
import './ui/base.css'
import { mount, unmount, type Component } from 'svelte'
import { get } from 'svelte/store'
import App from './App.svelte'
import { openEarshot, watchMark, type Earshot, type Opened } from './sync'

const target = document.getElementById('app')
const code = takeCode()
let earshot: Opened | null = null
let shown: object | undefined
// At a shared computer nothing that is kept here is opened, and nothing is kept.
const shared = location.pathname === '/in'
// Neither is waited for: what they show is imported from the chunk that this file is in.
if (target && shared) void import('./shared/start').then(({ startShared }) => startShared(target, code))
const opened = target && !shared ? open(target) : undefined
// A link that is opened where this very page stands changes only the fragment.
addEventListener('hashchange', () => location.pathname !== '/' && !/^#?($|\/)/.test(location.hash) && location.reload())
if (!shared && import.meta.env.PROD && 'serviceWorker' in navigator)
  void import('./behind').then((it) => it.keepApp(navigator.serviceWorker, { joins: code !== '', drafting })).catch(() => undefined)

/** Whether a draft lies here: not known before what is kept is open. */
async function drafting(): Promise<boolean> {
  await opened
  return earshot?.drafting() ?? false
}

/** Shows what is kept here, or where that lies under a PIN what asks for it; `key` is what saying it gives. */
async function open(target: HTMLElement, key?: CryptoKey): Promise<void> {
  try {
    // Whatever this page still held of it goes with the page.
    earshot = await openEarshot(key, () => location.reload())
    const again = async (make: () => Promise<CryptoKey>): Promise<void> => {
      await earshot?.close()
      // Where no key comes, a page that asks for the PIN asks again; one that was open cannot stay as it is.
      const got = await make().catch((cause: unknown) => {
        if (!earshot?.locked) location.reload()
        throw cause
      })
      await open(target, got)
    }
    if (earshot.locked) return show(target, (await import('./behind')).Locked, { again })
    await held(earshot)
    show(target, App, { earshot, code: key ? '' : code, cleared: watchMark(earshot), again })
  } catch (cause) {
    show(target, (await import('./behind')).Stuck, { code: cause instanceof Error && 'code' in cause ? String(cause.code) : '' })
  }
}

function show<Props extends Record<string, unknown>>(target: HTMLElement, part: Component<Props>, props: Props): void {
  if (shown) void unmount(shown)
  target.replaceChildren()
  shown = mount(part, { target, props })
}

/** The code of a link that lets somebody in (`/enrol#CODE`, `/in#CODE`). It stays in no address, no history and no bookmark. */
function takeCode(): string {
  if (location.pathname === '/') return ''
  const fragment = decodeURIComponent(location.hash.slice(1))
  if (!fragment.startsWith('/')) history.replaceState(null, '', location.pathname)
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
