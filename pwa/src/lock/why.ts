import { m } from '../paraglide/messages.js'

/** The words for a PIN that did not open anything, or could not be set. */
export function whyNot(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'pin_wrong') return m.lock_wrong()
  if (code === 'pin_erased') return m.lock_erased()
  return m.lock_failed({ code })
}
