/** What a phone does by itself: holds a view so that it may be taken back, points the way out, keeps a half-written view, and ends when it is lost. */
import { fillIn, receiptOn, writeDown } from './acts'
import { readStores } from './readable'
import { DAT, DESK, EXCHANGE, expect, PHONE, test } from './story'

const WORDS = 'They moved my pick-up without asking'

test('a view is held for five minutes: taken back in time it never goes, left alone it goes by itself', async ({ people, server }) => {
  const phone = await people.browser(PHONE)
  await phone.clock.install()
  await phone.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
  await phone.getByRole('button', { name: 'Join' }).click()
  await phone.getByRole('button', { name: 'Not now' }).click()
  await expect(phone.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()

  await test.step('the first is taken back', async () => {
    await writeDown(phone, { words: `${WORDS}, and then again`, at: EXCHANGE })
    await expect(phone.getByText('It goes by itself in 5 minutes')).toBeVisible()
    await phone.getByRole('button', { name: /^Take it back/ }).click()
    await phone.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect(phone.getByRole('heading', { name: 'It is taken back' })).toBeVisible()
    await phone.getByRole('button', { name: 'Done', exact: true }).last().click()
    await expect(phone.getByText('safe on this phone')).toBeHidden()
  })

  await test.step('the second is left alone', async () => {
    await writeDown(phone, { words: WORDS, at: EXCHANGE })
    await phone.getByRole('button', { name: 'Done', exact: true }).click()
    await expect(phone.getByText('1 view safe on this phone')).toBeVisible()
    await expect(phone.getByText('They go by themselves in a few minutes.')).toBeVisible()
    expect(await server.counts(DAT)).toMatchObject({ views: 0 })
    await phone.clock.fastForward('05:01')
    await expect(phone.getByText('Everything you wrote down is with the team.')).toBeVisible()
    expect(await server.counts(DAT)).toMatchObject({ views: 1 })
  })
})

test('somebody is at risk: whom to call is there without a line, and the desk hears of it first', async ({ people, server }) => {
  const phone = await people.join('Ash', 'volunteer', PHONE)
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(phone.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await phone.context().setOffline(true)
  await writeDown(phone, { words: WORDS, at: EXCHANGE })
  await phone.getByRole('button', { name: 'Done', exact: true }).click()

  await phone.getByRole('link', { name: 'At risk?' }).click()
  await phone.getByRole('link', { name: 'Someone may be in danger' }).click()
  await expect(phone.getByRole('link', { name: /Call 999/ })).toHaveAttribute('href', 'tel:999')
  await phone.getByRole('group', { name: 'Who did you tell?' }).getByRole('button', { name: 'Ambulance, police' }).click()
  await phone.getByRole('button', { name: 'Done, tell the team' }).click()
  await expect(phone.getByText('The team is told')).toBeVisible()

  await phone.context().setOffline(false)
  const urgent = desk.getByRole('article').filter({ hasText: 'Someone may be in danger' })
  await expect(urgent).toContainText('Told Ambulance, police')
  // It ended the hold of what was numbered before it.
  await expect(desk.getByRole('region', { name: 'Views' }).getByRole('listitem')).toHaveCount(1)
  await urgent.getByRole('button', { name: 'It is in hand' }).click()
  await expect(urgent).toBeHidden()
  await phone.getByRole('link', { name: 'Back to today' }).click()
  await phone.getByRole('link', { name: 'Handed in' }).click()
  await expect(phone.getByRole('listitem').filter({ hasText: 'Someone may be in danger' })).toContainText('in hand')
  expect(await server.problems()).toEqual([])
})

test('what is half written is there after the browser was closed, and nothing else is asked again', async ({ people, server }) => {
  const phone = await people.phone()
  let page = await phone.open()
  await page.goto((await server.invite(DAT, 'Ash', 'volunteer')).link)
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('button', { name: 'Not now' }).click()
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()

  await page.getByRole('link', { name: 'Write down a view' }).click()
  await fillIn(page, { words: WORDS, at: EXCHANGE, about: 'Script' })
  await expect(page.getByText('Draft kept')).toBeVisible()
  await phone.close()

  page = await phone.open()
  await page.goto(`${server.origin}/#/write`)
  await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue(WORDS)
  await expect(page.getByRole('button', { name: 'Script', exact: true })).toHaveAttribute('aria-pressed', 'true')
  // The one question that nobody answers for the person who spoke.
  await page.getByRole('group', { name: 'Can we use your words' }).getByRole('button', { name: 'Only count it' }).click()
  const receipt = await receiptOn(page)

  await test.step('whoever holds the card can look, without a name and without the app', async () => {
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    const anybody = await people.browser(DESK)
    await anybody.goto(`${server.origin}/r#${receipt.toUpperCase()}`)
    await expect(anybody.getByRole('textbox')).toHaveValue(new RegExp(receipt, 'i'))
    await anybody.getByRole('button', { name: 'Look' }).click()
    await expect(anybody.getByRole('heading', { name: 'Not here yet, or mistyped' })).toBeVisible()
  })
})

test('a lost phone is switched off: it erases itself and says so', async ({ people, server }) => {
  const phone = await people.join('Ash', 'volunteer', PHONE)
  await expect(phone.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  const device = (await server.devices(DAT)).find((it) => it.name === 'My phone')
  await server.revoke(DAT, device?.id ?? '')
  await expect(phone.getByRole('heading', { name: 'This phone was switched off' })).toBeVisible()
  await expect(phone.getByText(EXCHANGE)).toBeHidden()
  await phone.reload()
  await expect(phone.getByRole('heading', { name: 'This phone was switched off' }), 'also after it starts again').toBeVisible()
  expect(await readStores(phone), 'nothing of the team is left').not.toContain('Ourtown')
})
