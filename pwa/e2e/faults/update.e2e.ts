/** A newer version of the app comes while a view is being written. */
import type { Page } from '@playwright/test'
import { fillIn } from '../acts'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { Release } from './release'
import { expectHandedIn } from './safe'

const WORDS = 'The needle bins on the lane overflow'

test('a new version installs beside the old one, and takes over only when nothing is being written', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  const html = page.locator('html')
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE })
  await expect(page.getByText('Draft kept')).toBeVisible()

  const release = await Release.of('next', server)
  await test.step('it is fetched whole, and waits', async () => {
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await expect.poll(() => waits(page)).toBe(true)
    await expect(html).not.toHaveAttribute('data-version')
  })

  await test.step('the page starts again at the draft: the old one still has it', async () => {
    await page.reload()
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)
    expect(await waits(page)).toBe(true)
    await expect(html).not.toHaveAttribute('data-version')
  })

  await test.step('with the view sealed it takes over at the next start, without a line too', async () => {
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
    await expect(html, 'not in the middle of it').not.toHaveAttribute('data-version')
    await page.context().setOffline(true)
    await page.goto(`${server.origin}/#/`)
    await page.reload()
    await expect(html).toHaveAttribute('data-version', 'next')
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  })
  await page.context().setOffline(false)
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, [WORDS])
  await release.close()
})

function waits(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null)
}
