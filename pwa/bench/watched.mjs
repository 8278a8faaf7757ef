/** What a page of the desk shows, and when; how long its thread was kept; what its tab takes of the machine's memory. */
import { readdirSync, readFileSync } from 'node:fs'

/** Notes in each page of this browser, as `seen`, when the first views and when all of them stand on the screen. */
export const watch = (context, views) =>
  context.addInitScript((views) => {
    const seen = { joined: 0, listed: 0, whole: 0, views: 0, tasks: [] }
    globalThis.seen = seen
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((it) => it.duration))).observe({ type: 'longtask', buffered: true })
    addEventListener('click', () => (seen.joined ||= performance.now()), { capture: true })
    const look = () => {
      if (!seen.listed && document.querySelector('section[aria-label="Views"] li a')) seen.listed = performance.now()
      seen.views = Number(document.querySelector('nav a[href="#/desk"] .count')?.textContent ?? 0)
      if (!seen.whole && seen.views === views) seen.whole = performance.now()
    }
    const picture = () => {
      look()
      requestAnimationFrame(picture)
    }
    requestAnimationFrame(picture)
  }, views)

/** Waits until all are there. */
export async function counted(page) {
  await page.waitForFunction(() => globalThis.seen.whole, null, { polling: 100, timeout: 300_000 })
  return page.evaluate(() => globalThis.seen)
}

const status = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
const kB = (text, field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)

/**
 * What the largest renderer of the browser on this profile has for itself alone (anonymous and swapped: what the
 * browser's own task manager says), in megabytes: now, and the most since this was called.
 */
export function memoryOf(profile) {
  let most = 0
  const now = () => {
    const all = readdirSync('/proc').filter((it) => /^\d+$/.test(it))
    const said = new Map(all.map((pid) => [pid, { text: status(pid), line: lineOf(pid) }]))
    const browser = [...said].find(([, { line }]) => line.includes(profile) && !line.includes('--type='))?.[0]
    const ours = (pid) => pid === browser || (said.has(pid) && pid !== '0' && ours(String(kB(said.get(pid).text, 'PPid'))))
    const sizes = [...said].filter(([pid, { line }]) => line.includes('--type=renderer') && ours(pid)).map(([, { text }]) => kB(text, 'RssAnon') + kB(text, 'VmSwap'))
    const size = Math.max(0, ...sizes) / 1024
    most = Math.max(most, size)
    return size
  }
  setInterval(now, 100).unref()
  return { now, most: () => most }
}

function lineOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
