/** Whether the programme is alive: counted while people work, and without anything that a lead may not know. */
import { done, writeDown } from './acts'
import { look } from './look'
import { newId } from './program'
import { DESK, enrol, EXCHANGE, expect, PHONE, test } from './story'

test('a desk sees what was heard, where it is quiet, and how far it came; it follows as things happen', async ({ people, program, services }) => {
  await program.holdNothing()
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Programme' }).click()
  await expect(desk.getByText('Nothing was written down here yet.')).toBeVisible()
  await look(desk, 'programme-empty', { widths: [1280] })

  await program.write({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', kind: 'gap', words: 'Nobody is there at night' } })
  const views = desk.getByRole('region', { name: 'Figures' }).getByRole('listitem').nth(3)
  await expect(views).toContainText('1 view', { timeout: 15_000 })
  const phone = await people.join('Ash', 'volunteer', PHONE)
  await writeDown(phone, { words: 'They were kind to me', at: EXCHANGE })
  await done(phone)
  await expect(desk.getByRole('row', { name: /Ash/ })).toContainText('1', { timeout: 15_000 })
  await expect(desk.getByText('Most wait to be looked at:')).toBeVisible()

  await test.step('an earlier time, and another length', async () => {
    await desk.getByRole('button', { name: 'Earlier' }).click()
    await expect(desk.getByText('Nothing was said in this time.')).toBeVisible()
    await desk.getByRole('button', { name: 'Later' }).click()
    await desk.getByRole('button', { name: 'Year' }).click()
    await expect(desk.getByRole('heading', { level: 1 })).toHaveText(/^\d{4}$/)
    await expect(desk.getByRole('row', { name: /Ash/ })).toBeVisible()
    await expect(desk.getByRole('button', { name: 'Later' })).toBeDisabled()
  })

  await test.step('without a line it says so, and keeps what it had', async () => {
    await desk.context().setOffline(true)
    await desk.getByRole('button', { name: 'Month' }).click()
    await expect(desk.getByText('No line to the server')).toBeVisible()
    await desk.context().setOffline(false)
    await expect(desk.getByRole('row', { name: /Ash/ })).toBeVisible({ timeout: 15_000 })
  })
})

test('a lead sees visits and silence, and no count that somebody could be known by', async ({ people, program, services }) => {
  await program.write({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', kind: 'gap', words: 'Nobody is there at night' } })
  const lead = await people.join('Kit', 'lead', DESK)
  await lead.getByRole('link', { name: 'Programme' }).click()
  await expect(lead.getByText('What people said is counted here once the quarter is over.')).toBeVisible()
  await expect(lead.getByRole('table')).toHaveCount(0)
  await expect(lead.getByRole('button', { name: 'Month' })).toHaveCount(0)
  await lead.getByRole('button', { name: 'Earlier' }).click()
  await expect(lead.getByText('Counts of fewer than five are not shown here')).toBeVisible()
  await look(lead, 'programme-lead', { widths: [1280] })
})

test('with the demonstration’s weeks behind it', async ({ server, people }) => {
  test.setTimeout(120_000)
  await server.stop()
  const { coordinator } = await server.startDemo()
  const desk = await people.browser(DESK)
  await enrol(desk, coordinator)
  await desk.getByRole('link', { name: 'Programme' }).click()
  await expect(desk.getByRole('heading', { name: 'Is the loop closed?' })).toBeVisible()
  await look(desk, 'programme', { widths: [1280], height: 800 })
})
