/**
 * What a desk asks the server beside what syncs: a search, a list of phones, a file. It needs a line, and goes over HTTP
 * with the token in a header, since addresses are kept in many places. It is a door of its own beside index.ts, so that
 * no phone of a volunteer downloads it.
 */
import { isTrouble, trouble } from './trouble'
import type { Earshot, Json } from './types'
import type { World } from './world'

/** One question. Nothing secret and no word of anybody stands in the path. */
export interface Question {
  path: string
  /** GET, or with a body POST, unless said otherwise. */
  method?: 'GET' | 'POST' | 'DELETE'
  body?: { [key: string]: Json } | FormData
  /** How long the server may think, in milliseconds. */
  patience?: number
  signal?: AbortSignal
}

export type Asked = { [key: string]: Json }

const PATIENCE = 20_000
/** Beside that, a question may take as long as its file on a slow line: bytes a millisecond. */
const SLOWEST = 2

/** Throws a `Trouble`: `no_answer` for whatever can't be the server's own answer, else the server's code. */
export function ask(earshot: Earshot, question: Question): Promise<Asked> {
  return earshot.speak((world, access) => over(world, access, question, readJson))
}

/** Asks for a file, whole: one that breaks off is `no_answer`. */
export function askForFile(earshot: Earshot, question: Question): Promise<Blob> {
  return earshot.speak((world, access) => over(world, access, question, async (answer) => (answer.ok ? answer.blob() : Promise.reject(refusal(await readBody(answer))))))
}

async function over<T>(world: World, access: string, question: Question, read: (answer: Response) => Promise<T>): Promise<T> {
  const { path, body, method = body === undefined ? 'GET' : 'POST', patience = PATIENCE, signal } = question
  const form = body instanceof FormData
  const sent = body === undefined || form ? body : JSON.stringify(body)
  const stop = new AbortController()
  const end = (): void => stop.abort()
  signal?.addEventListener('abort', end)
  const cancel = world.after(patience + sizeOf(sent) / SLOWEST, end)
  try {
    const answer = await world.fetch(world.origin + path, {
      method,
      headers: { authorization: `Bearer ${access}`, ...(sent === undefined || form ? {} : { 'content-type': 'application/json' }) },
      ...(sent === undefined ? {} : { body: sent }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: stop.signal,
    })
    // Once it answers, how long a file takes is its own.
    if (answer.ok) cancel()
    return await read(answer)
  } catch (cause) {
    throw isTrouble(cause) ? cause : trouble('no_answer', cause)
  } finally {
    cancel()
    signal?.removeEventListener('abort', end)
  }
}

async function readJson(answer: Response): Promise<Asked> {
  const held = await readBody(answer)
  if (!answer.ok) throw refusal(held)
  return held
}

/** The server's own answer; a captive portal's page is none. */
async function readBody(answer: Response): Promise<Asked> {
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim()
  const held: unknown = type === (answer.ok ? 'application/json' : 'application/problem+json') ? await answer.json() : null
  if (typeof held !== 'object' || held === null || Array.isArray(held)) throw trouble('no_answer')
  return held as Asked
}

function refusal(held: Asked): Error {
  return trouble(typeof held.code === 'string' ? held.code : 'no_answer')
}

function sizeOf(sent: string | FormData | undefined): number {
  if (sent === undefined || typeof sent === 'string') return sent?.length ?? 0
  return [...sent.values()].reduce((size, it) => size + (typeof it === 'string' ? it.length : it.size), 0)
}
