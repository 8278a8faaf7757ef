/** What the desk wants to know from a service: asked on the matter, replied to by its manager, and seen by both. */
import { randomUUID } from 'node:crypto'
import { DESK, expect, test } from './story'

const TITLE = 'Nobody answers the telephone on Fridays'
const QUESTION = 'Who picks up on a Friday after four?'
const REPLY = 'Nobody does. From Monday the duty worker will.'

test('a service is asked about a matter, its manager replies, and the matter shows it', async ({ people, services, program }) => {
  await program.write({ c: 'matter', r: randomUUID(), set: { title: TITLE, level: 'service', handling: 'open' }, add: { services: [services.clinic] } })
  const desk = await people.join('Jo', 'coordinator', DESK)
  const manager = await people.join('Pat', 'manager', DESK, services.clinic)

  await desk.getByRole('link', { name: 'Matters' }).click()
  await desk.getByRole('link', { name: TITLE }).click()
  const asked = desk.getByRole('region', { name: 'Asked of services' })
  await asked.getByRole('button', { name: 'Ask a service' }).click()
  await asked.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(asked.getByRole('alert')).toHaveText('Write the question first.')
  await asked.getByRole('textbox', { name: /^What do you want to know/ }).fill(QUESTION)
  await asked.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(asked.getByRole('listitem')).toContainText(QUESTION)

  await manager.getByRole('link', { name: 'Asked of services 1' }).click()
  const question = manager.getByRole('article').filter({ hasText: QUESTION })
  await question.getByRole('textbox', { name: 'Reply' }).fill(REPLY)
  await question.getByRole('button', { name: 'Send the reply' }).click()

  await expect(asked.getByRole('listitem')).toContainText(REPLY)
  await desk.getByRole('link', { name: 'Asked of services 1' }).click()
  await desk.getByRole('button', { name: 'It is answered' }).click()
  await expect(desk.getByRole('article').filter({ hasText: QUESTION })).toContainText('Answered')
  await expect(question).toContainText('Answered')
})
