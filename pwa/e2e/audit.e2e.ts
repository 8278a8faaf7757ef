/** Who did what: found again by whom and what, and held together by a chain that the page follows by itself. */
import { look } from './look'
import { DESK, EXCHANGE, expect, PHONE, test } from './story'
import { startVisit, writeDown } from './acts'

const WIDTHS = { widths: [1280, 390], height: 800 }

test('what was done is found, and its chain is followed to the first entry', async ({ people, program }) => {
  await program.holdNothing()
  const phone = await people.join('Ash', 'volunteer', PHONE)
  await startVisit(phone, EXCHANGE)
  await writeDown(phone, { words: 'The queue was out of the door' })
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Who did what' }).click()
  const entries = desk.getByRole('region', { name: 'Entries' }).getByRole('listitem')
  await expect(entries.filter({ hasText: 'Made a view' })).toContainText('Ash')
  await look(desk, 'audit', WIDTHS)

  await test.step('what one person did, of one kind', async () => {
    const all = await entries.count()
    await desk.getByLabel('Who?').selectOption('Ash')
    await expect(entries.filter({ hasText: 'Jo ·' })).toHaveCount(0)
    await desk.getByLabel('Did what?').selectOption('Made something')
    await expect(entries.filter({ hasText: 'Made a view' })).toHaveCount(1)
    await expect(entries.filter({ hasText: 'Joined' })).toHaveCount(0)
    await desk.getByLabel('To', { exact: true }).fill('2020-01-01')
    await expect(desk.getByText('Nothing of that kind was done.')).toBeVisible()
    await desk.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => entries.count()).toBeGreaterThanOrEqual(all)
  })

  await test.step('the chain is whole', async () => {
    await desk.getByRole('button', { name: 'Check the chain' }).click()
    await expect(desk.getByRole('region', { name: 'The chain' })).toContainText('None was changed or taken out.')
    await look(desk, 'audit-whole', WIDTHS)
  })

  await test.step('a server that leaves an entry out is found out', async () => {
    await desk.route('**/v1/audit?*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { rows: object[] }
      body.rows.splice(2, 1)
      await route.fulfill({ response: answer, json: body })
    })
    await desk.getByRole('button', { name: 'Check again' }).click()
    await expect(desk.getByText('The chain is broken', { exact: true }).last()).toBeVisible()
    await look(desk, 'audit-broken', WIDTHS)
  })
})
