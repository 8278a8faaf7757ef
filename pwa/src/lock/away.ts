/** A page that was out of sight for five minutes is locked, whether its timers ran meanwhile or not. */

export const AWAY = 5 * 60_000

export function watchAway(page: Document, now: () => number, lock: () => void): () => void {
  let since: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    // A clock that was put back tells nothing: then it is locked sooner than later.
    if (since !== null && (now() - since >= AWAY || now() < since)) lock()
  }
  const changed = (): void => {
    clearTimeout(timer)
    if (page.visibilityState === 'hidden') {
      since ??= now()
      timer = setTimeout(look, AWAY)
    } else {
      look()
      since = null
    }
  }
  page.addEventListener('visibilitychange', changed)
  page.addEventListener('resume', changed)
  changed()
  return () => {
    clearTimeout(timer)
    page.removeEventListener('visibilitychange', changed)
    page.removeEventListener('resume', changed)
  }
}
