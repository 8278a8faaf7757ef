/** What people do on a phone, step by step, as they would be told to. */
import { expect, type Page } from '@playwright/test'

export interface Said {
  words: string
  /** Where; not asked while a visit runs. */
  at?: string
  about?: string
  share?: 'Yes, as I said it' | 'In your own words' | 'Only count it'
}

/** Writes a view down; the answer to the one question seals it. Ends on the page that shows the receipt, and gives its code. */
export async function writeDown(page: Page, { words, at, about, share = 'Yes, as I said it' }: Said): Promise<string> {
  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words, at, about })
  await page.getByRole('button', { name: share }).click()
  await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
  return receiptOn(page)
}

export async function fillIn(page: Page, { words, at, about }: Said): Promise<void> {
  await page.getByRole('textbox', { name: 'What did they say?' }).fill(words)
  if (about !== undefined) await page.getByRole('button', { name: about, exact: true }).click()
  if (at !== undefined) await page.getByRole('group', { name: 'Where was it said?' }).getByRole('button', { name: at }).click()
}

/** The code as it is shown, for the person to take along. */
export async function receiptOn(page: Page): Promise<string> {
  const label = await page.getByRole('img', { name: /^QR code for the card/ }).getAttribute('aria-label')
  return label?.replace('QR code for the card ', '') ?? ''
}

/** Starts a visit at a service, as it is proposed. */
export async function startVisit(page: Page, service: string): Promise<void> {
  await page.getByRole('link', { name: `Start a visit at ${service}` }).click()
  await page.getByRole('button', { name: 'Start now' }).click()
  await expect(page.getByRole('heading', { name: service, level: 1 })).toBeVisible()
}

/** Leaves the page with the receipt for the first page. */
export async function done(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Done', exact: true }).click()
}
