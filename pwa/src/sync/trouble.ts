/** What can go wrong in a way that a person has to hear of, each with a stable code. */
import type { Trouble } from './types'

export function trouble(code: string, cause?: unknown): Trouble {
  return Object.assign(new Error(code, { cause }), { name: 'Trouble', code })
}

export function isTrouble(it: unknown): it is Trouble {
  return it instanceof Error && it.name === 'Trouble'
}

/** A part of the app that comes only when it is needed: where it can't be had, that is a line without an answer. */
export function fetched<T>(part: Promise<T>): Promise<T> {
  return part.catch((cause: unknown) => Promise.reject(trouble('no_answer', cause)))
}

/** Names what a browser's storage says when it fails. */
export function storageTrouble(cause: unknown): Trouble {
  if (isTrouble(cause)) return cause
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  if (name === 'QuotaExceededError') return trouble('storage_full', cause)
  if (['InvalidStateError', 'UnknownError', 'SecurityError', 'NotFoundError', 'VersionError'].includes(name)) return trouble('storage_gone', cause)
  return trouble('not_saved', cause)
}
