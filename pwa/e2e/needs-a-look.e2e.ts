/** What needs a look opens by itself, says why and who mends it, and holds nothing up. */
import type { BrowserContext, Page } from '@playwright/test'
import { done, writeDown } from './acts'
import { expectHandedIn } from './faults/safe'
import { look } from './look'
import { DAT, EXCHANGE, expect, PHONE, test } from './story'

test.describe.configure({ timeout: 240_000 })

test('what the server refuses, and what cannot be sent at all', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await byPagesAlone(page)
  await page.context().setOffline(true)
  const write = async (words: string): Promise<void> => {
    await writeDown(page, { words, at: EXCHANGE })
    await done(page)
  }
  await write('It opens too late')
  await write('They were kind to me')
  await page.goto(`${server.origin}/#/risk/talk`)
  await page.getByRole('button', { name: 'Ask for a call' }).click()
  await page.getByRole('link', { name: 'Back to today' }).click()
  await write('There is no bin on the lane')
  await tamper(page.context(), { tooLarge: 1, broken: [2, 3] })
  await page.goto(`${server.origin}/#/`)
  await page.reload()
  await page.context().setOffline(false)

  const needs = page.getByRole('region', { name: '3 need a look' })
  await page.getByRole('link', { name: 'See what to do' }).click()
  await expect(needs).toBeVisible()
  await test.step('each says where it lies; the one behind them has gone', async () => {
    await expect(needs.getByText('The team has it whole, but cannot open it.')).toHaveCount(2)
    await expect(needs.getByText('It is too long to be sent, so the team has not got it. Take it back, and write it as two.')).toBeVisible()
    await expect(page.getByText('With the team', { exact: true })).toBeVisible()
    await expectHandedIn(server, program, DAT, ['There is no bin on the lane'])
  })
  await look(page, 'handed-in-look')

  await test.step('a call that is stuck can be taken back, and whom to call stands there first', async () => {
    const call = needs.getByRole('listitem').filter({ hasText: 'Would like a call' })
    await expect(call.getByRole('link', { name: 'Whom to call' })).toBeVisible()
    await call.getByRole('button', { name: 'Take it back' }).click()
    await expect(call.getByText('Call first')).toBeVisible()
    await look(page, 'handed-in-look-sure')
    await call.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect(page.getByRole('region', { name: '2 need a look' })).toBeVisible()
  })
  await page.getByRole('link', { name: 'What is happening' }).click()
  await look(page, 'handed-in-line-look')
})

interface Op {
  n: number
  sealed?: string
}

/** The worker delivers nothing by itself, so that all goes over the line that is tampered with: that of a page. */
async function byPagesAlone(page: Page): Promise<void> {
  const refuse = (): void => void Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', { value: undefined })
  await page.context().addInitScript(refuse)
  await page.evaluate(refuse)
}

/** Takes no frame with one op, and breaks the seal of others on their way, for pages opened from now on. */
async function tamper(context: BrowserContext, { tooLarge, broken }: { tooLarge: number; broken: number[] }): Promise<void> {
  const breaks = (op: Op): Op => (op.sealed && broken.includes(op.n) ? { ...op, sealed: op.sealed.replace(/.{8}$/, 'AAAAAAAA') } : op)
  await context.routeWebSocket(/\/v1\/sync$/, (line) => {
    const far = line.connectToServer()
    line.onMessage((text) => {
      const frame = JSON.parse(String(text)) as { t: string; ops?: Op[] }
      if (frame.ops?.some((op) => op.n === tooLarge && op.sealed)) void line.close({ code: 4413 })
      else far.send(frame.ops ? JSON.stringify({ ...frame, ops: frame.ops.map(breaks) }) : text)
    })
  })
}
