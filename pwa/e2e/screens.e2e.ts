/**
 * Every screen, looked at: no violation that axe knows of, in light and dark, at 360 and 320 px; nothing runs off the
 * side; and a picture of each, two of them for the README. The people and what they said are the demonstration's.
 */
import { fillIn, receiptOn } from './acts'
import { look, pictureForReadme } from './look'
import { DESK, enrol, EXCHANGE, expect, PHONE, test } from './story'

// Some forty screens, each in six ways.
test.describe.configure({ timeout: 240_000 })

const WIDE = { widths: [1180] }
const LONG = 'Saint Bartholomew-in-the-Fields and Llanfairpwllgwyngyll Community Substance Recovery Partnership'

test('joining, and what a phone shows before anything is there', async ({ server, people, services, program }) => {
  await program.write({ c: 'service', r: services.clinic, set: { name: LONG } })
  people.watch.await(/403 \(Forbidden\)/)
  const page = await people.browser(PHONE)
  await page.goto(`${server.origin}/enrol`)
  await look(page, 'join')
  await page.getByRole('button', { name: 'Join' }).click()
  await look(page, 'join-owed')
  await page.getByRole('textbox', { name: 'Your code' }).fill('NOT-A-CODE')
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByRole('alert')).toContainText('This code is not known.')
  await look(page, 'join-not-known')

  await page.goto('about:blank')
  await enrol(page, (await server.invite('ourtown', 'Wilhelmina Featherstonehaugh-Cholmondeley', 'outreach')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await look(page, 'today-empty')
  await page.getByRole('link', { name: 'Handed in' }).click()
  await look(page, 'handed-in-empty')
  await page.getByRole('link', { name: 'What is happening' }).click()
  await look(page, 'handed-in-line-empty')
  await page.getByRole('link', { name: 'Back', exact: true }).click()
  await page.getByRole('link', { name: 'Answers' }).click()
  await look(page, 'answers-empty')
  await page.goto(`${server.origin}/#/write`)
  await look(page, 'write-empty')

  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(desk.getByText('Nothing new to go through')).toBeVisible()
  await look(desk, 'desk-review-empty', WIDE)
  for (const [place, name] of [['matters', 'Matters'], ['asks', 'Asked of services'], ['answers', 'Answers']] as const) {
    await desk.getByRole('link', { name }).click()
    await look(desk, `desk-${place}-empty`, WIDE)
  }
})

test.describe('with the demonstration’s weeks behind it', () => {
  test.beforeEach(async ({ server }) => server.stop())

  test('a volunteer’s phone', async ({ server, people }) => {
    const { volunteer } = await server.startDemo()
    const page = await people.browser(PHONE)
    await enrol(page, volunteer)
    await expect(page.getByRole('heading', { name: 'To take back' })).toBeVisible()
    await look(page, 'today')
    await page.getByRole('link', { name: 'Handed in' }).click()
    await expect(page.getByText('With the team').first()).toBeVisible()
    await look(page, 'handed-in')
    await page.getByRole('link', { name: 'What is happening' }).click()
    await expect(page.getByRole('heading', { name: 'What is happening' })).toBeVisible()
    await page.getByRole('button', { name: 'Show as a code' }).click()
    await expect(page.getByRole('img', { name: 'The report as a code to scan' })).toBeVisible()
    await look(page, 'handed-in-line')
    await page.getByRole('link', { name: 'Back', exact: true }).click()
    await page.getByRole('link', { name: 'Answers', exact: true }).last().click()
    await look(page, 'answers')
    await page.getByRole('button', { name: 'I told someone' }).first().click()
    await look(page, 'answers-tell')

    await page.getByRole('link', { name: 'Today' }).click()
    await page.getByRole('link', { name: /^Start a visit at/ }).first().click()
    await look(page, 'visit-start')
    await page.getByRole('button', { name: 'Start now' }).click()
    const spoken = page.getByRole('button', { name: 'Spoken to: one more' })
    for (let people = 0; people < 11; people++) await spoken.click()
    await page.getByRole('button', { name: 'Rather not: one more' }).click()
    await page.context().setOffline(true)
    await expect(page.getByText('No signal')).toBeVisible()

    await page.getByRole('link', { name: 'Write down a view' }).click()
    const words = page.getByRole('textbox', { name: 'What did they say?' })
    await words.fill('They changed my pick-up to the chemist on the ring road, it’s two buses. Call me on 07700 900 142 if you can sort it')
    await page.getByRole('button', { name: 'Script', exact: true }).click()
    await page.getByRole('button', { name: 'Staff', exact: true }).click()
    await page.getByRole('button', { name: 'Concern', exact: true }).click()
    await expect(page.getByText('That looks like a phone number.')).toBeVisible()
    await page.getByText('More, if it fits').click()
    await page.getByText('What to say first').click()
    await look(page, 'write')
    await page.getByRole('button', { name: 'Make it [phone number]' }).click()
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await receiptOn(page)
    await look(page, 'sealed')
    await page.getByRole('button', { name: /^Take it back/ }).click()
    await look(page, 'sealed-sure')
    await page.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect(page.getByRole('heading', { name: 'It is taken back' })).toBeVisible()
    await look(page, 'taken-back')
    await page.getByRole('button', { name: 'Next view' }).click()
    await fillIn(page, { words: 'Opening at eight would let me come before work', about: 'Where, when' })
    await page.getByRole('button', { name: 'Yes, as I said it' }).click()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    await expect(page.getByText('1 view safe on this phone')).toBeVisible()
    await look(page, 'today-visit-no-signal')
    await pictureForReadme(page, 'phone', { width: 360, height: 740 })

    await page.getByRole('link', { name: 'At risk?' }).click()
    await look(page, 'risk')
    for (const way of ['Someone may be in danger', 'They are under 18', 'Bad or very strong drugs about', 'They want to make a complaint', 'I’d like to talk to someone']) {
      await page.getByRole('link', { name: way }).click()
      await look(page, `risk-${way.split(' ').at(-1)?.toLowerCase()}`)
      await page.getByRole('link', { name: 'Back', exact: true }).click()
    }
    await page.getByRole('link', { name: 'Someone may be in danger' }).click()
    await page.getByRole('button', { name: 'Nobody yet' }).click()
    await page.getByRole('button', { name: 'Done, tell the team' }).click()
    await look(page, 'risk-told')
    await page.goto(`${server.origin}/#/handed-in`)
    await page.getByRole('listitem').getByRole('button').first().click()
    await look(page, 'handed-in-waiting')
    await page.getByRole('link', { name: /^Last in touch/ }).click()
    await look(page, 'handed-in-line-waiting')
  })

  test('the desk of a coordinator', async ({ server, people }) => {
    const { coordinator } = await server.startDemo()
    const desk = await people.browser(DESK)
    await enrol(desk, coordinator)
    await expect(desk.getByRole('region', { name: 'Views' }).getByRole('link').first()).toBeVisible()
    await pictureForReadme(desk, 'desk', { width: 1180, height: 760 })
    await look(desk, 'desk-review', WIDE)
    const marked = desk.getByRole('link', { name: /\d{5}|07\d/ })
    if ((await marked.count()) > 0) await marked.first().click()
    else await desk.getByRole('region', { name: 'Views' }).getByRole('link').first().click()
    await desk.keyboard.press('?')
    await look(desk, 'desk-view', WIDE)
    await desk.keyboard.press('?')
    await desk.getByRole('button', { name: 'New matter' }).click()
    await desk.getByRole('button', { name: 'Raise it' }).click()
    await look(desk, 'desk-raise', WIDE)
    await desk.getByRole('button', { name: 'Not now' }).click()

    await desk.getByRole('link', { name: 'Matters' }).click()
    await look(desk, 'desk-matters', WIDE)
    const places = await desk.getByRole('main').getByRole('listitem').getByRole('link').evaluateAll((links) => links.map((it) => it.getAttribute('href') ?? ''))
    const shown = new Set<string>()
    const ask = desk.getByRole('button', { name: 'Ask a service' })
    let asked = '' // a matter that is parked or done asks nobody
    for (const place of places) {
      await desk.goto(`${server.origin}/${place}`)
      const step = await desk.getByRole('list', { name: 'Where it is' }).locator('[aria-current]').innerText().catch(() => 'Parked')
      if (shown.has(step)) continue
      shown.add(step)
      await look(desk, `desk-matter-${step.toLowerCase().replaceAll(' ', '-')}`, WIDE)
      if (asked === '' && (await ask.count()) > 0) asked = place
    }
    expect(shown.size, 'matters at several steps').toBeGreaterThan(2)
    await desk.goto(`${server.origin}/${asked}`)
    await ask.click()
    await desk.getByRole('button', { name: 'Ask', exact: true }).click()
    await look(desk, 'desk-matter-ask', WIDE)
    await desk.getByRole('link', { name: 'Asked of services' }).click()
    await look(desk, 'desk-asks', WIDE)
    await desk.getByRole('link', { name: 'Answers' }).click()
    await look(desk, 'desk-answers', WIDE)
  })

  test('a lead’s desk, a manager’s, an administrator’s, and what everybody can read', async ({ server, people }) => {
    const { lead } = await server.startDemo()
    const desk = await people.browser(DESK)
    await enrol(desk, lead)
    await expect(desk.getByRole('main').getByRole('link').first()).toBeVisible()
    await look(desk, 'lead-matters', WIDE)
    await desk.getByRole('main').getByRole('link').first().click()
    await look(desk, 'lead-matter', WIDE)

    const { services } = await server.servicesOf('demo')
    const manager = await people.browser(DESK)
    await enrol(manager, (await server.invite('demo', 'Robin', 'manager', services[0]?.id ?? '')).link)
    await expect(manager.getByRole('heading', { name: 'Heard' })).toBeVisible()
    await look(manager, 'manager-heard', WIDE)
    await manager.getByRole('link', { name: 'Asked of services' }).click()
    await look(manager, 'manager-asks', WIDE)

    const admin = await people.browser(DESK)
    await enrol(admin, (await server.invite('demo', 'Alex', 'admin')).link)
    await expect(admin.getByRole('heading', { name: 'Set-up' })).toBeVisible()
    await look(admin, 'admin-setup', WIDE)

    const anybody = await people.browser(DESK)
    await anybody.goto(`${server.origin}/s/demo`)
    await look(anybody, 'public-said', WIDE)
    await anybody.goto(`${server.origin}/r`)
    await look(anybody, 'public-receipt', WIDE)
    await anybody.getByRole('textbox').fill('pine-river-lamp-42')
    await anybody.getByRole('button', { name: 'Look' }).click()
    await look(anybody, 'public-receipt-unknown', WIDE)
  })
})
