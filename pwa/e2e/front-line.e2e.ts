/** A manager with an open door, or at the front line, writes down what they hear as everybody does: words, and one answer. */
import { DAT, EXCHANGE, expect, PHONE, test } from './story'

test('a manager puts words and one answer down, at their own service', async ({ people, program, services, server }) => {
  const page = await people.join('Lou', 'manager', PHONE, services.exchange)
  await page.getByRole('link', { name: 'Write down a view' }).click()
  const words = page.getByRole('textbox', { name: 'What did they say?' })
  await words.fill('Open at eight, then I can come before work')
  // Their one service is known, and that the door was open is the likely way.
  await expect(page.getByRole('group', { name: 'Where was it said?' }).getByRole('button')).toHaveText([EXCHANGE])
  await page.getByRole('button', { name: 'In your own words' }).click()
  await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  const dat = (await program.read()).find((it) => it.c === 'dat')
  expect(dat?.f.hold_minutes, 'it is held as on any phone').toBe(5)
  expect(await server.counts(DAT)).toMatchObject({ views: 0 })
})
