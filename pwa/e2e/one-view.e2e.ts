/**
 * The main job, whole: three people say something at a place without a line; it is safe on the phone, nobody who finds
 * the phone can read it; with the line it reaches the team by itself; and the answer comes back to everybody.
 */
import { writeDown } from './acts'
import { findOnDisk, readStores } from './readable'
import { CLINIC, DAT, DESK, enrol, EXCHANGE, expect, test } from './story'

const HEARD = [
  { words: 'The needle bins on Tollgate Lane are always overflowing', at: EXCHANGE, about: 'Equipment' },
  { words: 'Nobody can get to the pharmacy before the shutters fall', at: EXCHANGE, about: 'Where, when' },
  { words: 'Moira on the desk remembered my kids, that kept me going', at: CLINIC },
]
const WORDS = HEARD.map((it) => it.words)
const TITLE = 'Bins on Tollgate Lane overflow'
const SAID = 'The bins near the exchange overflow.'
const DID = 'They are emptied twice a day from Monday.'

test('three views from a phone without a line reach the team, and the answer comes back', async ({ server, program, people }) => {
  const phone = await people.phone()
  const desk = await test.step('a coordinator has the desk open, and this team’s phones hold nothing back', async () => {
    await program.holdNothing()
    const page = await people.join('Jo', 'coordinator', DESK)
    await expect(page.getByText('Nothing new to go through')).toBeVisible()
    return page
  })

  let page = await phone.open()
  await test.step('a volunteer joins by link, and the server is gone', async () => {
    await enrol(page, (await server.invite(DAT, 'Ash', 'volunteer')).link)
    expect(page.url(), 'the code stands in no address').toBe(`${server.origin}/#/`)
    await expect(page.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    await server.stop()
    await expect(page.getByText('No signal', { exact: true })).toBeVisible()
  })

  await test.step('the page starts from nothing, and three views are written down', async () => {
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
    const receipts: string[] = []
    for (const said of HEARD) {
      receipts.push(await writeDown(page, said))
      await page.getByRole('button', { name: 'Done', exact: true }).click()
    }
    expect(new Set(receipts).size).toBe(3)
    for (const receipt of receipts) expect(receipt).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d\d$/i)
    await expect(page.getByText('3 views safe on this phone')).toBeVisible()
  })

  await test.step('the browser is closed and opened again: the three are there, waiting', async () => {
    await phone.close()
    page = await phone.open()
    await page.goto(server.origin)
    await expect(page.getByText('3 views safe on this phone')).toBeVisible()
    await expect(page.getByText('Sealed. They go by themselves when there is signal.')).toBeVisible()
    await page.getByRole('link', { name: 'Handed in' }).click()
    await expect(page.getByRole('listitem').getByText('On this phone')).toHaveCount(3)
  })

  await test.step('their words are nowhere to be read', async () => {
    const control = 'this sentence is kept plainly, so that it must be found'
    await page.evaluate((it) => localStorage.setItem('control', it), control)
    const stores = await readStores(page)
    expect(stores).toContain(control)
    expect(stores, 'what is sealed has been read').toMatch(/\/outbox: [1-9]/)
    expect(stores).not.toContain('a key can be taken out')
    for (const words of WORDS) for (const part of inParts(words)) expect(stores).not.toContain(part)

    await phone.close()
    expect(await findOnDisk(phone.profile, [control]), 'a search of the disk finds what is kept plainly').not.toEqual([])
    expect(await findOnDisk(phone.profile, WORDS.flatMap(inParts))).toEqual([])
    page = await phone.open()
    await page.goto(`${server.origin}/#/handed-in`)
    await page.evaluate(() => localStorage.removeItem('control'))
    await expect(page.getByRole('listitem').getByText('On this phone')).toHaveCount(3)
  })

  await test.step('the server is back: within 5 seconds they are with the team', async () => {
    await server.start()
    await expect(page.getByRole('listitem').getByText('With the team')).toHaveCount(3, { timeout: 5000 })
  })

  await test.step('exactly three stand on the coordinator’s page, without a reload', async () => {
    const list = desk.getByRole('region', { name: 'Views' }).getByRole('listitem')
    await expect(list).toHaveCount(3, { timeout: 5000 })
    for (const words of WORDS) await expect(list.filter({ hasText: words })).toHaveCount(1)
    expect(await server.counts(DAT)).toEqual({ views: 3, matters: 0 })
  })

  await test.step('the coordinator accepts one, raises a matter from it and links a second', async () => {
    await desk.getByRole('link', { name: WORDS[0] }).click()
    await desk.getByRole('button', { name: 'New matter' }).click()
    await desk.getByRole('textbox', { name: 'What is it about, in one line?' }).fill(TITLE)
    await desk.getByRole('button', { name: 'Raise it' }).click()
    await expect(desk.getByRole('region', { name: 'Belongs to' }).getByRole('link', { name: TITLE })).toBeVisible()
    await desk.getByRole('button', { name: 'Accept' }).click()
    await expect(desk.getByRole('region', { name: 'Views' }).getByRole('listitem')).toHaveCount(2)

    await desk.getByRole('link', { name: WORDS[1] }).click()
    await desk.getByRole('region', { name: 'Belongs to' }).getByRole('button', { name: `Link ${TITLE}` }).click()
    await expect(desk.getByRole('region', { name: 'Belongs to' }).getByRole('button', { name: 'Unlink' })).toBeVisible()
  })

  await test.step('the volunteer sees that two of them are being looked into', async () => {
    await expect(page.getByText('now in a matter, looked into')).toHaveCount(2)
  })

  await test.step('it is taken to the partnership, decided, and answered', async () => {
    await desk.getByRole('link', { name: TITLE }).first().click()
    for (const step of ['Look into it', 'Take it to the service', 'Take it to the DAT']) await desk.getByRole('button', { name: step }).click()
    const decision = desk.getByRole('region', { name: 'Decision' })
    await decision.getByRole('button', { name: 'Yes' }).click()
    await decision.getByRole('textbox', { name: 'Reason' }).fill(DID)
    await decision.getByRole('textbox', { name: 'Who decided' }).fill('Commissioning group')
    await decision.getByRole('button', { name: 'Decide' }).click()
    await expect(desk.getByRole('list', { name: 'Where it is' }).getByText('Decided')).toHaveAttribute('aria-current', 'step')
    await expect(decision.getByText('Yes.')).toBeVisible()

    const answer = desk.getByRole('region', { name: 'Answer' })
    await answer.getByRole('button', { name: 'Write the answer' }).click()
    await answer.getByRole('textbox', { name: 'You said' }).fill(SAID)
    await expect(answer.getByRole('textbox', { name: 'We did' })).toHaveValue(DID)
    await answer.getByRole('button', { name: 'Publish' }).click()
    await answer.getByRole('button', { name: 'Yes, publish' }).click()
    await expect(answer.getByText('Published', { exact: true })).toBeVisible()
  })

  await test.step('it is on the phone, to be taken back, and on the public page', async () => {
    await expect(page.getByText('answered: take it back')).toHaveCount(2)
    await page.getByRole('link', { name: 'Answers' }).last().click()
    await expect(page.getByRole('article').filter({ hasText: SAID })).toContainText(DID)

    const anybody = await people.browser(DESK)
    await anybody.goto(`${server.origin}/s/${DAT}`)
    await expect(anybody.getByText(SAID)).toBeVisible()
    await expect(anybody.getByText(DID)).toBeVisible()
  })

  expect(await server.problems()).toEqual([])
})

/** A sentence, and its beginning and end: a store may cut a text in pieces. */
function inParts(words: string): string[] {
  return [words, words.slice(0, 18), words.slice(-18)]
}
