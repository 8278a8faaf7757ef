/** Two tabs of one phone, both of which write. */
import type { Page } from '@playwright/test'
import { done, fillIn } from '../acts'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

const ROUNDS = 4

test('two tabs save at the same moment, again and again: each view gets a number of its own', async ({ server, program, people }) => {
  await program.holdNothing()
  const one = await people.join('Ash', 'volunteer', PHONE)
  await expect(one.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  const other = await one.context().newPage()
  await other.goto(server.origin)
  await expect(other.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await one.context().setOffline(true)

  const words: string[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const said = [`From the first tab, number ${round}`, `From the second tab, number ${round}`]
    for (const [at, page] of [one, other].entries()) {
      await page.bringToFront()
      await page.getByRole('link', { name: 'Write down a view' }).click()
      await fillIn(page, { words: said[at] ?? '', at: EXCHANGE })
    }
    await Promise.all([one, other].map(seal))
    words.push(...said)
    for (const page of [one, other]) await done(page)
  }
  for (const page of [one, other]) await expect(page.getByText(`${2 * ROUNDS} views safe on this phone`)).toBeVisible()

  await one.context().setOffline(false)
  for (const page of [one, other]) await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, words)
})

/** Presses the button in the page itself: a real tap first brings its tab to the front, and they would come one by one. */
async function seal(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Yes, as I said it' }).dispatchEvent('click')
  await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
}
