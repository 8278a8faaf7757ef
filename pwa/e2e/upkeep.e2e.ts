/** What whoever runs the server has to see to stands on the desk's first page until it is seen to. */
import { look } from './look'
import { DESK, expect, test } from './story'

test('a desk reads that no mail is sent, and that there is no backup, until there is one', async ({ people, server }) => {
  await server.stop()
  await server.start('--safe', 'backup')
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'What waits' }).click()
  await expect(desk.getByText('There is no backup yet')).toBeVisible()
  await expect(desk.getByText('This server sends no mail')).toBeVisible()
  await look(desk, 'desk-upkeep', { widths: [1180] })
  await server.backUp()
  await desk.reload()
  await expect(desk.getByText('This server sends no mail')).toBeVisible()
  await expect(desk.getByText('There is no backup yet')).toBeHidden()
})
