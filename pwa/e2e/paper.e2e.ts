/** A committee's paper: made in one step, kept as it was, printed, read by a lead; and its decisions entered in its order. */
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { look, SCREENS } from './look'
import { newId, type Program } from './program'
import { DESK, enrol, expect, test } from './story'

/** A day in the quarter before this one. */
const LAST_QUARTER = ((now) => new Date(Date.UTC(now.getUTCFullYear(), Math.floor(now.getUTCMonth() / 3) * 3 - 2, 15)).toISOString().slice(0, 10))(new Date())

/** Changes a matter as somebody who has just seen it. */
async function change(program: Program, r: string, set: object): Promise<void> {
  const base = (await program.read()).find((it) => it.r === r)?.v ?? 0
  await program.write({ c: 'matter', r, base, set })
}

/** Brings a matter to where the committee decides it. */
async function ask(program: Program, title: string, service: string, said = ''): Promise<string> {
  const r = newId()
  await program.write({ c: 'matter', r, set: { title, level: 'service' }, add: { services: [service], ...(said ? { said: [{ id: newId(), text: said }] } : {}) } })
  for (const status of ['looking', 'with_service', 'with_dat']) await change(program, r, { status })
  return r
}

test('a quarter’s paper is made, kept, read by a lead, and its decisions are entered in its order', async ({ people, program, services }) => {
  test.setTimeout(120_000)
  for (let i = 0; i < 7; i++) await program.write({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', kind: 'gap', words: 'Nobody is there at night', at: `${LAST_QUARTER}T10:00:00Z` } })
  const first = await ask(program, 'Somebody there at night', services.exchange, 'Nobody is there at night')
  await ask(program, 'A bench outside', services.clinic)
  const done = await ask(program, 'Clean needles on Sundays', services.exchange)
  await change(program, done, { status: 'decided', decision: 'no', reason: 'Nobody can be paid for Sundays', decided_by: { body: 'The joint board', on: LAST_QUARTER } })

  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Committee papers' }).click()
  await expect(desk.getByText('No paper has been made yet.')).toBeVisible()
  await desk.getByRole('button', { name: 'Make the paper' }).click()
  await expect(desk.getByRole('heading', { level: 1, name: 'What people said, and what came of it' })).toBeVisible()
  await expect(desk.getByText('7 views were written down.')).toBeVisible()
  await expect(desk.getByText('2 matters wait for this committee.')).toBeVisible()
  await expect(desk.getByText('“Nobody is there at night”')).toBeVisible()
  await expect(desk.getByText('Nobody can be paid for Sundays')).toBeVisible()

  const lead = await people.join('Kit', 'lead', DESK)
  await lead.getByRole('link', { name: 'Committee papers' }).click()
  await expect(lead.getByRole('button', { name: 'Make the paper' })).toHaveCount(0)
  await lead.getByRole('link', { name: /\w+ to \w+ \d{4}/ }).click()
  await expect(lead.getByText('7 views were written down.')).toBeVisible()
  await expect(lead.getByText('Changed since this paper was made')).toHaveCount(0)

  await test.step('the decisions of the meeting', async () => {
    await desk.getByRole('link', { name: 'Enter decisions' }).click()
    const items = desk.getByRole('main').getByRole('listitem')
    await expect(items).toHaveCount(2)
    await items.nth(0).getByRole('button', { name: 'Yes' }).click()
    await items.nth(1).getByRole('button', { name: 'Later' }).click()
    await desk.getByRole('button', { name: 'Enter 2 decisions' }).click()
    await expect(desk.getByText('Say who decided.')).toBeVisible()
    await expect(desk.getByLabel('Who decided')).toBeFocused()
    await desk.getByLabel('Who decided').fill('The joint board')
    await items.nth(0).getByRole('textbox').fill('It is what most people asked for')
    await items.nth(1).getByRole('textbox').first().fill('There is no room before spring')
    await look(desk, 'paper-decide', { widths: [1280, 390] })
    await desk.getByRole('button', { name: 'Enter 2 decisions' }).click()
    await expect(desk.getByText('Say when it is looked at again.')).toBeVisible()
    await items.nth(1).locator('input[type=date]').fill('2030-03-01')
    await desk.getByRole('button', { name: 'Enter 2 decisions' }).click()
    await expect(desk.getByText('2 decisions are entered.')).toBeVisible()
    await expect(desk.getByText('“Somebody there at night” is decided: Yes.')).toBeVisible()
  })
  await expect(lead.getByText('“A bench outside” is decided: Later.')).toBeVisible({ timeout: 15_000 })
  const decided = (await program.read()).find((it) => it.r === first)?.f
  expect(decided).toMatchObject({ status: 'decided', decision: 'yes', reason: 'It is what most people asked for', decided_by: { body: 'The joint board' } })
})

/** The sheets of what the browser would print, each of which has to be A4. */
async function print(page: Page, name: string): Promise<number> {
  const file = await page.pdf({ path: join(SCREENS, `${name}.pdf`), preferCSSPageSize: true })
  const sheets = [...file.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map((it) => it.slice(1).map((points) => Math.round((Number(points) / 72) * 25.4)))
  for (const sheet of sheets) expect(sheet).toEqual([210, 297])
  return sheets.length
}

test('a committee that is asked very much, in long words, is handed four pages at most', async ({ people, program, services }) => {
  test.setTimeout(120_000)
  const long = 'Somebody who speaks Polish at the exchange in the evening, and a door that can be opened by people who come with a pushchair or on crutches, also when it rains'
  for (let i = 0; i < 40; i++) {
    const r = newId()
    const made = { c: 'matter', r, set: { title: `${long} (${i + 1})`, level: i % 3 === 0 ? 'dat' : 'service' }, add: { services: [services.exchange, services.clinic], said: [{ id: newId(), text: `${long}. ${long}.` }] } }
    const taken = ['looking', 'with_service', 'with_dat'].map((status) => ({ c: 'matter', r, set: { status } }))
    const decided = { c: 'matter', r, set: { status: 'decided', decision: 'later', again: '2030-01-01', reason: `${long}. ${long}.`, decided_by: { body: 'The joint board of the city and the county for health, housing and safety', on: LAST_QUARTER } } }
    await program.write(made, ...taken, ...(i < 20 ? [] : [decided]))
  }
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Committee papers' }).click()
  await expect(desk.getByRole('navigation').getByRole('link', { name: /Matters/ })).toContainText('40')
  await desk.getByRole('button', { name: 'Make the paper' }).click()
  await expect(desk.getByText('20 matters wait for this committee.')).toBeVisible()
  await expect(desk.getByText(/^And 1\d more, in Earshot.$/)).toHaveCount(2)
  await look(desk, 'paper-long', { widths: [1280] })
  const pages = await print(desk, 'paper-long')
  expect(pages).toBeGreaterThanOrEqual(2)
  expect(pages).toBeLessThanOrEqual(4)
})

test('a quarter in which nothing was said is a page', async ({ server, people }) => {
  test.setTimeout(120_000)
  await server.stop()
  const { coordinator } = await server.startDemo()
  const desk = await people.browser(DESK)
  await enrol(desk, coordinator)
  await desk.getByRole('link', { name: 'Committee papers' }).click()
  await look(desk, 'papers', { widths: [1280, 390] })
  await desk.getByRole('button', { name: 'Make the paper' }).click()
  await expect(desk.getByRole('heading', { name: 'Asked of the committee' })).toBeVisible()
  await look(desk, 'paper', { widths: [1280, 390] })
  expect(await print(desk, 'paper')).toBe(1)
})
