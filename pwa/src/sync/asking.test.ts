import { describe, expect, it } from 'vitest'
import { ask, askForFile } from './asking'
import { isTrouble } from './trouble'
import type { Earshot } from './types'
import type { World } from './world'

/** A device whose every call gets one answer, and that remembers what was asked. */
function worldThat(answer: (init: RequestInit) => Response | Promise<Response>): { earshot: Earshot; asked: { url: string; init: RequestInit }[] } {
  const asked: { url: string; init: RequestInit }[] = []
  const world = {
    origin: 'https://earshot.test',
    after: () => () => undefined,
    fetch: async (url: string, init: RequestInit) => {
      asked.push({ url, init })
      return answer(init)
    },
  } as unknown as World
  return { earshot: { speak: (call: (world: World, access: string) => unknown) => call(world, 'TOKEN') } as unknown as Earshot, asked }
}

const json = (status: number, body: unknown, type = 'application/json'): Response => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })

async function troubleOf(work: Promise<unknown>): Promise<string> {
  const cause = await work.then(() => null).catch((it: unknown) => it)
  return isTrouble(cause) ? cause.code : 'none'
}

describe('what a desk asks', () => {
  it('goes with its token in a header, and nowhere else', async () => {
    const { earshot, asked } = worldThat(() => json(200, { hits: [] }))
    expect(await ask(earshot, { path: '/v1/search', body: { text: 'bins' } })).toEqual({ hits: [] })
    expect(asked[0]?.url).toBe('https://earshot.test/v1/search')
    expect(asked[0]?.init).toMatchObject({ method: 'POST', body: '{"text":"bins"}', headers: { authorization: 'Bearer TOKEN', 'content-type': 'application/json' }, credentials: 'omit', cache: 'no-store' })
  })

  it('asks without a body by GET, and gives a file whole', async () => {
    const { earshot, asked } = worldThat(() => new Response('id,words\n', { headers: { 'content-type': 'text/csv' } }))
    const file = await askForFile(earshot, { path: '/v1/export/view.csv' })
    expect(await file.text()).toBe('id,words\n')
    expect(asked[0]?.init.method).toBe('GET')
  })

  it("gives the server's code where it refuses, also where a file was asked for", async () => {
    const { earshot } = worldThat(() => json(404, { code: 'not_found' }, 'application/problem+json'))
    expect(await troubleOf(ask(earshot, { path: '/v1/audit' }))).toBe('not_found')
    expect(await troubleOf(askForFile(earshot, { path: '/v1/export/view.csv' }))).toBe('not_found')
  })

  it("takes a captive portal's page for no answer", async () => {
    const { earshot } = worldThat(() => new Response('<h1>Welcome to our network</h1>', { headers: { 'content-type': 'text/html' } }))
    expect(await troubleOf(ask(earshot, { path: '/v1/devices' }))).toBe('no_answer')
  })

  it('is given up when whoever asked does not want it any more', async () => {
    const gone = new AbortController()
    const { earshot } = worldThat((init) => new Promise((_, fail) => init.signal?.addEventListener('abort', () => fail(new Error('aborted')))))
    const asking = ask(earshot, { path: '/v1/devices', signal: gone.signal })
    gone.abort()
    expect(await troubleOf(asking)).toBe('no_answer')
  })

  it('sends a form as one, so that the browser says where its parts begin', async () => {
    const { earshot, asked } = worldThat(() => json(200, {}))
    const form = new FormData()
    form.set('file', new Blob(['date,service,words\n']), 'old.csv')
    await ask(earshot, { path: '/v1/import', body: form })
    expect(asked[0]?.init.body).toBe(form)
    expect(asked[0]?.init.headers).toEqual({ authorization: 'Bearer TOKEN' })
  })
})
