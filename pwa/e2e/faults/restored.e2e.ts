/** A server that was lost and comes back from a backup: the phones know more than it does. */
import { done, writeDown } from '../acts'
import { DAT, DESK, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

test('what the backup had not is handed in again, and what it had is called safe', async ({ people, server, program }) => {
  await server.stop()
  await server.start('--safe', 'backup')
  await program.holdNothing()
  const phone = await people.join('Ash', 'volunteer', PHONE)
  const desk = await people.join('Jo', 'coordinator', DESK)
  const words = ['It opens too late', 'They were kind to me', 'The door sticks']
  for (const said of words.slice(0, 2)) {
    await writeDown(phone, { words: said, at: EXCHANGE })
    await done(phone)
  }
  await expect(phone.getByText('Everything you wrote down is with the team.')).toBeVisible()
  const file = await server.backUp()
  await phone.getByRole('link', { name: 'Handed in' }).click()
  await expect(phone.getByText('Safe in the backup').first()).toBeVisible()
  await phone.getByRole('link', { name: 'Today' }).click()
  await writeDown(phone, { words: words[2] ?? '', at: EXCHANGE })
  await done(phone)
  await expect(desk.getByText(words[2] ?? '').first()).toBeVisible()

  await server.stop()
  await server.restore(file)
  expect(await server.counts(DAT)).toMatchObject({ views: 2 })
  await server.start('--safe', 'backup')
  await expect(async () => expect(await server.counts(DAT)).toMatchObject({ views: 3 })).toPass()
  await expect(desk.getByText(words[2] ?? '').first()).toBeVisible()
  await expectHandedIn(server, program, DAT, words)
  await expect(phone.getByText('Everything you wrote down is with the team.')).toBeVisible()
})
