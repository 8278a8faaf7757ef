/** A captive portal answers every address with its own page, and says that all is well: it is no contact, and no app. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { done, writeDown } from '../acts'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

const WORDS = 'The needle bins on the lane overflow'

test('a portal’s page is never kept as the app, nor taken for the server', async ({ server, program, people }) => {
  // What the browser itself says of a script that is none.
  people.watch.await(/integrity|MIME type|module script|WebSocket connection|Failed to load resource/)
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()

  await server.stop()
  const portal = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'max-age=86400' }).end('<!doctype html><title>Free WiFi</title><h1>Sign in</h1>'))
  portal.listen(server.port, '127.0.0.1')
  await once(portal, 'listening')

  await test.step('the app is there, and says that there is no signal', async () => {
    await page.reload()
    await writeDown(page, { words: WORDS, at: EXCHANGE })
    await done(page)
    await expect(page.getByText('1 view safe on this phone')).toBeVisible()
    await expect(page.getByText('No signal', { exact: true })).toBeVisible()
    expect(await page.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => 'taken', () => 'not taken'))).toBe('not taken')
  })

  const lost = await page.evaluate(async () => {
    const script = [...document.scripts].find((it) => it.src.includes('/assets/'))?.src ?? ''
    for (const name of await caches.keys()) await (await caches.open(name)).delete(script)
    return script
  })
  const browser = await page.context().newCDPSession(page)
  await browser.send('Network.clearBrowserCache')
  const keptAs = (): Promise<string | null> => page.evaluate(async (script) => (await caches.match(script))?.headers.get('content-type') ?? null, lost)

  await test.step('what the phone has lost of the app is not replaced by the portal’s', async () => {
    expect(await page.evaluate((script) => fetch(script).then((it) => it.text()), lost)).toContain('Sign in')
    expect(await keptAs()).toBeNull()
  })

  await test.step('past the portal the real one comes, though the browser has the portal’s page under its name', async () => {
    portal.closeAllConnections()
    portal.close()
    await server.start()
    await page.reload()
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    expect(await keptAs()).toContain('javascript')
    await expectHandedIn(server, program, DAT, [WORDS])
  })
})
