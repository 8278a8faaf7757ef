/** Words are found in all that was said; without a line in what is on the device. What a role may not see is not found. */
import { look } from './look'
import { newId } from './program'
import { DESK, EXCHANGE, expect, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }

test('what was said is found, with a line and without', async ({ people, program, services }) => {
  const matter = newId()
  const view = (words: string, more: object = {}): { c: string; r: string; set: object } => ({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', kind: 'concern', words, ...more } })
  await program.write(
    { c: 'matter', r: matter, set: { title: 'Nobody answers the telephone', level: 'service' }, add: { services: [services.exchange] } },
    view('I rang for three days and nobody picks up the telephone'),
    view('The telephone queue cut me off <b>twice</b>', { share: 'team' }),
    view('A new kettle would be good'),
  )
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Search' }).click()
  const words = desk.getByRole('searchbox', { name: 'Words to look for' })
  await expect(words).toBeFocused()
  await look(desk, 'search-empty', WIDTHS)
  const found = desk.getByRole('list', { name: 'Found' }).getByRole('listitem')
  await words.fill('telephone')
  await expect(found).toHaveCount(3)
  await expect(found.locator('mark')).toHaveText(['telephone', 'telephone', 'telephone'])
  await expect(desk.getByText('this is what is on this device')).toBeHidden()
  await look(desk, 'search', WIDTHS)
  await words.fill('telephone twice')
  await expect(found).toHaveCount(1)
  await expect(found).toContainText('cut me off <b>twice</b>')
  await words.fill('elephant')
  await expect(desk.getByText('Nothing was found.').last()).toBeVisible()
  await look(desk, 'search-none', WIDTHS)

  await test.step('without a line', async () => {
    await desk.context().setOffline(true)
    await words.fill('tele')
    await expect(desk.getByText('this is what is on this device')).toBeVisible()
    await expect(found).toHaveCount(3)
    await found.filter({ hasText: 'A matter' }).getByRole('link').click()
    await expect(desk.getByRole('heading', { level: 1, name: 'Nobody answers the telephone' })).toBeVisible()
    await desk.context().setOffline(false)
  })

  await test.step('a manager finds nothing that was said for the team alone', async () => {
    const manager = await people.join('Robin', 'manager', DESK, services.exchange)
    await manager.getByRole('link', { name: 'Search' }).click()
    await manager.getByRole('searchbox').fill('twice')
    await expect(manager.getByText('Nothing was found.').last()).toBeVisible()
    await manager.getByRole('searchbox').fill('telephone')
    await expect(manager.getByRole('list', { name: 'Found' }).getByRole('listitem').filter({ hasText: 'A matter' })).toContainText(EXCHANGE)
  })
})
