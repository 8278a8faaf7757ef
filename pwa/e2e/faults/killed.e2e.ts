/** A page that ends at any moment: a view is on the phone whole, or its draft is, and never twice. */
import { type CDPSession, type Page } from '@playwright/test'
import { fillIn, startVisit } from '../acts'
import { readStores } from '../readable'
import { DAT, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

/** Steps of the browser's store at which a save is stopped: each is a call that the page makes while it saves. */
const STEPS = [
  ['as its transaction begins', 'transaction', 1],
  ['before its first write', 'put', 1],
  ['between its writes', 'put', 2],
  ['before it commits', 'commit', 1],
  ['as soon as it has committed', 'complete', 1],
] as const

test('the tab is killed in the middle of saving: the view is there, or its draft is', async ({ server, program, people }) => {
  await program.holdNothing()
  const first = await people.join('Ash', 'volunteer', PHONE)
  const context = first.context()
  await expect(first.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await context.setOffline(true)
  await first.close()

  const words: string[] = []
  for (const [moment, call, times] of STEPS) {
    await test.step(moment, async () => {
      const said = `The bins overflow, and it was killed ${moment}`
      words.push(said)
      const page = await context.newPage()
      await page.goto(`${server.origin}/#/write`)
      await fillIn(page, { words: said, at: EXCHANGE })
      await expect(page.getByText('Draft kept')).toBeVisible()
      await stopAt(page, call, times)
      const browser = await context.newCDPSession(page)
      await page.getByRole('button', { name: 'Yes, as I said it' }).dispatchEvent('click', undefined, { timeout: 2_000 }).catch(() => undefined)
      await kill(page, browser)

      const after = await context.newPage()
      await after.goto(`${server.origin}/#/write`)
      const box = after.getByRole('textbox', { name: 'What did they say?' })
      await expect(box).toBeVisible()
      await after.goto(`${server.origin}/#/handed-in`)
      await expect(after.getByRole('listitem').getByText('On this phone').or(after.getByText('Nothing handed in yet')).first()).toBeVisible()
      const kept = await after.getByRole('listitem').getByText('On this phone').count()
      expect([words.length - 1, words.length], 'one more, or none').toContain(kept)
      await after.goto(`${server.origin}/#/write`)
      if (kept < words.length) {
        await expect(box, 'what was not saved is there to be saved').toHaveValue(said)
        await after.getByRole('button', { name: 'Yes, as I said it' }).click()
        await expect(after.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
      } else await expect(box, 'what was saved is not asked again').toHaveValue('')
      await after.close()
    })
  }
  const last = await context.newPage()
  await last.goto(server.origin)
  await expect(last.getByText(`${STEPS.length} views safe on this phone`)).toBeVisible()
  await context.setOffline(false)
  await expect(last.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, words)
})

/** From now on the page stands still for good at this call: what it has asked of its store so far stands, and nothing more comes. */
async function stopAt(page: Page, call: (typeof STEPS)[number][1], times: number): Promise<void> {
  await page.evaluate(
    ([call, times]) => {
      let left = times
      const step = (): void => {
        if (--left > 0) return
        for (;;);
      }
      const real = IDBDatabase.prototype.transaction
      IDBDatabase.prototype.transaction = function (names, mode, options) {
        const strict = options?.durability === 'strict'
        if (strict && call === 'transaction') step()
        const tx = real.call(this, names, mode, options)
        if (strict && call === 'complete') tx.addEventListener('complete', step)
        if (strict) Object.assign(tx, { strict })
        return tx
      }
      const put = IDBObjectStore.prototype.put
      IDBObjectStore.prototype.put = function (...args) {
        if ('strict' in this.transaction && call === 'put') step()
        return put.apply(this, args)
      }
      const commit = IDBTransaction.prototype.commit
      IDBTransaction.prototype.commit = function () {
        if ('strict' in this && call === 'commit') step()
        commit.call(this)
      }
    },
    [call, times] as const,
  )
}

async function kill(page: Page, browser: CDPSession): Promise<void> {
  const crashed = page.waitForEvent('crash')
  // The page that is to say that it has crashed is gone: nothing answers.
  browser.send('Page.crash').catch(() => undefined)
  await crashed
  await page.close()
}

test('reloaded between every two steps, a visit with a view in it goes on where it was', async ({ server, program, people }) => {
  await program.holdNothing()
  const page = await people.join('Ash', 'volunteer', PHONE)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.context().setOffline(true)
  const words = 'The needle bins on the lane overflow'
  const box = page.getByRole('textbox', { name: 'What did they say?' })
  const chosen = (name: string) => page.getByRole('button', { name, exact: true })

  await startVisit(page, EXCHANGE)
  await page.reload()
  await expect(page.getByRole('heading', { name: EXCHANGE })).toBeVisible()
  for (const spoken of ['1', '2']) {
    const before = await opsKept(page)
    await page.getByRole('button', { name: 'Spoken to: one more' }).click()
    await expect(page.getByRole('group', { name: 'Spoken to' })).toContainText(spoken)
    // A tap shows at once, and is kept right behind it.
    await expect.poll(() => opsKept(page)).toBe(before + 1)
    await page.reload()
    await expect(page.getByRole('group', { name: 'Spoken to' })).toContainText(spoken)
  }

  await page.getByRole('link', { name: 'Write down a view' }).click()
  await page.reload()
  await box.fill(words)
  await expect(page.getByText('Draft kept')).toBeVisible()
  await page.reload()
  await expect(box).toHaveValue(words)
  for (const name of ['Equipment', 'Gap']) {
    await chosen(name).click()
    await expect(page.getByText('Draft kept')).toBeVisible()
    await page.reload()
    await expect(chosen(name)).toHaveAttribute('aria-pressed', 'true')
  }
  await expect(box).toHaveValue(words)
  await page.getByRole('button', { name: 'Yes, as I said it' }).click()
  await expect(page.getByRole('heading', { name: 'Sealed on this phone' })).toBeVisible()
  await page.reload()
  await expect(box, 'what is sealed is not asked again').toHaveValue('')
  await page.goto(`${server.origin}/#/`)
  await expect(page.getByText('1 view safe on this phone')).toBeVisible()

  await page.getByRole('link', { name: 'Finish the visit' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Finish the visit' }).click()
  await expect(page.getByRole('button', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('button', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()

  await page.context().setOffline(false)
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, [words])
  const visits = (await program.read()).filter((it) => it.c === 'visit')
  expect(visits.map((it) => [it.f.status, it.f.spoken])).toEqual([['done', 2]])
})

async function opsKept(page: Page): Promise<number> {
  const [, kept] = /\/outbox: (\d+)/.exec(await readStores(page)) ?? []
  return Number(kept)
}
