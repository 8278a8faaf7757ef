/** What the server could not take in is with the desk: mended it comes in as its sender's own; put aside it is erased. */
import { look } from './look'
import { newId, Program } from './program'
import { DAT, DESK, expect, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }

test('one is mended and comes in, one is put aside', async ({ people, program, server, services }) => {
  await program.holdNothing()
  const ash = await Program.enrol(server, await server.invite(DAT, 'Ash', 'volunteer'))
  const view = (set: object): Parameters<Program['tell']>[0] => ({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', handling: 'open', consent: 1, ...set } })
  await ash.tell(view({ words: 'It opens too late for people who work', kind: 'moan' }), view({ words: 'Nobody rings back', themes_of: 'x' }))

  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'To mend' }).click()
  const held = desk.getByRole('main').getByRole('listitem')
  await expect(held).toHaveCount(2)
  const late = held.filter({ hasText: 'What it says cannot be right' })
  await expect(late).toContainText('It opens too late')
  await look(desk, 'mend', WIDTHS)

  await test.step('mended in the field that was in the way', async () => {
    await late.getByRole('button', { name: /Mend it/ }).click()
    await late.getByRole('button', { name: 'Hand it in' }).click()
    await expect(late.getByRole('alert')).toContainText('It could not be taken in like this either.')
    await late.getByLabel('the kind', { exact: true }).selectOption('concern')
    await look(desk, 'mend-mending', WIDTHS)
    await late.getByRole('button', { name: 'Hand it in' }).click()
    await expect(held).toHaveCount(1)
    await desk.getByRole('link', { name: /To go through/ }).click()
    await expect(desk.getByRole('link', { name: /It opens too late/ })).toBeVisible()
  })

  await test.step('put aside with a reason', async () => {
    await desk.getByRole('link', { name: 'To mend' }).click()
    await held.getByRole('button', { name: /Put it aside for good/ }).click()
    await held.getByRole('button', { name: 'Yes, erase it' }).click()
    await expect(held.getByRole('alert')).toHaveText('Say why in a few words.')
    await held.getByLabel('Why?').fill('Written twice')
    await look(desk, 'mend-aside', WIDTHS)
    await held.getByRole('button', { name: 'Yes, erase it' }).click()
    await expect(desk.getByText('Nothing is to be mended.')).toBeVisible()
  })
})
