/** The desk plans where somebody goes; it is on their phone with its day, and the desk sees what came of it. */
import { fillIn } from './acts'
import { look } from './look'
import { DESK, EXCHANGE, expect, PHONE, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }
const HOUR = 3_600_000

/** As a date's field holds a moment, by the browser's clock. */
function local(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

test('a visit is planned, moved, taken off, gone on, and seen', async ({ people, program }) => {
  await program.holdNothing()
  const desk = await people.join('Jo', 'coordinator', DESK)
  const phone = await people.join('Ash', 'volunteer', PHONE)
  await desk.getByRole('link', { name: 'Visits', exact: true }).click()
  await expect(desk.getByText('No visit is planned.')).toBeVisible()
  await look(desk, 'visits-empty', WIDTHS)

  await test.step('three weeks running', async () => {
    await desk.getByRole('link', { name: 'Plan a visit' }).click()
    await desk.getByRole('button', { name: 'Plan it' }).click()
    await expect(desk.getByRole('alert')).toHaveText('Say who goes, where, and when.')
    await desk.getByLabel('Who goes?').selectOption('Ash')
    await desk.getByLabel('Where?').selectOption(EXCHANGE)
    await desk.getByLabel('When?').fill(local(new Date(Date.now() - HOUR)))
    await desk.getByRole('button', { name: 'Plan it' }).click()
    await expect(desk.getByRole('alert')).toHaveText('That time has gone. Choose a later one.')
    await desk.getByLabel('When?').fill(local(new Date(Date.now() + 24 * HOUR)))
    await desk.getByLabel('How many weeks running?').fill('3')
    await expect(desk.getByRole('radio', { name: 'at the needle exchange' })).toBeChecked()
    await desk.getByText('in conversation').click()
    await look(desk, 'visits-plan', WIDTHS)
    await desk.getByRole('button', { name: 'Plan 3 visits' }).click()
    await expect(desk.getByText('3 visits are planned. Ash sees them on their phone.').first()).toBeVisible()
  })

  const coming = desk.getByRole('region', { name: 'To come' }).getByRole('listitem')
  const onPhone = phone.getByRole('region', { name: 'Planned for you' }).getByRole('listitem')
  await expect(coming).toHaveCount(3)
  await expect(onPhone).toHaveCount(3)
  await expect(onPhone.first()).toContainText('Tomorrow')

  await test.step('the last is taken off, and the plan is undone no more in one', async () => {
    await coming.last().getByRole('button', { name: /Take it off/ }).click()
    await desk.getByRole('button', { name: 'Yes, take it off' }).click()
    await expect(coming).toHaveCount(2)
    await expect(onPhone).toHaveCount(2)
  })
  await test.step('the first is moved to today', async () => {
    await coming.first().getByRole('button', { name: /Another time/ }).click()
    await coming.first().getByLabel('When?').fill(local(new Date(Date.now() + HOUR / 60)))
    await coming.first().getByRole('button', { name: 'Move it' }).click()
    await expect(onPhone.first()).not.toContainText('Tomorrow')
  })

  await test.step('it is gone on under its own id', async () => {
    await onPhone.first().getByRole('link').click()
    await expect(phone.getByRole('radio', { name: 'in conversation' })).toBeChecked()
    await phone.getByRole('button', { name: 'Start now' }).click()
    await expect(desk.getByRole('region', { name: 'Out now' }).getByRole('listitem')).toContainText('Ash')
    await expect(coming).toHaveCount(1)
    await look(desk, 'visits', WIDTHS)
    await phone.getByRole('button', { name: 'Spoken to: one more' }).click()
    await phone.getByRole('link', { name: 'Write down a view' }).click()
    await fillIn(phone, { words: 'The queue was out of the door' })
    await phone.getByRole('button', { name: 'Yes, as I said it' }).click()
    await phone.getByRole('button', { name: 'Done', exact: true }).click()
    await phone.getByRole('link', { name: 'Finish the visit' }).click()
    await phone.getByRole('button', { name: 'Finish the visit' }).click()
    await expect(desk.getByRole('region', { name: 'The last four weeks' }).getByRole('listitem')).toContainText('1 spoken to · one view')
  })
})
