/**
 * What a matter is for: two become one and two again; a service says what it knows and promises; a change that is
 * claimed is not one that is confirmed, until somebody has looked, and "not true" opens it again; and all is told in order.
 */
import type { Page } from '@playwright/test'
import { newId, type Program } from './program'
import { DESK, expect, PHONE, test } from './story'

const step = (desk: Page) => desk.getByRole('list', { name: 'Where it is' }).locator('[aria-current]')
const story = (desk: Page) => desk.getByRole('region', { name: 'What happened' }).getByRole('listitem')

async function fields(program: Program, id: string): Promise<{ [field: string]: unknown }> {
  return (await program.read()).find((it) => it.r === id)?.f ?? {}
}

test('two matters about one thing are merged, taken apart, and never with what is about staff', async ({ people, program, services }) => {
  const [from, into, staff, view] = [newId(), newId(), newId(), newId()]
  await program.write(
    { c: 'matter', r: from, set: { title: 'The door is shut at five', level: 'service' }, add: { services: [services.exchange] } },
    { c: 'matter', r: into, set: { title: 'The door shuts before people finish work', level: 'dat' }, add: { services: [services.clinic] } },
    { c: 'matter', r: staff, set: { title: 'How people at the door speak', level: 'service', handling: 'sensitive' }, add: { services: [services.exchange] } },
    { c: 'view', r: view, set: { service: services.exchange, method: 'nxc', kind: 'concern', share: 'words', words: 'You shut at five and I finish at six' }, add: { matters: [from] } },
  )
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Matters' }).click()
  await desk.getByRole('link', { name: 'The door is shut at five' }).click()
  await desk.getByText('Merge into another matter').click()
  await expect(desk.getByRole('button', { name: /^Merge/ }), 'what is about staff is not offered').toHaveCount(1)
  await desk.getByRole('button', { name: 'Merge The door shuts before people finish work' }).click()
  await desk.getByRole('button', { name: 'Yes, merge them' }).click()

  await expect(desk.getByRole('heading', { level: 1, name: 'The door shuts before people finish work' })).toBeVisible()
  await expect(desk.getByRole('region', { name: /^What people said/ })).toContainText('You shut at five')
  await expect(story(desk).filter({ hasText: '“The door is shut at five” was raised, and is part of this now' })).toHaveCount(1)
  await expect.poll(async () => (await fields(program, view)).matters).toEqual([from, into].sort())
  expect((await fields(program, into)).services).toEqual([services.exchange, services.clinic].sort())

  await test.step('undone at once, nothing of it is left', async () => {
    await desk.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await fields(program, view)).matters).toEqual([from])
    await expect.poll(async () => (await fields(program, into)).services).toEqual([services.clinic])
    expect((await fields(program, from)).merged_into ?? null).toBeNull()
  })

  await test.step('and by somebody else, another day', async () => {
    await desk.goBack()
    await expect(desk.getByRole('heading', { level: 1, name: 'The door is shut at five' })).toBeVisible()
    await desk.getByText('Merge into another matter').click()
    await desk.getByRole('button', { name: /^Merge The door shuts/ }).click()
    await desk.getByRole('button', { name: 'Yes, merge them' }).click()
    const kit = await people.join('Kit', 'coordinator', DESK)
    await kit.getByRole('link', { name: 'Matters' }).click()
    await expect(kit.getByRole('link', { name: 'The door is shut at five' }), 'the list shows one').toHaveCount(0)
    await kit.evaluate((it) => (location.hash = it), `/desk/matters/${from}`)
    await kit.getByRole('region', { name: 'Merged' }).getByRole('button', { name: 'Take them apart' }).click()
    await expect.poll(async () => (await fields(program, view)).matters).toEqual([from])
  })
})

test('from what a service promises to what people confirm, with each step told', async ({ people, program, services }) => {
  const [matter, answer] = [newId(), newId()]
  await program.write({ c: 'matter', r: matter, set: { title: '1 ml barrels are always out', level: 'service', status: 'looking' }, add: { services: [services.exchange] } })
  const desk = await people.join('Jo', 'coordinator', DESK)
  const manager = await people.join('Pat', 'manager', DESK, services.exchange)
  await desk.evaluate((it) => (location.hash = it), `/desk/matters/${matter}`)
  await expect(desk.getByText('Nothing yet. Ask the service before it is decided.')).toBeVisible()
  await desk.getByRole('button', { name: 'Ask a service' }).click()
  await desk.getByRole('textbox', { name: /^What do you want to know/ }).fill('What would it take?')
  await desk.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(story(desk).filter({ hasText: 'was asked: What would it take?' })).toContainText('No reply for less than a day')

  await test.step('the manager says what the service knows, and promises', async () => {
    await manager.getByRole('link', { name: 'Asked of services 1' }).click()
    await manager.getByRole('textbox', { name: 'Reply' }).fill('We order weekly from Monday.')
    await manager.getByRole('textbox', { name: 'What the service knows besides' }).fill('The box is empty by Thursday.')
    await manager.getByRole('button', { name: 'Promise something' }).click()
    await manager.getByRole('textbox', { name: 'Whose job (a post, no name)' }).fill('Duty worker')
    await manager.getByRole('button', { name: 'Send the reply' }).click()
    await expect(manager.getByRole('alert')).toHaveText('Say what is promised.')
    await manager.getByRole('textbox', { name: 'What', exact: true }).fill('1 ml in by the 3rd')
    await manager.getByLabel('By when').fill('2027-01-03')
    await manager.getByRole('button', { name: 'Send the reply' }).click()
    const knows = desk.getByRole('region', { name: 'What the service knows' })
    await expect(knows).toContainText('The box is empty by Thursday.')
    await expect(knows).toContainText('1 ml in by the 3rd')
    await expect(knows).toContainText('by 3 January 2027, Duty worker')
  })

  await test.step('no change before a decision; it is taken to the DAT and decided', async () => {
    await desk.getByRole('textbox', { name: 'What is different for people now?' }).fill('1 ml is always there.')
    // It says why it is asleep.
    await desk.getByRole('button', { name: 'It is there' }).click({ force: true })
    await expect(desk.getByText('A change follows a decision: decide first.').last()).toBeVisible()
    await desk.getByRole('button', { name: 'Take it to the service' }).click()
    await desk.getByRole('button', { name: 'Take it to the DAT' }).click()
    await expect(step(desk)).toHaveText('With the DAT')
    await desk.getByRole('group', { name: 'Decision' }).getByRole('button', { name: 'Yes' }).click()
    await expect(desk.getByText('One side is empty', { exact: false })).toBeVisible()
    await desk.getByRole('textbox', { name: 'Reason, in plain words' }).fill('People need what fits.')
    await desk.getByRole('textbox', { name: 'Who decided' }).fill('The commissioning group')
    await desk.getByRole('button', { name: 'Decide', exact: true }).click()
    await expect(step(desk)).toHaveText('Decided')
    for (const told of ['Raised: 1 ml', 'Now: With the service', 'Now: With the DAT', 'Decided: Yes. People need what fits.']) await expect(story(desk).filter({ hasText: told })).toHaveCount(1)
    await expect(story(desk).filter({ hasText: 'Now: With the DAT' })).toContainText('Jo')
  })

  const changed = desk.getByRole('region', { name: 'What changed' })
  await test.step('it is claimed; nothing confirms it before somebody has looked', async () => {
    await changed.getByRole('button', { name: 'It is there' }).click()
    await expect(changed).toContainText('Claimed: said to be there')
    await expect(changed.getByRole('button', { name: 'Confirm it' })).toHaveCount(0)
    const ash = await people.join('Ash', 'volunteer', PHONE)
    await changed.getByRole('button', { name: 'Send somebody to look' }).click()
    await changed.getByRole('button', { name: 'Plan it' }).click()
    await expect(changed.getByRole('alert')).toHaveText('Say who goes, and when.')
    await changed.getByRole('combobox', { name: 'Who goes?' }).selectOption({ label: 'Ash' })
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 11)
    await changed.getByLabel('When?').fill(`${tomorrow}10:00`)
    await changed.getByRole('button', { name: 'Plan it' }).click()
    await expect(changed).toContainText('Ash looks: Tomorrow, 10 am')
    await expect.poll(async () => (await program.read()).find((it) => it.c === 'visit')?.f).toMatchObject({ purpose: 'check', matter })
    const planned = ash.getByRole('region', { name: 'Planned for you' })
    await expect(planned).toContainText('Look whether it is there: 1 ml is always there.')
    await planned.getByRole('link').click()
    await ash.getByRole('button', { name: 'Start now' }).click()
    await ash.getByRole('link', { name: /^Finish/ }).click()
    await ash.getByRole('textbox', { name: 'Is it there?' }).fill('Three boxes on the shelf')
    await ash.getByRole('button', { name: 'Finish the visit' }).click()
    await expect(changed).toContainText('Ash looked')
    await expect(changed).toContainText('Three boxes on the shelf')
    await changed.getByRole('button', { name: 'Confirm it' }).click()
    await expect(changed).toContainText('Confirmed: people see it')
  })

  await test.step('a listener says that it is not true: denied, and open again', async () => {
    await program.write(
      { c: 'answer', r: answer, set: { matter, said: '1 ml is missing.', did: '1 ml from Monday.', status: 'published' }, add: { services: [services.exchange] } },
      { c: 'telling', r: newId(), set: { answer, service: services.exchange, way: 'said', verdict: 'not_true' } },
    )
    await expect(changed).toContainText('Denied: people say it is not there')
    await expect(step(desk)).toHaveText('Looking into it')
    await expect(story(desk).filter({ hasText: 'said that it is not true' })).toHaveCount(1)
  })
})

test('a view about staff is offered a matter of its own, and no service comes to see it', async ({ people, program, services }) => {
  const [open, staff] = [newId(), newId()]
  await program.write(
    { c: 'matter', r: open, set: { title: 'How people are greeted', level: 'service' }, add: { services: [services.exchange] } },
    { c: 'view', r: staff, set: { service: services.exchange, method: 'nxc', kind: 'concern', share: 'words', words: 'He looks at me like dirt when I am greeted', handling: 'sensitive' } },
  )
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(desk.getByRole('blockquote')).toContainText('like dirt')
  await expect(desk.getByRole('region', { name: 'Belongs to' }), 'not the one that its service sees').not.toContainText('How people are greeted')
  await desk.getByRole('button', { name: 'Raise one that its service does not see' }).click()
  await desk.getByRole('textbox', { name: 'What is it about, in one line?' }).fill('One worker at the exchange')
  await desk.getByRole('button', { name: 'Raise it' }).click()
  await expect.poll(async () => (await program.read()).find((it) => it.f.title === 'One worker at the exchange')?.f).toMatchObject({ handling: 'sensitive' })
  const own = (await program.read()).find((it) => it.f.title === 'One worker at the exchange')?.r ?? ''

  await test.step('linked over the wire all the same, the server takes it out before anybody reads it', async () => {
    const view = (await program.read()).find((it) => it.r === staff)
    await program.write({ c: 'view', r: staff, base: view?.v ?? 0, add: { matters: [open] } })
    expect((await fields(program, staff)).matters).toEqual([own])
  })
  await test.step('its matter is not opened while it holds the view', async () => {
    await desk.evaluate((it) => (location.hash = it), `/desk/matters/${own}`)
    await expect(desk.getByRole('combobox', { name: 'Who may see it' }).getByRole('option')).toHaveText(['About staff: the service does not see it'])
    await expect(desk.getByRole('button', { name: 'Write the answer' })).toHaveCount(0)
  })
})

test('what waits stands first, by channel, and what is nobody’s is red until somebody has it', async ({ people, program, services }) => {
  const [matter, gap] = [newId(), newId()]
  const at = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()
  await program.write(
    { c: 'matter', r: matter, set: { title: 'Nothing for women on their own', level: 'dat' }, add: { services: [services.exchange] } },
    { c: 'view', r: gap, set: { service: services.exchange, method: 'nxc', kind: 'gap', share: 'words', words: 'There is no room for women', at: at(40) }, add: { matters: [matter] } },
    { c: 'view', r: newId(), set: { service: services.clinic, method: 'box', kind: 'idea', share: 'words', words: 'A kettle', at: at(3) } },
  )
  const desk = await people.join('Jo', 'coordinator', DESK)
  const first = desk.getByRole('link', { name: /said, and nothing decided/ })
  await expect(first).toContainText('The oldest waits 40 days.')
  await expect(first).toContainText('at the needle exchange: 1 · from the suggestion box: 1')
  await first.click()
  await expect(desk.getByRole('heading', { name: 'Views that nobody has 2' })).toBeVisible()

  await test.step('somebody has what comes by a channel, and how long there is for it', async () => {
    await desk.getByText('Who has what comes by each channel').click()
    await desk.getByRole('combobox', { name: 'Who has it: at the needle exchange' }).selectOption({ label: 'Jo' })
    await desk.getByRole('spinbutton', { name: 'Days: at the needle exchange' }).fill('14')
    await desk.getByRole('spinbutton', { name: 'Days: at the needle exchange' }).blur()
    await expect(desk.getByRole('heading', { name: 'Views that nobody has 1' })).toBeVisible()
    await expect(desk.getByRole('region', { name: 'Said, and nothing decided' })).toContainText('Jo · 1 late')
  })
  await test.step('a service has somebody who leads', async () => {
    const leads = desk.getByRole('region', { name: 'Who leads user involvement' })
    await expect(leads).toContainText('Nobody is named at 3 places.')
    await leads.getByRole('textbox', { name: /^Northgate clinic/ }).fill('Practice manager')
    await leads.getByRole('textbox', { name: /^Northgate clinic/ }).press('Enter')
    await expect(leads).toContainText('Nobody is named at 2 places.')
    await expect.poll(async () => (await fields(program, services.clinic)).ui_lead).toBe('Practice manager')
  })
  await test.step('gaps are a register of their own', async () => {
    await desk.getByRole('link', { name: 'Matters' }).click()
    await desk.getByRole('link', { name: 'Gaps' }).click()
    const line = desk.getByRole('main').getByRole('listitem')
    await expect(line).toContainText('Said once, first on')
    await expect(line).toContainText('Nothing decided · Nobody has it')
    await desk.getByRole('combobox', { name: 'Level' }).selectOption({ label: 'Service level' })
    await expect(desk.getByText('No gaps are known')).toBeVisible()
  })
})

test('an answer is written without what pushes people away, looked at as it will read, published and taken down', async ({ people, program, services, server }) => {
  const matter = newId()
  await program.write({
    c: 'matter', r: matter, add: { services: [services.exchange] },
    set: { title: 'Sundays', level: 'service', status: 'decided', decision: 'no', reason: 'Nobody can be found to work then.', decided_by: { body: 'Exchange', on: '2026-11-20' } },
  })
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.evaluate((it) => (location.hash = it), `/desk/matters/${matter}`)
  await desk.getByRole('button', { name: 'Write the answer' }).click()
  const did = desk.getByRole('textbox', { name: /did/ })
  await expect(did, 'begins with the reason').toHaveValue('Nobody can be found to work then.')
  await did.fill('We are sorry you feel that way. Unfortunately drug users fail to attend on Sundays.')
  for (const why of ['We are sorry you feel', 'sounds like a defence', 'people who use drugs', 'puts it on the person']) await expect(desk.getByText(why).last()).toBeVisible()
  await did.fill('No. Nobody can be found to work on Sundays. We ask again in March.')
  await expect(desk.getByText('sounds like a defence')).toHaveCount(0)
  await desk.getByRole('textbox', { name: /said/ }).fill('Open on Sundays.')
  await desk.getByRole('button', { name: 'See how it reads' }).click()
  await expect(desk.getByRole('region', { name: 'On the public page' })).toContainText('We said no')

  const anybody = await people.browser(DESK)
  await desk.getByRole('button', { name: 'Publish', exact: true }).click()
  await desk.getByRole('button', { name: /^Yes/ }).click()
  await expect.poll(async () => (await anybody.request.get(`${server.origin}/s/ourtown`)).text()).toContain('We ask again in March.')
  await desk.getByRole('button', { name: 'Take it down' }).click()
  await desk.getByRole('button', { name: /^Yes/ }).click()
  await expect.poll(async () => (await anybody.request.get(`${server.origin}/s/ourtown`)).text()).not.toContain('We ask again in March.')
})

test('what this desk has decided teaches what it is offered, and without a line it goes on with what it has', async ({ people, program, services }) => {
  const all = await program.read()
  const theme = all.find((it) => it.c === 'theme' && it.f.code === 'T0604')
  const decided = Array.from({ length: 14 }, (_, n) => ({ c: 'view', r: newId(), set: { service: services.exchange, method: 'nxc', kind: 'concern', share: 'words', words: `The marigold did not come, number ${n}`, review: 'accepted', at: new Date(Date.now() - (n + 40) * 86_400_000).toISOString() }, add: { themes: [theme?.r ?? ''] } }))
  await program.write(...decided, { c: 'view', r: newId(), set: { service: services.clinic, method: 'nxc', kind: 'concern', share: 'words', words: 'Where was the marigold on Tuesday' } })
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(desk.getByRole('blockquote')).toContainText('Tuesday')
  const offer = desk.getByRole('button', { name: /^Add a theme:.*because of “.*marigold/ })
  await expect(offer).toContainText(String(theme?.f.short ?? theme?.f.name))
  await desk.context().setOffline(true)
  await expect(desk.getByText('No signal', { exact: true })).toBeVisible()
  await expect(offer, 'what was told stays').toBeVisible()
  await program.write({ c: 'view', r: newId(), set: { service: services.clinic, method: 'nxc', kind: 'concern', share: 'words', words: 'The marigold is late' } })
  await desk.keyboard.press('t')
  await desk.keyboard.press('a')
  await expect(desk.getByText('Nothing new to go through')).toBeVisible()
})
