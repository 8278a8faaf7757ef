/** Another version of the app comes: a newer one while a view is being written, an older one where a release is withdrawn. */
import type { Page } from '@playwright/test'
import { done, fillIn, writeDown } from '../acts'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { Release } from './release'
import { expectHandedIn } from './safe'

const WORDS = 'The needle bins on the lane overflow'
const MORE = 'They were kind to me'

test('a new version installs beside the old one, and takes over only when nothing is being written', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  const html = page.locator('html')
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE })
  await expect(page.getByText('Draft kept')).toBeVisible()

  const release = await Release.of('next', server)
  await test.step('it is fetched whole, and waits', async () => {
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await expect.poll(() => waits(page)).toBe(true)
    await expect(html).not.toHaveAttribute('data-version')
  })

  await test.step('the page starts again at the draft: the old one still has it', async () => {
    await page.reload()
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)
    expect(await waits(page)).toBe(true)
    await expect(html).not.toHaveAttribute('data-version')
  })

  await test.step('nor on another page, while the draft lies there', async () => {
    await page.goto(`${server.origin}/#/`)
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
    expect(await waits(page)).toBe(true)
    await expect(html).not.toHaveAttribute('data-version')
    await page.goto(`${server.origin}/#/write`)
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)
  })

  await test.step('with the view sealed it takes over at the next start, without a line too', async () => {
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
    await expect(html, 'not in the middle of it').not.toHaveAttribute('data-version')
    await page.context().setOffline(true)
    await page.goto(`${server.origin}/#/`)
    await page.reload()
    await expect(html).toHaveAttribute('data-version', 'next')
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  })
  await page.context().setOffline(false)
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, [WORDS])
  await release.close()
})

test('a release is withdrawn: the one before comes back by itself, reads what the newer one has kept, and loses nothing', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  const html = page.locator('html')
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  const release = await Release.of('next', server)
  await take(page)
  await expect(html).toHaveAttribute('data-version', 'next')

  await test.step('the newer one has made the store another: a higher version, a store and fields more', async () => {
    await page.context().setOffline(true)
    await writeDown(page, { words: WORDS, at: EXCHANGE })
    await done(page)
    await expect(page.getByText('1 view safe on this phone')).toBeVisible()
    await page.evaluate(migrate)
    await page.context().setOffline(false)
  })

  await test.step('the server has the older one again', async () => {
    await release.close()
    await server.start()
    await take(page)
    await expect(html).not.toHaveAttribute('data-version')
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    await expectHandedIn(server, program, DAT, [WORDS])
  })

  await test.step('it goes on in the newer store, and has left alone what it does not know', async () => {
    await page.reload()
    await writeDown(page, { words: MORE, at: EXCHANGE })
    await done(page)
    await expectHandedIn(server, program, DAT, [WORDS, MORE])
    expect(await page.evaluate(kept)).toEqual({ version: 7, stores: ['later', 'lives', 'outbox', 'segments', 'single'], marked: 1 })
  })
})

/** Has the browser look for another build, and starts the app until the one that the server has is there. */
async function take(page: Page): Promise<void> {
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  await expect.poll(() => waits(page)).toBe(true)
  await page.reload()
  await expect.poll(() => waits(page).catch(() => true)).toBe(false)
}

/** What a newer build may do to the store: sync/store.ts says what it may not. */
async function migrate(): Promise<void> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('earshot', 7)
    request.onupgradeneeded = () => request.result.createObjectStore('later').put('kept', 'a newer build')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('not opened'))
  })
  const tx = db.transaction('lives', 'readwrite')
  const lives = tx.objectStore('lives')
  const all = lives.getAll()
  all.onsuccess = () => (all.result as object[]).forEach((it) => lives.put({ ...it, newer: true }))
  await new Promise((resolve) => (tx.oncomplete = resolve))
  db.close()
}

async function kept(): Promise<{ version: number; stores: string[]; marked: number }> {
  const db = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('earshot')
    request.onsuccess = () => resolve(request.result)
  })
  const all = db.transaction('lives').objectStore('lives').getAll()
  const lives = await new Promise<{ newer?: true }[]>((resolve) => (all.onsuccess = () => resolve(all.result as { newer?: true }[])))
  const { version, objectStoreNames } = db
  db.close()
  return { version, stores: Array.from(objectStoreNames), marked: lives.filter((it) => it.newer).length }
}

function waits(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null)
}
