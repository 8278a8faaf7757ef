/** The screens of matters, looked at as every other: a laptop, a phone, light and dark, and axe on each state. */
import type { Page } from '@playwright/test'
import { look } from './look'
import { newId } from './program'
import { DESK, enrol, expect, test } from './story'

test.describe.configure({ timeout: 240_000 })

const BOTH = { widths: [1280, 390], height: 800 }
const go = (desk: Page, hash: string) => desk.evaluate((it) => (location.hash = it), hash)

test('what waits, the register of gaps, and a matter in each of its states', async ({ server, people }) => {
  await server.stop()
  const { coordinator } = await server.startDemo()
  const desk = await people.browser(DESK)
  await enrol(desk, coordinator)
  await expect(desk.getByRole('blockquote')).toBeVisible()
  await go(desk, '/desk/waiting')
  await desk.getByText('Who has what comes by each channel').click()
  await look(desk, 'matters-waiting', BOTH)
  await go(desk, '/desk/matters')
  await look(desk, 'matters-list', BOTH)
  await go(desk, '/desk/matters/gaps')
  await look(desk, 'matters-gaps', BOTH)

  const open = async (title: string): Promise<void> => {
    await go(desk, '/desk/matters')
    await desk.getByRole('link', { name: title }).click()
    await expect(desk.getByRole('heading', { level: 1, name: title })).toBeVisible()
  }
  await test.step('claimed, with somebody to send; every change; writing another answer', async () => {
    await open('The exchange is shut when people finish work')
    await desk.getByRole('button', { name: 'Send somebody to look' }).click()
    await desk.getByText('Every change').click()
    await expect(desk.getByText('Made the matter')).toBeVisible()
    await desk.getByRole('button', { name: 'Write another' }).click()
    await desk.getByRole('textbox', { name: /did/ }).fill('Unfortunately drug users fail to attend. We take all feedback seriously.')
    await desk.getByRole('textbox', { name: /said/ }).fill('Open on Saturdays.')
    await desk.getByRole('button', { name: 'See how it reads' }).click()
    await look(desk, 'matters-answer', BOTH)
  })
  await test.step('with the DAT, one side empty, being decided; merging', async () => {
    const naloxone = 'Naloxone at the hostel that people can reach at night'
    await open(naloxone)
    await desk.getByRole('group', { name: 'Decision' }).getByRole('button', { name: 'Later' }).click()
    await desk.getByText('Merge into another matter').click()
    await desk.getByRole('searchbox', { name: 'Find the matter that it goes into' }).fill('the')
    await desk.getByRole('button', { name: /^Merge/ }).first().click()
    await look(desk, 'matters-deciding', BOTH)
    await desk.getByRole('button', { name: 'Yes, merge them' }).click()
    await expect(desk.getByRole('heading', { level: 1, name: naloxone }), 'the page of the other is opened').toBeHidden()
    await open('Six weeks between asking for help and a first appointment')
    await look(desk, 'matters-looking', BOTH)
  })
  await test.step('about staff', async () => {
    await open('How one worker speaks to people at Harbour House')
    await look(desk, 'matters-staff', BOTH)
  })
})

test('a dispute, a merged matter, and what a manager is asked', async ({ people, program, services }) => {
  const [matter, merged] = [newId(), newId()]
  await program.write(
    { c: 'matter', r: matter, set: { title: 'Two buses to the chemist on the ring road', level: 'dat', status: 'with_dat' }, add: { services: [services.exchange, services.clinic] } },
    { c: 'matter', r: merged, set: { title: 'The chemist has moved', level: 'dat', merged_into: matter }, add: { services: [services.exchange] } },
    { c: 'ask', r: newId(), set: { matter, service: services.exchange, question: 'How many people would a second site serve?', due: '2026-11-01' } },
  )
  const desk = await people.join('Jo', 'coordinator', DESK)
  await go(desk, `/desk/matters/${matter}`)
  await expect(desk.getByRole('heading', { level: 1 })).toHaveText(/Two buses/)
  await desk.context().setOffline(true)
  await expect(desk.getByText('No signal', { exact: true })).toBeVisible()
  await desk.getByLabel('Due', { exact: true }).fill('2026-12-24')
  const held = (await program.read()).find((it) => it.r === matter)
  await program.write({ c: 'matter', r: matter, base: held?.v ?? 0, set: { due: '2026-12-01' } })
  await desk.context().setOffline(false)
  await expect(desk.getByRole('region', { name: 'Two people changed the due date.' })).toContainText('Set-up, Today')
  await look(desk, 'matters-dispute', BOTH)
  await go(desk, `/desk/matters/${merged}`)
  await expect(desk.getByRole('region', { name: 'Merged' })).toBeVisible()
  await look(desk, 'matters-merged', BOTH)

  const manager = await people.join('Pat', 'manager', DESK, services.exchange)
  await go(manager, '/desk/asks')
  await manager.getByRole('textbox', { name: 'Reply' }).fill('We are sorry you feel that way.')
  await manager.getByRole('button', { name: 'Promise something' }).click()
  await look(manager, 'matters-manager-asks', BOTH)
  await go(manager, `/desk/matters/${matter}`)
  await expect(manager.getByRole('heading', { level: 1 })).toHaveText(/Two buses/)
  await look(manager, 'matters-manager', BOTH)
})
