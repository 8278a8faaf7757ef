/** Where a link is opened decides what is right: a browser, another app's page, an iPhone beside its home screen, a phone that has joined. */
import type { BrowserContextOptions, Page } from '@playwright/test'
import { look } from './look'
import { choosePin, DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

const APPLE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const GOOGLE = 'Mozilla/5.0 (Linux; Android 13; SM-A136B) AppleWebKit/537.36 (KHTML, like Gecko)'
const SAFARI = { ...PHONE, userAgent: `${APPLE} Version/17.5 Mobile/15E148 Safari/604.1` }
const IPHONE_APP = { ...PHONE, userAgent: `${APPLE} Mobile/15E148` }
const ANDROID = { ...PHONE, userAgent: `${GOOGLE} Chrome/126.0.0.0 Mobile Safari/537.36` }
const COPIES: BrowserContextOptions = { permissions: ['clipboard-read', 'clipboard-write'] }

const copied = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

test('an iPhone: the link shows how to install and uses nothing up; the code is pasted in the installed app', async ({ people, server }) => {
  const { code, link } = await server.invite(DAT, 'Ash', 'volunteer')
  const safari = await people.browser({ ...SAFARI, ...COPIES })
  await safari.goto(link)
  await expect(safari.getByRole('heading', { name: 'First put Earshot on your home screen' })).toBeVisible()
  await expect(safari.getByText(code)).toBeVisible()
  expect(safari.url()).toBe(`${server.origin}/enrol`)
  await look(safari, 'join-iphone')
  await safari.getByRole('button', { name: 'Copy the code' }).click()
  await expect(safari.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await copied(safari)).toBe(code)
  expect(await server.devices(DAT)).toEqual([])

  const app = await people.browser(IPHONE_APP)
  await app.addInitScript(() => Object.defineProperty(navigator, 'standalone', { value: true }))
  await app.goto(server.origin)
  await app.getByRole('textbox', { name: 'Your code' }).fill(` ${code.toLowerCase()} `)
  await app.getByRole('button', { name: 'Join' }).click()
  await app.getByRole('button', { name: 'Not now' }).click()
  await expect(app.getByRole('heading', { name: 'Earshot is on your home screen' })).toBeVisible()
  await expect(app.locator('#main').getByText(/^This browser (has|makes)/)).toBeVisible()
  await look(app, 'join-iphone-kept')
  await app.getByRole('button', { name: 'Go on' }).click()
  await expect(app.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  expect((await server.devices(DAT)).length).toBe(1)
})

for (const [app, userAgent, way] of [
  ['Instagram on an iPhone', `${APPLE} Mobile/15E148 Instagram 336.0.0.18.103 (iPhone12,8; iOS 17_5)`, 'Open in Safari'],
  ['Facebook on Android', `${GOOGLE.replace('SM-A136B', 'SM-A136B; wv')} Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/468.0.0.55.84;]`, 'Open in Chrome'],
] as const) {
  test(`${app}: says how to open a real browser, and uses nothing up`, async ({ people, server }) => {
    const { link } = await server.invite(DAT, 'Ash', 'volunteer')
    const page = await people.browser({ ...PHONE, ...COPIES, userAgent })
    await page.goto(link)
    await expect(page.getByRole('heading', { name: 'Open this in your own browser' })).toBeVisible()
    await expect(page.getByText(way)).toBeVisible()
    await look(page, `join-in-app-${way.split(' ').at(-1)?.toLowerCase()}`)
    await page.getByRole('button', { name: 'Copy the link' }).click()
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
    expect(await copied(page)).toBe(link)
    expect(await server.devices(DAT)).toEqual([])
  })
}

test('an Android phone: joins, is told what the browser promised, and is put on the home screen by the browser’s own offer', async ({ people, server }) => {
  const page = await people.browser(ANDROID)
  await page.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
  await page.getByRole('button', { name: 'Join' }).click()
  await choosePin(page, '407162')
  await expect(page.getByRole('heading', { name: 'Put Earshot on your home screen' })).toBeVisible()
  await expect(page.locator('#main').getByText('This browser has not promised')).toBeVisible()
  await expect(page.getByText('Choose “Add to home screen”')).toBeVisible()
  await look(page, 'join-android')

  await page.evaluate(() => dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: () => Promise.resolve(dispatchEvent(new Event('appinstalled'))) })))
  await page.getByRole('button', { name: 'Add to home screen' }).click()
  await expect(page.getByRole('heading', { name: 'Earshot is on your home screen' })).toBeVisible()
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('link', { name: 'This browser may clear what it keeps' }).click()
  await expect(page.locator('#main').getByText('This browser has not promised')).toBeVisible()
})

test('a second invitation on a phone that has joined is said, and stays unused', async ({ people, server }) => {
  const page = await people.join('Ash', 'volunteer', PHONE)
  const second = await server.invite(DAT, 'Bo', 'volunteer')
  await page.goto(second.link)
  await expect(page.getByRole('heading', { name: 'This phone has joined already' })).toBeVisible()
  await expect(page.getByText('It is Ash’s.')).toBeVisible()
  await look(page, 'join-already')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  expect((await server.devices(DAT)).length).toBe(1)
  await enrol(await people.browser(PHONE), second.link)
  expect((await server.devices(DAT)).length).toBe(2)
})

test('a link that is opened on the page where one stands, or pasted whole, is taken', async ({ people, server }) => {
  people.watch.await(/403 \(Forbidden\)/)
  const { code, link } = await server.invite(DAT, 'Ash', 'volunteer')
  const page = await people.browser(PHONE)
  await page.goto(`${server.origin}/enrol#NOT-A-CODE`)
  await expect(page.getByRole('textbox', { name: 'Your code' })).toHaveValue('NOT-A-CODE')
  await page.goto(link)
  await expect(page.getByRole('textbox', { name: 'Your code' })).toHaveValue(code)
  expect(page.url()).toBe(`${server.origin}/enrol`)
  await page.getByRole('textbox', { name: 'Your code' }).fill(link)
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('button', { name: 'Not now' }).click()
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
})

test('a browser that is too old to run any of it names those that do', async ({ people, server }) => {
  const page = await people.browser(PHONE)
  await page.route('**/assets/app-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
  await page.goto(`${server.origin}/enrol`)
  await expect(page.getByText('Safari or iOS 16.4')).toBeVisible()
  await look(page, 'too-old')
})
