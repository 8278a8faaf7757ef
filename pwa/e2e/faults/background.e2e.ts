/** A phone that is put away without signal hands in when it comes into some, and nobody has to look at it. */
import type { BrowserContext, Page } from '@playwright/test'
import { done, writeDown } from '../acts'
import { DAT, enrol, EXCHANGE, expect, test } from '../story'
import { expectHandedIn } from './safe'

test('what waits on a phone that is put away goes with the browser’s own help, once', async ({ server, program, people }) => {
  await program.holdNothing()
  const phone = await people.phone()
  const page = await phone.open()
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  const browser = await Workers.of(page.context(), page, server.origin)

  await server.kill()
  const words = ['It opens too late', 'There is no bin on the lane']
  for (const said of words) {
    await writeDown(page, { words: said, at: EXCHANGE })
    await done(page)
  }
  await expect(page.getByText('2 views safe on this phone')).toBeVisible()
  await test.step('the browser has been asked to help', async () => {
    await expect.poll(() => page.evaluate(tags)).toEqual(['hand-in'])
  })

  await test.step('while the page has the line, the worker leaves it alone', async () => {
    await browser.wake('hand-in')
    await expect(page.getByText('2 views safe on this phone')).toBeVisible()
  })

  await test.step('the page is gone, and there is signal', async () => {
    await page.goto('about:blank')
    await browser.stop()
    await server.start()
    await browser.wake('hand-in')
    await expectHandedIn(server, program, DAT, words)
  })

  await test.step('opened again the phone knows of it, and sends nothing twice', async () => {
    await server.kill()
    await page.goto(server.origin)
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    await server.start()
    await expect(page.getByText('In touch', { exact: true })).toBeVisible()
    await expectHandedIn(server, program, DAT, words)
  })
})

async function tags(): Promise<string[]> {
  const registration = (await navigator.serviceWorker.ready) as ServiceWorkerRegistration & { sync: { getTags(): Promise<string[]> } }
  return registration.sync.getTags()
}

/** The browser's own door to its service workers. */
class Workers {
  readonly #door
  readonly #origin: string
  #registration = ''

  private constructor(door: Awaited<ReturnType<BrowserContext['newCDPSession']>>, origin: string) {
    this.#door = door
    this.#origin = origin
    door.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      this.#registration = registrations.find((it) => it.scopeURL === `${origin}/` && !it.isDeleted)?.registrationId ?? this.#registration
    })
  }

  static async of(context: BrowserContext, page: Page, origin: string): Promise<Workers> {
    const door = await context.newCDPSession(page)
    const workers = new Workers(door, origin)
    await door.send('ServiceWorker.enable')
    return workers
  }

  /** The browser ends a worker that has nothing to do. */
  async stop(): Promise<void> {
    await this.#door.send('ServiceWorker.stopAllWorkers')
  }

  /** As when a network comes: the browser decides by itself when that is, and a test cannot wait for it. */
  async wake(tag: string): Promise<void> {
    await expect.poll(() => this.#registration).not.toBe('')
    await this.#door.send('ServiceWorker.dispatchSyncEvent', { origin: this.#origin, registrationId: this.#registration, tag, lastChance: false })
  }
}
