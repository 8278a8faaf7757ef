/** A phone that is switched off while it holds what nobody else has. */
import { done, writeDown } from '../acts'
import { readStores } from '../readable'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'

test('revoked while it was away: it erases itself at the next contact, and what was sealed reaches the team', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.context().setOffline(true)
  const words = ['It opens too late', 'They were kind to me']
  for (const said of words) {
    await writeDown(page, { words: said, at: EXCHANGE })
    await done(page)
  }
  await expect(page.getByText('2 views safe on this phone')).toBeVisible()
  await server.revoke(DAT, (await server.devices(DAT)).find((it) => it.name === 'My phone')?.id ?? '')

  await page.context().setOffline(false)
  await expect(page.getByRole('heading', { name: 'This phone was switched off' })).toBeVisible()
  await expect(async () => expect(await readStores(page)).not.toMatch(/\/outbox: [1-9]/)).toPass()
  expect(await readStores(page), 'nothing of the team is left').not.toContain(EXCHANGE)
  const aside = await program.quarantined()
  expect(aside.map((it) => it.n).sort(), 'each lies at the desk, once').toEqual(words.map((_, at) => at + 1))
  expect(await server.problems()).toEqual([])
})
