/**
 * An outreach worker and a van: a stop where eight people say the same thing, a rumour of a bad batch that is no
 * feedback, something that a key worker passes on, a box that is emptied slip by slip; all of it without signal.
 */
import { fillIn } from './acts'
import { CLINIC, DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

const GROUP = 'The van stops where the police park'
const SLIPS = ['More chairs', 'Thank you, Kim', 'The heating']

test('three stops of a van', async ({ server, people, program, services }) => {
  const dat = (await program.read()).find((it) => it.c === 'dat')
  await program.write({ c: 'dat', r: dat?.r ?? '', base: dat?.v ?? 0, set: { hold_minutes: 0 } })
  const page = await people.browser(PHONE)
  await enrol(page, (await server.invite(DAT, 'Kit', 'outreach')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.context().setOffline(true)

  const start = async (place: string, how: string): Promise<void> => {
    await page.getByRole('link', { name: `Start a visit at ${place}` }).or(page.getByRole('link', { name: 'Heard in another way' })).last().click()
    await page.getByText(how, { exact: true }).click()
    await page.getByRole('button', { name: 'Start now' }).click()
    await expect(page.getByRole('heading', { name: place, exact: true })).toBeVisible()
  }
  const finish = async (): Promise<void> => {
    await page.getByRole('link', { name: 'Finish the visit' }).click()
    await page.getByRole('button', { name: 'Finish the visit' }).click()
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  }

  await test.step('at the second stop eight people say the same thing, and a ninth something else', async () => {
    await start(EXCHANGE, 'in a user group')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: GROUP, about: 'Where, when' })
    for (let more = 0; more < 7; more++) await page.getByRole('button', { name: 'One more' }).click()
    await page.getByRole('button', { name: 'In your own words' }).click()
    await expect(page.getByText('1 sealed in this sitting')).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'What did they say?' }), 'the next can be written at once').toHaveValue('')
    await fillIn(page, { words: 'Said too soon' })
    await page.getByRole('button', { name: 'Only count it' }).click()
    await expect(page.getByText('2 sealed in this sitting')).toBeVisible()
    await page.getByRole('button', { name: 'Take the last one back' }).click()
    await page.getByRole('button', { name: 'Yes, take it back' }).click()
  })

  await test.step('a batch that kills is for the drug alert, not for the feedback', async () => {
    await page.getByRole('link', { name: 'At risk?' }).click()
    await page.getByRole('link', { name: 'Bad or very strong drugs about' }).click()
    await page.getByRole('button', { name: 'Duty worker' }).click()
    await page.getByRole('button', { name: 'Done, tell the team' }).click()
    await page.getByRole('link', { name: 'Back to today' }).click()
    await finish()
  })

  await test.step('a key worker passes something on: whether they were asked to, and of no client', async () => {
    await start(CLINIC, 'passed on by a key worker')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: 'She would rather come in the evening' })
    await expect(page.getByText('No name, no number of theirs')).toBeVisible()
    await page.getByRole('group', { name: 'Did they ask you to pass it on?' }).getByRole('button', { name: 'Yes' }).click()
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    await finish()
  })

  await test.step('a box: slip after slip, nobody there to ask, no receipt', async () => {
    await start(CLINIC, 'from the suggestion box')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    for (const [at, words] of SLIPS.entries()) {
      await fillIn(page, { words })
      await page.getByRole('button', { name: 'Seal this slip' }).click()
      await expect(page.getByText(`${at + 1} sealed in this sitting`)).toBeVisible()
    }
    await page.getByRole('link', { name: 'Close. What you wrote is kept.' }).click()
    await page.getByRole('link', { name: 'Finish the visit' }).click()
    expect(await page.locator('dl').innerText()).toMatch(/Written down\s+3/)
    await page.getByRole('button', { name: 'Finish the visit' }).click()
  })

  await test.step('in the evening it is all with the team', async () => {
    await page.context().setOffline(false)
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    const read = await program.read()
    const views = new Map(read.filter((it) => it.c === 'view').map((it) => [it.f.words, it.f]))
    expect([...views.keys()].sort()).toEqual([GROUP, ...SLIPS, 'She would rather come in the evening'].sort())
    expect(views.get(GROUP)).toMatchObject({ times: 8, share: 'summary', method: 'grp', service: services.exchange, consent: 1 })
    expect(views.get('She would rather come in the evening')).toMatchObject({ method: 'kw', asked: 'yes' })
    for (const slip of SLIPS) {
      expect(views.get(slip)).toMatchObject({ method: 'box', share: 'summary' })
      expect(views.get(slip), 'nobody heard a script').not.toHaveProperty('consent')
    }
    expect(read.filter((it) => it.c === 'escalation').map((it) => it.f)).toMatchObject([{ kind: 'alert', told: 'Duty worker', service: services.exchange }])
    expect(await server.problems()).toEqual([])
  })
})
