/**
 * A volunteer's evening at a needle exchange in a basement, without signal from beginning to end: the visit is there,
 * an answer is taken back, somebody speaks of staff, somebody says three taps' worth, somebody says no, somebody is at
 * risk; and on the way home it all goes in by itself.
 */
import { fillIn } from './acts'
import { newId as id, type Program } from './program'
import { DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

const CARDS = ['PINE-CEDAR-OAK-42', 'ABBEY-CLOUD-LANTERN-07', 'CEDAR-ABOUT-CLOUD-11']
const WORDS = 'You never have 1 ml, and the lad on the desk looks at me like dirt'

test('a basement, no signal, from half past five to eight', async ({ server, people, program, services }) => {
  const { link, member } = await server.invite(DAT, 'Ash', 'volunteer')
  await test.step('the coordinator has planned the visit, and something was decided', async () => {
    await planned(program, member, services)
  })

  const page = await people.browser({ ...PHONE, timezoneId: whereItIsNoon() })
  await test.step('on Tuesday the phone joins, and takes a sheet of cards', async () => {
    await enrol(page, link)
    await page.getByRole('link', { name: 'Use printed cards' }).click()
    await page.getByRole('textbox', { name: 'Or put in a code' }).fill(CARDS.join(' '))
    await page.getByRole('button', { name: 'Put in' }).click()
    await expect(page.getByText('3 cards are in').last()).toBeVisible()
    await page.getByRole('group', { name: 'Which card is next?' }).getByRole('button', { name: 'lantern' }).click()
    await page.getByRole('link', { name: 'Back' }).click()
    await page.context().setOffline(true)
    await expect(page.getByText('No signal', { exact: true })).toBeVisible()
  })

  await test.step('the planned visit is likely, and starts in one tap', async () => {
    await page.reload()
    await expect(page.getByRole('region', { name: 'Planned for you' })).toContainText('Tomorrow')
    await page.getByRole('button', { name: `Start a visit at ${EXCHANGE}` }).click()
    await expect(page.getByRole('heading', { name: EXCHANGE, exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Spoken to: one more' }).click()
  })

  await test.step('the answer that is due here is told, and taken as fair', async () => {
    const due = page.getByRole('region', { name: `To take back at ${EXCHANGE}` })
    await expect(due.getByRole('article')).toContainText('New')
    await due.getByRole('link', { name: '1 new' }).click()
    await page.getByRole('button', { name: 'I told someone' }).click()
    await page.getByRole('button', { name: 'Fair answer' }).click()
    await expect(page.getByText('You told it once')).toBeVisible()
    await page.getByRole('link', { name: 'Today' }).click()
    await expect(due).toBeHidden()
  })

  await test.step('a woman speaks of equipment and of staff: two themes, not for that desk, a card instead of copying', async () => {
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: WORDS, about: 'Equipment' })
    await page.getByRole('button', { name: 'Staff', exact: true }).click()
    await page.getByRole('button', { name: /^About how staff here behaved/ }).click()
    await expect(page.getByText('The next card ends in LANTERN')).toBeVisible()
    // Nothing is chosen for her: her answer is the tap that seals it.
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await expect(page.getByText('Hand over the card that ends in LANTERN')).toBeVisible()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
  })

  await test.step('three taps and no typing', async () => {
    await page.getByRole('region', { name: 'Three taps, no typing' }).getByRole('link', { name: 'Hours' }).click()
    await page.getByRole('button', { name: 'Concern', exact: true }).click()
    await page.getByRole('group', { name: 'Shall I pass that on?' }).getByRole('button', { name: 'Only count it' }).click()
    await expect(page.getByText('Hand over the card that ends in CLOUD')).toBeVisible()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
  })

  await test.step('a no leaves a tally and nothing else', async () => {
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(page, { words: 'What I should not have told you' })
    await page.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('button', { name: 'Yes, erase it' }).click()
    await expect(page.getByRole('group', { name: 'Rather not' })).toContainText('1')
    await page.getByRole('link', { name: 'Write down a view' }).click()
    await expect(page.getByRole('textbox', { name: 'What did they say?' })).toHaveValue('')
  })

  await test.step('somebody is grey and nodding: one tap from here, and a pointer that nags', async () => {
    await page.getByRole('link', { name: 'At risk?' }).click()
    await page.getByRole('link', { name: 'Someone may be in danger' }).click()
    await page.getByRole('button', { name: 'Duty worker' }).click()
    await page.getByRole('button', { name: 'Done, tell the team' }).click()
    await page.getByRole('button', { name: 'I’d like to talk to someone' }).click()
    await page.getByRole('link', { name: 'Back to today' }).click()
    await expect(page.getByText('The team is told as soon as there is signal.')).toHaveCount(2)
  })

  await test.step('a look over, and the visit is done', async () => {
    await page.getByRole('link', { name: 'Finish the visit' }).click()
    await expect(page.getByText('Written down')).toBeVisible()
    expect(await page.locator('dl').innerText()).toMatch(/Written down\s+2\s+Answers told\s+1/)
    await page.getByRole('button', { name: 'Spoken to: one more' }).click()
    await page.getByRole('button', { name: 'Finish the visit' }).click()
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  })

  await test.step('on the bus there is signal: everything is with the team, once', async () => {
    await page.context().setOffline(false)
    await expect(page.getByText('The team has it, and nobody has said yet that it is in hand.')).toHaveCount(2)
    const read = await program.read()
    const views = read.filter((it) => it.c === 'view').map((it) => it.f)
    expect(views).toHaveLength(2)
    expect(views.find((it) => it.words === WORDS)).toMatchObject({ handling: 'sensitive', share: 'words', method: 'nxc', service: services.exchange, consent: 1, by: member })
    expect(views.find((it) => it.words === undefined)).toMatchObject({ kind: 'concern', share: 'team' })
    expect(read.filter((it) => it.c === 'visit' && it.f.status === 'done').map((it) => it.f)).toMatchObject([{ service: services.exchange, spoken: 2, declined: 1 }])
    expect(read.filter((it) => it.c === 'telling').map((it) => it.f)).toMatchObject([{ service: services.exchange, way: 'said', verdict: 'fair' }])
    expect(new Set(read.filter((it) => it.c === 'escalation').map((it) => it.f.kind))).toEqual(new Set(['risk', 'talk']))
  })

  await test.step('the cards that were handed over are known, the third is not', async () => {
    for (const [card, told] of [[CARDS[1], 'It got here'], [CARDS[2], 'It got here'], [CARDS[0], 'Not here yet, or mistyped']] as const) {
      const anybody = await people.browser(PHONE)
      await anybody.goto(`${server.origin}/r#${card}`)
      await anybody.getByRole('button', { name: 'Look' }).click()
      await expect(anybody.getByRole('heading', { name: told })).toBeVisible()
    }
  })
})

/** A visit today and one tomorrow elsewhere; an answer for the exchange. */
async function planned(program: Program, by: string, services: { exchange: string; clinic: string }): Promise<void> {
  const now = new Date()
  const tomorrow = new Date(now.getTime() + 86_400_000)
  const dat = (await program.read()).find((it) => it.c === 'dat')
  const [matter, answer] = [id(), id()]
  await program.write(
    { c: 'dat', r: dat?.r ?? '', base: dat?.v ?? 0, set: { hold_minutes: 0 } },
    { c: 'visit', r: id(), set: { service: services.exchange, by, method: 'nxc', planned: now.toISOString() } },
    { c: 'visit', r: id(), set: { service: services.clinic, by, method: 'conv', planned: tomorrow.toISOString() } },
    {
      c: 'matter', r: matter, add: { services: [services.exchange] },
      set: { title: 'Citric', level: 'service', status: 'decided', decision: 'yes', reason: 'It is cheap.', decided_by: { body: 'Exchange', on: '2026-11-20' } },
    },
    { c: 'answer', r: answer, set: { matter, said: 'Citric runs out.', did: 'It comes every Monday.', status: 'published' }, add: { services: [services.exchange] } },
  )
}

/** A zone in which today does not end while the test runs. */
function whereItIsNoon(): string {
  const ahead = 12 - new Date().getUTCHours()
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}
