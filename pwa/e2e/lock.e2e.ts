/** A phone with a PIN: shut to everybody but its owner, and written on all the same. */
import type { Page } from '@playwright/test'
import { done, fillIn, startVisit, writeDown } from './acts'
import { look } from './look'
import { readStores } from './readable'
import { choosePin, DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

const PIN = '407162'
const WORDS = 'They count my tablets in front of everybody'
const HIDDEN = 'The night worker laughs at people'

async function lock(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Lock this phone' }).click()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await expect(page.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
}

async function unlock(page: Page, pin = PIN): Promise<void> {
  await page.getByLabel('Your PIN').fill(pin)
  await page.getByRole('button', { name: 'Unlock' }).click()
}

/** As when somebody looks at another app, or puts the phone away. */
async function turn(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}

test('a PIN is chosen, keeps the phone shut without a line too, and lets a view be written down during a visit', async ({ people, server, program }) => {
  test.setTimeout(120_000)
  await program.holdNothing()
  const page = await people.browser(PHONE)
  await page.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
  await page.getByRole('button', { name: 'Join' }).click()
  await test.step('one that is guessed first is not taken, nor one that was typed wrong', async () => {
    await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible()
    await look(page, 'pin-choose')
    await page.getByLabel('New PIN').fill('123456')
    await page.getByRole('button', { name: 'Use this PIN' }).click()
    await expect(page.getByText('That one is easy to guess.')).toBeVisible()
    await look(page, 'pin-weak')
    await page.getByLabel('New PIN').fill(PIN)
    await page.getByLabel('The same once more').fill('407163')
    await page.getByRole('button', { name: 'Use this PIN' }).click()
    await expect(page.getByText('The two are not the same.')).toBeVisible()
    await choosePin(page, PIN)
  })
  await expect(page.getByText('This phone has no PIN yet')).toBeHidden()
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await expect(page.getByText('In touch', { exact: true }).first()).toBeVisible()
  await startVisit(page, EXCHANGE)
  await page.getByRole('button', { name: 'Spoken to: one more' }).click()
  await page.getByRole('link', { name: 'This phone' }).or(page.getByRole('link', { name: 'Lock this phone' })).click()
  await look(page, 'phone')
  await page.goBack()
  await server.stop()
  await lock(page)
  await look(page, 'locked')

  await test.step('written down while it is locked, and somebody said no', async () => {
    await writeDown(page, { words: HIDDEN, share: 'Only count it' })
    await done(page)
    await expect(page.getByText('1 thing waits here.')).toBeVisible()
    await look(page, 'locked-waiting')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: 'Rather not' })
    await page.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, erase it' }).click()
    await expect(page.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: WORDS })
    await expect(page.getByText('Draft kept')).toBeVisible()
  })

  await test.step('started anew it is shut, and knows nothing of what was written', async () => {
    await page.reload()
    await expect(page.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue('')
    await page.getByRole('link', { name: 'Close' }).click()
    await page.goto(`${server.origin}/#/handed-in`)
    await page.reload()
    await expect(page.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
    await unlock(page, '111222')
    await expect(page.locator('#pin-owed')).toContainText('That is not the PIN.')
    await look(page, 'locked-wrong')
  })

  await test.step('whom to call is one tap away', async () => {
    await page.getByRole('link', { name: 'At risk?' }).click()
    await expect(page.getByRole('link', { name: /999/ })).toBeVisible()
    await page.goBack()
  })

  await test.step('the PIN opens it where it was left, with all that was done meanwhile', async () => {
    await unlock(page)
    await expect(page.getByRole('heading', { name: 'Handed in' })).toBeVisible()
    await page.getByRole('link', { name: 'Today' }).click()
    await expect(page.getByRole('heading', { name: EXCHANGE })).toBeVisible()
    await expect(page.getByText('1 view safe on this phone')).toBeVisible()
    await expect(page.getByRole('group', { name: 'Rather not' })).toContainText('1')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)
    await page.getByRole('link', { name: 'Close' }).click()
  })

  await test.step('and it goes on', async () => {
    await server.start()
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    expect(await server.counts(DAT)).toMatchObject({ views: 1 })
    expect(await server.problems()).toEqual([])
  })
})

test('what is written on a locked phone is handed in without the PIN', async ({ people, server, program }) => {
  await program.holdNothing()
  const page = await people.browser(PHONE)
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await lock(page)
  await writeDown(page, { words: HIDDEN })
  await done(page)
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  expect(await server.counts(DAT)).toMatchObject({ views: 1 })
})

test('whoever finds it locked finds no word, no name, no count and no time', async ({ people, server }) => {
  const phone = await people.phone()
  const page = await phone.open()
  await enrol(page, (await server.invite(DAT, 'Wilhelmina Cholmondeley', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await writeDown(page, { words: WORDS })
  await page.getByRole('button', { name: 'Next view' }).click()
  await fillIn(page, { words: HIDDEN })
  await expect(page.getByText('Draft kept')).toBeVisible()
  await page.getByRole('link', { name: 'Close' }).click()
  await lock(page)
  await writeDown(page, { words: `${WORDS}, twice` })
  await done(page)
  const found = await readStores(page)
  for (const it of ['tablets', 'night worker', 'Cholmondeley', 'a key can be taken out']) expect(found.includes(it), it).toBe(false)
  // The app's own files, which come after, name these fields.
  const kept = found.slice(0, found.indexOf(server.origin))
  for (const it of ['spoken', 'declined', 'started']) expect(kept.includes(it), it).toBe(false)
  // Times as numbers, in milliseconds: what stands there tells the hour at most.
  const times = [...kept.matchAll(/^1[789]\d{11}$/gm)].map(([it]) => Number(it))
  expect(times.filter((it) => it % 3_600_000 !== 0)).toEqual([])
  expect(kept).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:\d\d/)
})

test('five minutes out of sight lock it', async ({ people, server }) => {
  const page = await people.browser(PHONE)
  // The clock of the page is put forward.
  people.watch.await(/401 \(Unauthorized\)/)
  await page.clock.install()
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await turn(page, 'hidden')
  await page.clock.fastForward('04:50')
  await turn(page, 'visible')
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await turn(page, 'hidden')
  await page.clock.fastForward('05:01')
  await expect(page.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Write down a view' }), 'no visit runs').toBeHidden()
  await unlock(page)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
})

test('wrong tries are slowed down, warned of, and end in erasing; what was sealed still goes', async ({ people, server, program }) => {
  test.setTimeout(120_000)
  await program.holdNothing()
  const page = await people.browser(PHONE)
  // The clock of the page is put forward.
  people.watch.await(/401 \(Unauthorized\)/)
  await page.clock.install()
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await page.context().setOffline(true)
  await writeDown(page, { words: WORDS })
  await done(page)
  await lock(page)
  for (let wrong = 1; wrong <= 11; wrong++) {
    await unlock(page, '000111')
    if (wrong >= 4) {
      await expect(page.getByText(/That was wrong too often/)).toBeVisible()
      if (wrong === 4) await look(page, 'locked-wait')
      await page.clock.fastForward('15:01')
      await expect(page.getByText(/That was wrong too often/)).toBeHidden()
    } else await expect(page.locator('#pin-owed')).toContainText('That is not the PIN.')
    if (wrong >= 7) await expect(page.getByText(`${12 - wrong} tr${wrong === 11 ? 'y' : 'ies'} left`)).toBeVisible()
  }
  await look(page, 'locked-last')
  await unlock(page, '000111')
  await expect(page.getByRole('alert')).toContainText('one wrong try too many')
  await look(page, 'locked-erased')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByRole('heading', { name: 'Join your team' })).toBeVisible()
  expect((await readStores(page)).includes(EXCHANGE)).toBe(false)
  await page.context().setOffline(false)
  await page.reload()
  await expect(async () => expect(await server.counts(DAT)).toMatchObject({ views: 1 })).toPass()
})

test('a forgotten PIN: it says what is lost, erases, and the phone joins again', async ({ people, server, program }) => {
  await program.holdNothing()
  const page = await people.browser(PHONE)
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await page.context().setOffline(true)
  await writeDown(page, { words: WORDS })
  await page.getByRole('button', { name: 'Next view' }).click()
  await fillIn(page, { words: HIDDEN })
  await expect(page.getByText('Draft kept')).toBeVisible()
  await page.getByRole('link', { name: 'Close' }).click()
  await lock(page)
  await page.getByText('I have forgotten my PIN').click()
  await page.getByRole('button', { name: 'Erase this phone' }).click()
  await expect(page.getByText('The view that you had begun is lost.')).toBeVisible()
  await look(page, 'locked-forgotten')
  await page.getByRole('button', { name: 'Yes, erase it' }).click()
  await expect(page.getByRole('heading', { name: 'Join your team' })).toBeVisible()
  await page.context().setOffline(false)
  await enrol(page, (await server.invite(DAT, 'Ash again', 'volunteer')).link)
  await expect(page.getByText('This phone has no PIN yet')).toBeVisible()
  await expect(async () => expect(await server.counts(DAT)).toMatchObject({ views: 1 })).toPass()
})

test('revoked while it is locked: it is wiped, and what was sealed reaches the team', async ({ people, server, program }) => {
  await program.holdNothing()
  const page = await people.browser(PHONE)
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await lock(page)
  await page.context().setOffline(true)
  await writeDown(page, { words: WORDS })
  await done(page)
  await server.revoke(DAT, (await server.devices(DAT)).find((it) => it.name === 'My phone')?.id ?? '')
  await page.context().setOffline(false)
  await expect(page.getByRole('heading', { name: 'This phone was switched off' })).toBeVisible()
  await expect(async () => expect((await program.quarantined()).length).toBe(1)).toPass()
  expect((await readStores(page)).includes(EXCHANGE)).toBe(false)
})

test('where a DAT wants the PIN first, a locked phone shows the ways out alone', async ({ people, server, program }) => {
  const dat = (await program.read()).find((it) => it.c === 'dat')
  await program.write({ c: 'dat', r: dat?.r ?? '', base: dat?.v ?? 0, set: { capture_locked: false } })
  const page = await people.browser(PHONE)
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link, PIN)
  await startVisit(page, EXCHANGE)
  await lock(page)
  await expect(page.getByRole('link', { name: 'At risk?' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Write down a view' })).toBeHidden()
})

test('another PIN, another tab, and erasing by hand', async ({ people, server }) => {
  const page = await people.join('Ash', 'volunteer', PHONE)
  const tab = await page.context().newPage()
  await tab.goto(server.origin)
  await expect(tab.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Choose one' }).click()
  await choosePin(page, PIN)
  await expect(tab.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
  await unlock(tab)
  await expect(tab.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('link', { name: 'Change the PIN' }).click()
  await page.getByLabel('PIN now').fill(PIN)
  await look(page, 'pin-change')
  await page.getByLabel('New PIN').fill('555777')
  await page.getByLabel('The same once more').fill('555777')
  await page.getByRole('button', { name: 'Use this PIN' }).click()
  await expect(page.getByRole('button', { name: 'Lock now' })).toBeVisible()
  await page.getByRole('button', { name: 'Lock now' }).click()
  await expect(tab.getByRole('heading', { name: 'This phone is locked' })).toBeVisible()
  await unlock(page, '555777')
  await page.getByRole('link', { name: 'Lock this phone' }).or(page.getByRole('button', { name: 'Erase this phone' })).first().waitFor()
  await page.goto(`${server.origin}/#/phone`)
  await page.getByRole('button', { name: 'Erase this phone' }).click()
  await look(page, 'phone-erase')
  await page.getByRole('button', { name: 'Yes, erase it' }).click()
  await expect(page.getByRole('heading', { name: 'Join your team' })).toBeVisible()
  expect((await readStores(page)).includes(EXCHANGE)).toBe(false)
})
