import { m } from '../paraglide/messages.js'
import type { Stake } from '../sync/locking'

/** What goes where a phone is erased, and what does not. */
export function sayLoses({ draft, plain }: Stake): string {
  const lost = [draft ? m.lock_loses_draft() : '', plain > 0 ? m.lock_loses_plain({ n: plain }) : ''].filter((it) => it !== '')
  return [...(lost.length > 0 ? lost : [m.lock_loses_nothing()]), m.lock_stays()].join(' ')
}
