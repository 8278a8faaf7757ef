/** A browser that has cleared what the app kept: nobody is left to think that all is well. */
import { done, fillIn, writeDown } from '../acts'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

const WORDS = 'The needle bins on the lane overflow'

test('the browser has cleared its store: it says so at once, and at the next start', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await writeDown(page, { words: 'They were kind to me', at: EXCHANGE })
  await done(page)
  await expectHandedIn(server, program, DAT, ['They were kind to me'])

  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE })
  await expect(page.getByText('Draft kept')).toBeVisible()
  const browser = await page.context().newCDPSession(page)
  await browser.send('Storage.clearDataForOrigin', { origin: server.origin, storageTypes: 'indexeddb' })
  await page.getByRole('button', { name: 'Yes, as I said it' }).click()
  await expect(page.getByRole('alert')).toContainText('has cleared what was kept here')
  await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)

  await page.reload()
  await expect(page.getByRole('heading', { name: 'What was kept here is gone' })).toBeVisible()
  await test.step('a new code sets it up again', async () => {
    await page.goto((await server.invite(DAT, 'Ash again', 'volunteer')).link)
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByRole('button', { name: 'Not now' }).click()
    await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    await writeDown(page, { words: WORDS, at: EXCHANGE })
  })
  await expectHandedIn(server, program, DAT, ['They were kind to me', WORDS])
})
