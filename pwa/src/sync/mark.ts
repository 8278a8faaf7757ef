/** A mark beside the store, that somebody joined here: where it stands and the store is empty, the browser has cleared it. */
import type { Earshot } from './types'

const MARK = 'earshot-joined'

/** Keeps the mark true from now on; says whether what was kept here is gone. */
export function watchMark(earshot: Earshot): boolean {
  let joined = false
  let gone = false
  earshot.me.subscribe((me) => {
    try {
      gone = me === null && !joined && localStorage.getItem(MARK) !== null
      if (me !== null) localStorage.setItem(MARK, '')
      // Left or switched off: that is said otherwise.
      else if (joined) localStorage.removeItem(MARK)
    } catch {
      // Without the mark a cleared phone looks like a new one.
    }
    joined = me !== null
  })
  return gone
}

/** What was kept here was erased by its owner, who knows. */
export function clearMark(): void {
  try {
    localStorage.removeItem(MARK)
  } catch {
    // There is none.
  }
}
