/** A line that comes and goes, and a server that ends in the middle: nothing is lost, nothing comes twice. */
import type { BrowserContext, Page, WebSocketRoute } from '@playwright/test'
import { done, fillIn, writeDown } from '../acts'
import type { Server } from '../server'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { Chance } from './chance'
import { expectHandedIn } from './safe'

const VIEWS = 50
const FLIPS = 100

test('the network goes and comes back a hundred times while fifty views are written down', async ({ server, program, people }) => {
  const chance = new Chance()
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Write down a view' }).click()
  const words = Array.from({ length: VIEWS }, (_, at) => `The bins overflow, said number ${at + 1}`)

  const STEPS = 3
  const flips = new Array<number>(VIEWS * STEPS).fill(0)
  for (let at = 0; at < FLIPS; at++) flips[chance.below(flips.length)]!++
  let offline = false
  const flip = async (step: number): Promise<void> => {
    for (let times = flips[step] ?? 0; times > 0; times--) await page.context().setOffline((offline = !offline))
  }
  for (const [at, said] of words.entries()) {
    await flip(at * STEPS)
    // The place is kept from one view to the next.
    await fillIn(page, { words: said, at: at === 0 ? EXCHANGE : undefined })
    await flip(at * STEPS + 1)
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
    await flip(at * STEPS + 2)
    await page.getByRole('button', { name: 'Next view' }).click()
  }
  expect(offline, 'an even number of flips ends as it began').toBe(false)
  await page.getByRole('link', { name: /^Close/ }).click()
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, words)
})

/** When the server ends: seen from the frame that takes the phone's ops to it. */
const MOMENTS = ['before the push reaches it', 'while the push is with it', 'once it has answered, before the answer arrives'] as const

for (const moment of MOMENTS) {
  test(`the server ends ${moment}: the same ops go again, and count once`, async ({ server, program, people }) => {
    await program.holdNothing()
    const page = await people.join('Ash', 'volunteer', PHONE)
    await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    const words = await threeWithoutLine(page)
    const ended = await endOnPush(page.context(), server, moment)
    await page.reload()
    await expect(page.getByText('3 views safe on this phone')).toBeVisible()
    await page.context().setOffline(false)
    await ended.reached
    await expect(page.getByText('3 views safe on this phone')).toBeVisible()
    await server.start()
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    await expectHandedIn(server, program, DAT, words)
  })
}

async function threeWithoutLine(page: Page): Promise<string[]> {
  await page.context().setOffline(true)
  const words = ['It opens too late', 'They were kind to me', 'There is no bin on the lane']
  for (const said of words) {
    await writeDown(page, { words: said, at: EXCHANGE })
    await done(page)
  }
  await expect(page.getByText('3 views safe on this phone')).toBeVisible()
  return words
}

interface Frame {
  t: string
  results?: unknown[]
}

/** Kills the server at that moment of the next push, for pages opened from now on; then the line is what it is. */
async function endOnPush(context: BrowserContext, server: Server, moment: (typeof MOMENTS)[number]): Promise<{ reached: Promise<void> }> {
  let over = false
  let end: () => void = () => undefined
  const reached = new Promise<void>((resolve) => (end = resolve))
  const kill = async (line: WebSocketRoute): Promise<void> => {
    over = true
    await server.kill()
    await line.close({ code: 1011 })
    end()
  }
  const read = (frame: string | Buffer): Frame => JSON.parse(String(frame)) as Frame
  await context.routeWebSocket(/\/v1\/sync$/, (line) => {
    const far = line.connectToServer()
    line.onMessage((frame) => {
      const pushes = !over && read(frame).t === 'push'
      if (pushes && moment === MOMENTS[0]) return void kill(line)
      far.send(frame)
      if (pushes && moment === MOMENTS[1]) void kill(line)
    })
    far.onMessage((frame) => {
      const { t, results = [] } = read(frame)
      if (!over && moment === MOMENTS[2] && t === 'ack' && results.length > 0) return void kill(line)
      line.send(frame)
    })
  })
  return { reached }
}
