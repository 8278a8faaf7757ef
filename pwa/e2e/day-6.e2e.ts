/**
 * A service manager, a quarter of an hour between clinics: three things are asked, by due date. One is promised, one is
 * refused with its reason, one can wait; some praise is read. Who spoke, on which day, and which volunteer heard it is
 * on no screen of theirs and in no store. The clinic's line is gone for part of it, and the desk goes on meanwhile.
 */
import type { Page } from '@playwright/test'
import { newId } from './program'
import { openStores, rememberKeys } from './readable'
import { DAT, DESK, enrol, expect, test } from './story'

const asked = (page: Page, question: string) => page.getByRole('article').filter({ hasText: question })
const go = (desk: Page, hash: string) => desk.evaluate((it) => (location.hash = it), hash)

test('fifteen minutes between clinics', async ({ server, people, program, services }) => {
  const ash = (await server.invite(DAT, 'Ashbourne', 'volunteer')).member
  const [needles, sundays, chairs] = [newId(), newId(), newId()]
  const at = new Date(Date.now() - 15 * 86_400_000)
  const heard = (id: string, words: string, kind: string) => [{ c: 'view', r: id, set: { service: services.exchange, by: ash, method: 'nxc', kind, share: 'words', words, at: at.toISOString(), weight: 4, review: 'accepted' } }]
  const [praise, gap] = [newId(), newId()]
  await program.write(
    ...heard(praise, 'The lad on Fridays always asks how I am', 'praise'),
    ...heard(gap, 'You never have 1 ml', 'gap'),
    ...([[needles, '1 ml barrels'], [sundays, 'Sunday opening'], [chairs, 'Chairs in the corridor']] as const).map(([r, title]) => ({ c: 'matter', r, set: { title, level: 'service', status: 'with_service' }, add: { services: [services.exchange] } })),
    { c: 'ask', r: newId(), set: { matter: chairs, service: services.exchange, question: 'Is there room for chairs?', due: '2027-03-01' } },
    { c: 'ask', r: newId(), set: { matter: needles, service: services.exchange, question: 'Can you stock 1 ml?', due: '2027-01-10' } },
    { c: 'ask', r: newId(), set: { matter: sundays, service: services.exchange, question: 'Could you open on Sundays?', due: '2027-02-01' } },
  )
  for (const id of [praise, gap]) {
    const view = (await program.read()).find((it) => it.r === id)
    await program.write({ c: 'view', r: id, base: view?.v ?? 0, set: { released: new Date().toISOString().slice(0, 10) } })
  }
  const jo = await people.join('Jo', 'coordinator', DESK)
  const robin = await people.browser(DESK)
  await rememberKeys(robin)
  await enrol(robin, (await server.invite(DAT, 'Robin', 'manager', services.exchange)).link)

  await test.step('praise is there to pass on to the desk; who, when and by whom is not', async () => {
    await expect(robin.getByText('“The lad on Fridays always asks how I am”')).toBeVisible()
    await expect(robin.getByText('Ashbourne')).toHaveCount(0)
    const held = await openStores(robin)
    expect(held).toContain('always asks how I am')
    for (const secret of ['Ashbourne', ash, at.toISOString().slice(0, 10)]) expect(held).not.toContain(secret)
  })

  await test.step('three are asked, what is due first stands first', async () => {
    await robin.getByRole('link', { name: 'Asked of services 3' }).click()
    await expect(robin.getByRole('article').getByRole('heading')).toHaveText(['Can you stock 1 ml?', 'Could you open on Sundays?', 'Is there room for chairs?'])
    await robin.context().setOffline(true)
    await expect(robin.getByText('No signal', { exact: true })).toBeVisible()
  })

  await test.step('one is promised: what, by when, whose job', async () => {
    const one = asked(robin, 'Can you stock 1 ml?')
    await one.getByRole('textbox', { name: 'Reply' }).fill('We are sorry you feel that way.')
    await expect(one.getByText('sounds as if the feeling were the problem')).toBeVisible()
    await one.getByRole('textbox', { name: 'Reply' }).fill('We were out. It is ordered weekly now.')
    await expect(one.getByText('sounds as if the feeling were the problem')).toHaveCount(0)
    await one.getByRole('button', { name: 'Promise something' }).click()
    await one.getByRole('textbox', { name: 'What', exact: true }).fill('1 ml is in')
    await one.getByLabel('By when').fill('2027-01-03')
    await one.getByRole('textbox', { name: 'Whose job (a post, no name)' }).fill('Duty worker')
    await one.getByRole('button', { name: 'Send the reply' }).click()
    await expect(one.getByRole('button', { name: 'Send the reply' })).toHaveCount(0)
  })
  await test.step('one is refused, with what the service knows', async () => {
    const one = asked(robin, 'Could you open on Sundays?')
    await one.getByRole('textbox', { name: 'Reply' }).fill('No. Nobody can be found for Sundays.')
    await one.getByRole('textbox', { name: 'What the service knows besides' }).fill('It would cost £11,000 a year.')
    await one.getByRole('button', { name: 'Send the reply' }).click()
    await expect(one.getByRole('button', { name: 'Send the reply' })).toHaveCount(0)
  })

  await test.step('the desk goes on: it takes the matter further without having heard', async () => {
    await go(jo, `/desk/matters/${sundays}`)
    await expect(jo.getByText('Asked, and nothing said yet.')).toBeVisible()
    await jo.getByRole('button', { name: 'Take it to the DAT' }).click()
  })
  await test.step('back in touch, both sides stand beside each other, and “no” is decided with all that it needs', async () => {
    await robin.context().setOffline(false)
    await expect(jo.getByRole('region', { name: 'What the service knows' })).toContainText('£11,000')
    await jo.getByRole('group', { name: 'Decision' }).getByRole('button', { name: 'Later' }).click()
    await jo.getByRole('button', { name: 'Decide', exact: true }).click()
    await expect(jo.getByRole('alert').filter({ hasText: 'Give the reason' })).toBeVisible()
    await jo.getByRole('textbox', { name: 'Reason, in plain words' }).fill('Not this year: nobody can be found, and it costs £11,000.')
    await jo.getByLabel('Looked at again on').fill('2027-04-01')
    await jo.getByRole('textbox', { name: 'Who decided' }).fill('The commissioning group')
    await jo.getByRole('button', { name: 'Decide', exact: true }).click()
    await expect.poll(async () => (await program.read()).find((it) => it.r === sundays)?.f).toMatchObject({ status: 'decided', decision: 'later', again: '2027-04-01' })
    await go(jo, `/desk/matters/${needles}`)
    await expect(jo.getByRole('region', { name: 'What the service knows' })).toContainText('1 ml is in')
    await expect(jo.getByRole('region', { name: 'What the service knows' })).toContainText('by 3 January 2027, Duty worker')
  })
  await test.step('the third is still to be answered, and the manager sees what was decided', async () => {
    await expect(asked(robin, 'Is there room for chairs?')).toContainText('Asked')
    await robin.getByRole('link', { name: 'Matters' }).click()
    await robin.getByRole('link', { name: 'Sunday opening' }).click()
    await expect(robin.getByText('Not this year: nobody can be found, and it costs £11,000.')).toBeVisible()
    await expect(robin.getByText('Ashbourne')).toHaveCount(0)
  })
})
