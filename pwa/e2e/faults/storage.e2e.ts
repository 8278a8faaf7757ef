/** A store that is full, gone, closed or blocked: what could not be kept is said, and stays on the page until it is. */
import type { Page } from '@playwright/test'
import { fillIn, done, writeDown } from '../acts'
import { DAT, enrol, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

const WORDS = 'The needle bins on the lane overflow'

/** A page of the app's own origin that is not the app. */
const BESIDE = '/r'

test('the storage is full: it says so, keeps the words on the page, and goes on when there is room', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.browser(PHONE)
  const browser = await page.context().newCDPSession(page)
  // Before anything is kept: a browser that has looked how much room there is goes by that for a while.
  await browser.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 8 << 20 })
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await writeDown(page, { words: 'They were kind to me', at: EXCHANGE })
  await done(page)
  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE })
  await expect(page.getByText('Draft kept')).toBeVisible()

  await fillUp(page)
  await page.getByRole('button', { name: 'Yes, as I said it' }).click()
  await expect(page.getByRole('alert')).toContainText('This phone is full')
  await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)

  await browser.send('Storage.overrideQuotaForOrigin', { origin: server.origin })
  await expect(async () => {
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible({ timeout: 1000 })
  }).toPass()
  await expectHandedIn(server, program, DAT, [WORDS, 'They were kind to me'])
})

/** Writes into a database of its own until the browser takes not one byte more of this origin. */
async function fillUp(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('ballast')
      request.onupgradeneeded = () => request.result.createObjectStore('ballast', { autoIncrement: true })
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('not opened'))
    })
    const put = (bytes: number): Promise<boolean> =>
      new Promise((resolve) => {
        const tx = db.transaction('ballast', 'readwrite')
        const filling = new Uint8Array(bytes)
        for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(filling.subarray(at, Math.min(bytes, at + 65_536)))
        tx.objectStore('ballast').add(filling)
        tx.oncomplete = () => resolve(true)
        tx.onabort = () => resolve(false)
      })
    for (let bytes = 1 << 20; bytes > 0; bytes >>= 2) while (await put(bytes));
    db.close()
  })
}

for (const told of [true, false]) {
  test(`the browser closes the database under the page, ${told ? 'and says so' : 'without a word'}: it is opened again`, async ({ server, program, people }) => {
    await program.holdNothing()
    const page = await people.browser(PHONE)
    // Every database that the page opens, so that the test can close it as a browser that is short of memory does.
    await page.addInitScript(() => {
      const open: IDBDatabase[] = []
      Object.assign(globalThis, { open_databases: open })
      const real = IDBFactory.prototype.open
      IDBFactory.prototype.open = function (...args) {
        const request = real.apply(this, args)
        request.addEventListener('success', () => open.push(request.result))
        return request
      }
    })
    await page.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByRole('button', { name: 'Not now' }).click()
    await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    const close = (): Promise<number> =>
      page.evaluate((told) => {
        const all = (globalThis as unknown as { open_databases: IDBDatabase[] }).open_databases
        for (const db of all) {
          db.close()
          if (told) db.dispatchEvent(new Event('close'))
        }
        return all.splice(0).length
      }, told)

    await page.getByRole('link', { name: 'Write down a view' }).click()
    expect(await close()).toBeGreaterThan(0)
    await fillIn(page, { words: WORDS, at: EXCHANGE })
    await expect(page.getByText('Draft kept')).toBeVisible()
    expect(await close(), 'it was opened again to keep the draft').toBe(1)
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
    expect(await close(), 'and to save').toBe(1)
    await done(page)
    await page.reload()
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    await expectHandedIn(server, program, DAT, [WORDS])
  })
}

test('another tab sits on the database: it says within a few seconds that nothing is saved yet, and saves once it may', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE })
  await expect(page.getByText('Draft kept')).toBeVisible()

  const beside = await page.context().newPage()
  await beside.goto(server.origin + BESIDE)
  await sitOnDatabase(beside)
  await page.bringToFront()
  await page.getByRole('button', { name: 'Yes, as I said it' }).click()
  await expect(page.getByRole('alert')).toContainText('It could not be kept yet')
  await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)

  await beside.close()
  await page.getByRole('button', { name: 'Yes, as I said it' }).click()
  await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
  await expectHandedIn(server, program, DAT, [WORDS])
})

/** Holds a transaction over everything open, as a tab does that is frozen before it could end one. */
async function sitOnDatabase(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((holds, fails) => {
        const request = indexedDB.open('earshot')
        request.onerror = () => fails(request.error ?? new Error('not opened'))
        request.onsuccess = () => {
          const db = request.result
          const store = db.transaction([...db.objectStoreNames], 'readwrite').objectStore('single')
          const again = (): void => {
            store.get('lock').onsuccess = again
            holds()
          }
          again()
        }
      }),
  )
}
