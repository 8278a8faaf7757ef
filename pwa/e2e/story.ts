/**
 * What every flow begins with: a server of its own with one DAT and two services, and people who open it in browsers.
 * Whoever uses `people` gets everything closed, and every complaint of every browser counted, at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test'
import { Program } from './program'
import { Server } from './server'
import { Watch } from './watch'

export { expect }
export const DAT = 'ourtown'
export const EXCHANGE = 'Station Road exchange'
export const CLINIC = 'Northgate clinic'

/** The phone of the design: a small and cheap one. */
export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
export const DESK: BrowserContextOptions = { viewport: { width: 1180, height: 760 } }

/** A phone with its own profile on disk: closed, it keeps what a phone in a drawer keeps, and nothing else. */
export class Phone {
  readonly profile: string
  readonly #open: (profile: string) => Promise<BrowserContext>
  #context: BrowserContext | null = null

  constructor(profile: string, open: (profile: string) => Promise<BrowserContext>) {
    this.profile = profile
    this.#open = open
  }

  async open(): Promise<Page> {
    this.#context = await this.#open(this.profile)
    return this.#context.pages()[0] ?? (await this.#context.newPage())
  }

  async close(): Promise<void> {
    await this.#context?.close()
    this.#context = null
  }
}

export class People {
  readonly watch: Watch
  readonly #browser: Browser
  readonly #server: Server
  readonly #phones: Phone[] = []
  readonly #newPhone: () => Promise<Phone>

  constructor(server: Server, browser: Browser, newPhone: (watch: Watch) => Promise<Phone>) {
    this.watch = new Watch(server.origin)
    this.#server = server
    this.#browser = browser
    this.#newPhone = () => newPhone(this.watch)
  }

  /** A phone whose profile outlives its browser. */
  async phone(): Promise<Phone> {
    const phone = await this.#newPhone()
    this.#phones.push(phone)
    return phone
  }

  /** Somebody else's browser, which shares nothing with any other. */
  async browser(options: BrowserContextOptions): Promise<Page> {
    const context = await this.#browser.newContext({ locale: 'en-GB', ...options })
    this.watch.over(context)
    return context.newPage()
  }

  /** Invites somebody and enrols them in a browser of theirs, which stands at their first page. */
  async join(name: string, role: string, options: BrowserContextOptions, ...services: string[]): Promise<Page> {
    const page = await this.browser(options)
    await enrol(page, (await this.#server.invite(DAT, name, role, ...services)).link)
    return page
  }

  async close(): Promise<void> {
    for (const phone of this.#phones) await phone.close()
    for (const context of this.#browser.contexts()) await context.close()
  }
}

/**
 * Opens the link, as from a message, and joins, with this PIN or without one. Ends when what the first page needs is
 * there, for later without a line too.
 */
export async function enrol(page: Page, link: string, pin = ''): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible()
  if (pin === '') await page.getByRole('button', { name: 'Not now' }).click()
  else await choosePin(page, pin)
  await expect(page.getByText('In touch', { exact: true }).first()).toBeVisible()
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
}

export async function choosePin(page: Page, pin: string): Promise<void> {
  await page.getByLabel('New PIN').fill(pin)
  await page.getByLabel('The same once more').fill(pin)
  await page.getByRole('button', { name: 'Use this PIN' }).click()
  await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeHidden()
}

export const test = base.extend<{ server: Server; services: { exchange: string; clinic: string }; program: Program; people: People }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads what a fixture needs from this very pattern
  server: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), 'earshot-e2e-'))
    const server = await Server.at(data)
    await server.addDat('Ourtown DAT', DAT)
    await server.start()
    await use(server)
    await server.stop()
    await rm(data, { recursive: true, force: true })
  },

  services: async ({ server }, use) => {
    const exchange = await server.addService(DAT, EXCHANGE, 'needle_exchange')
    const clinic = await server.addService(DAT, CLINIC, 'prescribing', 'nhs')
    await use({ exchange, clinic })
  },

  /** A coordinator's own program. */
  program: async ({ server }, use) => {
    await use(await Program.enrol(server, await server.invite(DAT, 'Set-up', 'coordinator')))
  },

  people: async ({ server, services, browser, playwright, launchOptions }, use) => {
    void services // made before anybody joins
    const profiles: string[] = []
    const people = new People(server, browser, async (watch) => {
      const profile = await mkdtemp(join(tmpdir(), 'earshot-phone-'))
      profiles.push(profile)
      return new Phone(profile, async (path) => {
        const context = await playwright.chromium.launchPersistentContext(path, { ...launchOptions, ...PHONE, locale: 'en-GB' })
        watch.over(context)
        return context
      })
    })
    await use(people)
    await people.close()
    for (const profile of profiles) await rm(profile, { recursive: true, force: true })
    expect(people.watch.complaints, 'what the browsers complained of').toEqual([])
  },
})
