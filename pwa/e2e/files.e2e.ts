/** A file is taken out: what the role may see, as a table or a workbook; and the audit says so. */
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
