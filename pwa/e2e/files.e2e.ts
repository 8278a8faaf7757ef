/** Files go out and come in: what the role may see, as a table or a workbook; an older spreadsheet, after a look at it; and the audit says so. */
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { look } from './look'
import { newId } from './program'
import { DESK, expect, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }

async function taken(desk: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([desk.waitForEvent('download'), desk.getByRole('button', { name: 'Take it out' }).click()])
  return { name: download.suggestedFilename(), text: (await readFile(await download.path())).toString() }
}

test('views as a table for the coordinator; a lead has none of them', async ({ people, program, services }) => {
  await program.write({ c: 'view', r: newId(), set: { service: services.exchange, method: 'conv', share: 'words', kind: 'concern', words: '=1+1 is what they owe me' } })
  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Take out a file' }).click()
  await look(desk, 'files', WIDTHS)
  expect((await taken(desk)).name).toBe('earshot.xlsx')
  await desk.getByLabel('What?').selectOption('Views')
  await desk.getByText('A plain table (CSV)').click()
  const { name, text } = await taken(desk)
  expect(name).toBe('view.csv')
  expect(text, 'a spreadsheet reckons nothing').toContain("'=1+1 is what they owe me")
  await desk.getByRole('link', { name: 'Who did what' }).click()
  await expect(desk.getByRole('listitem').filter({ hasText: 'Took out a file of a view' })).toContainText('Jo')

  const lead = await people.join('Kit', 'lead', DESK)
  await lead.getByRole('link', { name: 'Take out a file' }).click()
  await expect(lead.getByLabel('What?').locator('option', { hasText: 'Matters' })).toHaveCount(1)
  await expect(lead.getByLabel('What?').locator('option', { hasText: 'Views' })).toHaveCount(0)
  expect((await taken(lead)).name).toBe('earshot.xlsx')
})

test('an older spreadsheet comes in after a look at what would happen, and not twice', async ({ people }) => {
  const desk = await people.join('Jo', 'coordinator', DESK)
  people.watch.await(/422 \(Unprocessable/)
  people.watch.await(/ERR_INTERNET_DISCONNECTED/)
  const other = await people.join('Sam', 'coordinator', DESK)
  await desk.getByRole('link', { name: 'Take out a file' }).click()
  const choose = (text: string): Promise<void> => desk.getByLabel(/^Choose (a|another) file/).setInputFiles({ name: 'What we heard in 2024.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })

  await choose('\x00\x01 no table "')
  await expect(desk.getByRole('alert')).toContainText('This file can’t be read.')
  await choose('Notes,Comment,Where,Heard\nx,The van did not come,Northgate clinic,31/05/2024\ny,They were kind,,01/06/2024\nz,It was shut,Hope Street,soon\n')
  await expect(desk.getByLabel('What was said')).toHaveValue('1')
  await expect(desk.getByText('2 views come in')).toBeVisible()
  await expect(desk.getByText('1 new service: Not stated')).toBeVisible()
  await expect(desk.getByText('Row 3: Write the date like 2024-05-31.')).toBeVisible()
  await look(desk, 'files-in', WIDTHS)

  await desk.getByLabel('What was said').selectOption({ label: 'Where' })
  await expect(desk.getByText('Say which column has the service.')).toBeVisible()
  await expect(desk.getByRole('button', { name: /^Bring in/ })).toBeHidden()
  await desk.getByLabel('What was said').selectOption({ label: 'Comment' })
  await desk.getByLabel('Service', { exact: true }).selectOption({ label: 'Where' })
  await desk.getByLabel('Service of rows that name none').fill('Walk-in centre')
  await desk.getByLabel('Service of rows that name none').blur()
  await expect(desk.getByText('1 new service: Walk-in centre')).toBeVisible()
  await desk.context().setOffline(true)
  await desk.getByRole('button', { name: 'Bring in 2 views' }).click()
  await expect(desk.getByRole('alert')).toContainText('There was no answer.')
  await desk.context().setOffline(false)
  await desk.getByRole('button', { name: 'Bring in 2 views' }).click()
  await expect(desk.getByText('2 views came in')).toBeVisible()
  await expect(other.getByText('The van did not come').first()).toBeVisible()

  await choose('Notes,Comment,Where,Heard\nx,The van did not come,Northgate clinic,31/05/2024\n')
  await expect(desk.getByText('All of it is here already.')).toBeVisible()
  await expect(desk.getByRole('button', { name: /^Bring in/ })).toBeHidden()
  await desk.getByRole('link', { name: 'Who did what' }).click()
  await expect(desk.getByRole('listitem').filter({ hasText: 'Brought in an older spreadsheet' }).first()).toContainText('Jo')
})
