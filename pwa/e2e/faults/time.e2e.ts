/** Clocks that are wrong, and a phone that lay in a drawer for two months. */
import { done, startVisit, writeDown } from '../acts'
import { DAT, enrol, EXCHANGE, expect, PHONE, test } from '../story'
import { expectHandedIn } from './safe'

const DAY = 24 * 3_600_000
/** The server tells a phone how wrong its clock is by refusing its first word. */
const TOLD = /401.*\/v1\/token/

for (const [off, days] of [['fast', 1], ['slow', -1]] as const) {
  test(`a phone's clock is a day ${off}, and is set right in the middle of a visit`, async ({ server, program, people }) => {
    await program.holdNothing()
    people.watch.await(TOLD)
  const page = await people.browser(PHONE)
    await page.clock.install({ time: Date.now() + days * DAY })
    await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
    await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    await startVisit(page, EXCHANGE)
    await writeDown(page, { words: 'Said while the clock was wrong' })
    await done(page)
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()

    await page.context().setOffline(true)
    await writeDown(page, { words: 'Said without a line while the clock was wrong' })
    await done(page)
    await page.clock.setSystemTime(Date.now())
    await writeDown(page, { words: 'Said once the clock was right' })
    await done(page)
    await expect(page.getByText('2 views safe on this phone')).toBeVisible()
    await page.context().setOffline(false)
    await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
    await expectHandedIn(server, program, DAT, ['Said while the clock was wrong', 'Said without a line while the clock was wrong', 'Said once the clock was right'])
    const [visit] = (await program.read()).filter((it) => it.c === 'visit')
    expect(visit?.f, 'the visit runs on').toMatchObject({ status: 'running' })
  })
}

test('what is held back while the clock is a day fast goes when the clock is set right', async ({ server, program, people }) => {
  people.watch.await(TOLD)
  const page = await people.browser(PHONE)
  await page.clock.install({ time: Date.now() + DAY })
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await writeDown(page, { words: 'They were kind to me', at: EXCHANGE })
  await expect(page.getByText('It goes by itself in 5 minutes')).toBeVisible()
  await done(page)
  await page.clock.setSystemTime(Date.now())
  await page.reload()
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expectHandedIn(server, program, DAT, ['They were kind to me'])
})

test('sixty days without contact: what was written down is handed in, and what the team has since is there', async ({ server, program, people }) => {
  await program.holdNothing()
  people.watch.await(TOLD)
  const page = await people.browser(PHONE)
  await page.clock.install()
  await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  await page.context().setOffline(true)
  await writeDown(page, { words: 'Said before the drawer', at: EXCHANGE })
  await done(page)
  await server.addService(DAT, 'Harbour Lane house', 'residential')

  await page.clock.setSystemTime(Date.now() + 60 * DAY)
  await page.reload()
  await expect(page.getByText('1 view safe on this phone')).toBeVisible()
  await page.context().setOffline(false)
  await expect(page.getByText('Everything you wrote down is with the team.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start a visit at Harbour Lane house' })).toBeVisible()
  await expectHandedIn(server, program, DAT, ['Said before the drawer'])
})
