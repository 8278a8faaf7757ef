/** The screens around a visit, looked at like all others (look.ts): what is planned, cards, sittings, the look over, what nags. */
import { fillIn } from './acts'
import { look } from './look'
import { newId } from './program'
import { DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

test.describe.configure({ timeout: 240_000 })

const CARDS = ['PINE-CEDAR-OAK-42', 'ABBEY-CLOUD-LANTERN-07', 'CEDAR-ABOUT-CLOUD-11']

test('around a visit', async ({ server, people, program, services }) => {
  const { link, member } = await server.invite(DAT, 'Ash', 'volunteer')
  const matter = newId()
  await program.write(
    { c: 'visit', r: newId(), set: { service: services.clinic, by: member, method: 'conv', planned: new Date(Date.now() + 3 * 86_400_000).toISOString() } },
    {
      c: 'matter', r: matter, add: { services: [services.exchange] },
      set: { title: 'Citric', level: 'service', status: 'decided', decision: 'yes', reason: 'It is cheap.', decided_by: { body: 'Exchange', on: '2026-11-20' } },
    },
    { c: 'answer', r: newId(), set: { matter, said: 'Citric runs out.', did: 'It comes every Monday.', status: 'published' }, add: { services: [services.exchange] } },
  )
  const page = await people.browser(PHONE)
  await enrol(page, link)
  await expect(page.getByRole('region', { name: 'Planned for you' })).toBeVisible()
  await look(page, 'today-planned')
  await page.getByRole('region', { name: 'Planned for you' }).getByRole('link').click()
  await look(page, 'visit-start-planned')
  await page.goto(`${server.origin}/#/cards`)
  await look(page, 'cards-none')
  await page.getByRole('textbox', { name: 'Or put in a code' }).fill(CARDS.join(' '))
  await page.getByRole('button', { name: 'Put in' }).click()
  await expect(page.getByRole('group', { name: 'Which card is next?' })).toBeVisible()
  await look(page, 'cards')
  await page.getByRole('button', { name: 'These cards are gone' }).click()
  await look(page, 'cards-sure')

  await page.goto(`${server.origin}/#/visit/${services.exchange}`)
  await page.getByRole('button', { name: 'Start now' }).click()
  await expect(page.getByRole('region', { name: 'Three taps, no typing' })).toBeVisible()
  await look(page, 'today-exchange')
  await page.getByRole('region', { name: 'Three taps, no typing' }).getByRole('link', { name: 'Attitude' }).click()
  await expect(page.getByRole('group', { name: 'Shall I pass that on?' })).toBeVisible()
  await look(page, 'write-three-taps')
  await page.getByRole('button', { name: 'No', exact: true }).click()
  await look(page, 'write-no')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('button', { name: 'Only count it' }).click()
  await expect(page.getByText('Hand over the card that ends in OAK')).toBeVisible()
  await look(page, 'sealed-card')
  await page.getByRole('button', { name: 'Next view' }).click()
  await page.getByRole('button', { name: 'Only count it' }).click({ force: true })
  await expect(page.getByRole('alert')).toHaveText('Words or a theme first')
  await look(page, 'write-owed')

  await page.goto(`${server.origin}/#/answers`)
  await expect(page.getByRole('region', { name: `To take back at ${EXCHANGE}` })).toBeVisible()
  await page.getByRole('button', { name: 'I told someone' }).click()
  await look(page, 'answers-due')
  await page.context().setOffline(true)
  await page.getByRole('textbox', { name: 'Code on the card' }).fill(CARDS[1] ?? '')
  await page.getByRole('button', { name: 'Look' }).click()
  await expect(page.getByRole('button', { name: /^Keep the code/ })).toBeVisible()
  await look(page, 'answers-no-signal')
  await page.getByRole('button', { name: /^Keep the code/ }).click()
  await expect(page.getByRole('list', { name: '1 code waits for signal' })).toBeVisible()
  await look(page, 'answers-kept-code')

  await page.goto(`${server.origin}/#/risk/talk`)
  await page.getByRole('button', { name: 'Ask for a call' }).click()
  await page.getByRole('link', { name: 'Back to today' }).click()
  await expect(page.getByText('The team is told as soon as there is signal.')).toBeVisible()
  await look(page, 'today-nag')
  await page.getByRole('link', { name: 'Finish the visit' }).click()
  await expect(page.getByText('Written down')).toBeVisible()
  await look(page, 'finish')
  await page.getByRole('button', { name: 'Finish the visit' }).click()
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()

  await page.goto(`${server.origin}/#/visit/${services.clinic}`)
  await page.getByText('from the suggestion box', { exact: true }).click()
  await page.getByRole('button', { name: 'Start now' }).click()
  await page.getByRole('link', { name: 'Finish the visit' }).click()
  await page.getByRole('button', { name: 'This visit was started by mistake' }).click()
  await look(page, 'finish-mistake')
  await page.goto(`${server.origin}/#/write`)
  await fillIn(page, { words: 'More chairs' })
  await page.getByRole('button', { name: 'Seal this slip' }).click()
  await expect(page.getByText('1 sealed in this sitting')).toBeVisible()
  await look(page, 'write-sitting')
})
