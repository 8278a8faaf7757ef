/** Who is in the team and their phones: letting somebody in by a link that is shown once, and switching a lost phone off. */
import { look } from './look'
import { Program } from './program'
import { DAT, DESK, enrol, EXCHANGE, expect, PHONE, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }
const DAYS = 86_400_000

test('somebody is let in by a link that is shown once', async ({ people, server }) => {
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'People and phones' }).click()
  await expect(desk.getByRole('heading', { name: 'People and phones', level: 1 })).toBeVisible()
  await expect(desk.getByText('this one')).toBeVisible()
  await desk.getByRole('link', { name: 'Invite somebody' }).click()
  await desk.getByRole('button', { name: 'Make the link' }).click()
  await expect(desk.getByText('Write a name.')).toBeVisible()
  await desk.getByLabel('What are they called?').fill('Robin from the exchange')
  await expect(desk.getByRole('button', { name: 'Administrator' }), 'a coordinator invites no administrator').toBeHidden()
  await desk.getByRole('button', { name: 'Service manager' }).click()
  await expect(desk.getByText('No service is theirs yet')).toBeVisible()
  await look(desk, 'people-invite', WIDTHS)
  await desk.getByRole('button', { name: EXCHANGE }).click()
  await desk.getByRole('button', { name: 'Make the link' }).click()

  const link = (await desk.getByText(`${server.origin}/enrol#`).textContent()) ?? ''
  await expect(desk.getByRole('img', { name: 'QR code that lets Robin from the exchange in' })).toBeVisible()
  await look(desk, 'people-link', WIDTHS)
  await desk.getByRole('button', { name: 'I have passed it on' }).click()
  await expect(desk.getByText('has not joined with it yet')).toBeVisible()
  expect(await desk.content(), 'the code is on the page no more').not.toContain(link.split('#')[1])
  expect(desk.url()).not.toContain(link.split('#')[1])

  const theirs = await people.browser(DESK)
  await enrol(theirs, link)
  await expect(theirs.getByRole('link', { name: 'Heard' })).toBeVisible()
  await desk.reload()
  const robin = desk.getByRole('listitem').filter({ hasText: 'Robin from the exchange' })
  await expect(robin.getByText(`manager · ${EXCHANGE}`)).toBeVisible()
  await expect(robin.getByText('Last in touch just now.')).toBeVisible()

  await test.step('a second phone for somebody who is here', async () => {
    await robin.getByRole('link', { name: 'Another phone' }).click()
    await desk.getByRole('button', { name: 'Make the link' }).click()
    const second = await people.browser(PHONE)
    await enrol(second, (await desk.getByText(`${server.origin}/enrol#`).textContent()) ?? '')
    await desk.goto(`${server.origin}/#/desk/people`)
    await desk.reload()
    await expect(robin.getByText('Last in touch')).toHaveCount(2)
  })
})

test('a phone that is stuck stands first; a lost one is switched off, and what it holds is said before', async ({ people, server, services }) => {
  const ash = await Program.enrol(server, await server.invite(DAT, 'Ash Featherstonehaugh-Cholmondeley, evenings and every second Saturday', 'volunteer'))
  await ash.say({ ops: 3, oldest: new Date(Date.now() - 9 * DAYS).toISOString(), persisted: false, trouble: 'storage_full' })
  await server.invite(DAT, 'Kit', 'outreach')
  const desk = await people.join('Jo', 'coordinator', DESK, services.clinic)
  await desk.goto(`${server.origin}/#/desk/people`)
  await expect(desk.getByText('One phone holds something for more than a day')).toBeVisible()
  const first = desk.getByRole('main').getByRole('listitem').first()
  await expect(first).toContainText('Ash')
  await expect(first).toContainText('Holds 3 things, the oldest since')
  await expect(first).toContainText('Its storage is full.')
  await look(desk, 'people', WIDTHS)

  await first.getByRole('button', { name: /^Switch off/ }).click()
  await expect(first).toContainText('It still holds 3 things that you have not got')
  await look(desk, 'people-switch-off', WIDTHS)
  await first.getByRole('button', { name: 'Leave it on' }).click()
  await desk.context().setOffline(true)
  await first.getByRole('button', { name: /^Switch off/ }).click()
  await first.getByRole('button', { name: 'Yes, switch it off' }).click()
  await expect(first.getByText('That was not done: it needs a line')).toBeVisible()
  await desk.context().setOffline(false)
  await first.getByRole('button', { name: /^Switch off/ }).click()
  await first.getByRole('button', { name: 'Yes, switch it off' }).click()
  await expect(desk.getByText('Switched off.')).toBeVisible()
  await expect(ash.read(), 'the lost phone reads no more').rejects.toThrow()
})

test('without a line, and where the server can’t answer, the page says so and shows who is here', async ({ people, server }) => {
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.goto(`${server.origin}/#/desk`)
  await expect(desk.getByRole('link', { name: 'People and phones' })).toBeVisible()
  await desk.evaluate(() => navigator.serviceWorker.ready)
  people.watch.await(/503/)
  await desk.route('**/v1/devices', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable","status":503}' }))
  await desk.getByRole('link', { name: 'People and phones' }).click()
  await expect(desk.getByText('The server could not answer')).toBeVisible()
  await look(desk, 'people-failed', WIDTHS)
  await desk.unroute('**/v1/devices')
  await desk.getByRole('button', { name: 'Try again' }).click()
  await expect(desk.getByText('Last in touch')).toBeVisible()

  await desk.getByRole('link', { name: 'To go through' }).click()
  await desk.context().setOffline(true)
  await desk.getByRole('link', { name: 'People and phones' }).click()
  await expect(desk.getByText('No line to the server')).toBeVisible()
  await expect(desk.getByRole('heading', { name: 'Jo' })).toBeVisible()
  await look(desk, 'people-offline', WIDTHS)
  await desk.context().setOffline(false)
  await expect(desk.getByText('Last in touch')).toBeVisible()
})
