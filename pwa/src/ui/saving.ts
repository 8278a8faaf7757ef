import { m } from '../paraglide/messages.js'

/** The words for a save that did not reach the phone's own store. */
export function whyNotSaved(cause: unknown): string {
  return m.ui_not_saved({ code: cause instanceof Error && 'code' in cause ? String(cause.code) : '' })
}
