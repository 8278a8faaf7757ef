/**
 * Two coordinators change the same thing, neither having seen the other's change: nothing is lost, both values are on
 * the record, and one tap settles it for both.
 */
import type { Page } from '@playwright/test'
import { DESK, expect, test } from './story'

const TITLE = 'Opening hours do not suit people who work'
const NEW_TITLES = { Jo: 'Open one evening a week', Kit: 'Opening hours and people who work' }

test('two coordinators rename a matter while both are offline, and one tap settles it on both screens', async ({ people, program, services }) => {
  const id = matterId()
  await program.write({ c: 'matter', r: id, set: { title: TITLE, level: 'service', handling: 'open' }, add: { services: [services.exchange] } })
  const jo = await people.join('Jo', 'coordinator', DESK)
  const kit = await people.join('Kit', 'coordinator', DESK)

  await test.step('both have the matter open, and both lose the line', async () => {
    for (const desk of [jo, kit]) {
      await desk.getByRole('link', { name: 'Matters' }).click()
      await desk.getByRole('link', { name: TITLE }).click()
      await expect(desk.getByRole('heading', { level: 1, name: TITLE })).toBeVisible()
      await desk.context().setOffline(true)
    }
    for (const desk of [jo, kit]) await expect(desk.getByText('No signal', { exact: true })).toBeVisible()
  })

  await test.step('each gives it another title, and sees their own at once', async () => {
    await rename(jo, NEW_TITLES.Jo)
    await rename(kit, NEW_TITLES.Kit)
  })

  await test.step('back in touch: both screens show one title, and offer the other', async () => {
    await jo.context().setOffline(false)
    await expect(jo.getByText('In touch', { exact: true })).toBeVisible()
    await kit.context().setOffline(false)
    for (const desk of [jo, kit]) {
      const choice = desk.getByRole('region', { name: 'Two people changed the title.' })
      await expect(choice).toContainText('Nothing is lost')
      await expect(choice, 'both, with who and when').toContainText(/Jo, Today, .* · Kit, Today, |Kit, Today, .* · Jo, Today, /)
      for (const title of Object.values(NEW_TITLES)) await expect(choice.getByRole('button', { name: title })).toBeVisible()
      await expect(choice.getByRole('button')).toHaveCount(2)
    }
    expect(await shownTitle(jo), 'both show the same one').toBe(await shownTitle(kit))
    const matter = (await program.read()).find((it) => it.r === id)
    const kept = matter?.k?.title?.map((it) => it.value) ?? []
    expect([matter?.f.title, ...kept].sort(), 'the server has both').toEqual(Object.values(NEW_TITLES).sort())
  })

  await test.step('one tap on the one that is not shown', async () => {
    const shown = await shownTitle(kit)
    const other = Object.values(NEW_TITLES).find((it) => it !== shown) ?? ''
    await kit.getByRole('region', { name: 'Two people changed the title.' }).getByRole('button', { name: other }).click()
    for (const desk of [kit, jo]) {
      await expect(desk.getByRole('heading', { level: 1, name: other })).toBeVisible()
      await expect(desk.getByRole('region', { name: 'Two people changed the title.' })).toBeHidden()
    }
    const matter = (await program.read()).find((it) => it.r === id)
    expect(matter?.f.title).toBe(other)
    expect(matter?.k?.title ?? []).toEqual([])
  })
})

async function rename(desk: Page, title: string): Promise<void> {
  await desk.getByRole('button', { name: 'Change the title' }).click()
  await desk.getByRole('textbox', { name: 'Title' }).fill(title)
  await desk.getByRole('button', { name: 'Keep', exact: true }).click()
  await expect(desk.getByRole('heading', { level: 1, name: title })).toBeVisible()
}

async function shownTitle(desk: Page): Promise<string> {
  return desk.getByRole('heading', { level: 1 }).innerText()
}

/** A UUIDv7 of now. */
function matterId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  const random = crypto.randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}
