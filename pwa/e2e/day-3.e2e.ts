/**
 * A coordinator, Monday at nine: what came in over the weekend is one queue. What cannot wait stands first, what may name
 * somebody is looked at, what was said before is put together, what two people changed is settled; each matter then has
 * somebody, and a day. The other coordinator is on a train for part of it, and a volunteer's phone hands in meanwhile.
 */
import type { Page } from '@playwright/test'
import { writeDown } from './acts'
import { newId } from './program'
import { DESK, EXCHANGE, expect, PHONE, test } from './story'

const MARKED = ['Call me on 07700 900 142', 'Ring 07700 900 613 about the script', 'My number is 07700 900 877', 'I was born on 3 March 1981', 'Write to jo@example.org']
const SAME = ['Two buses to the ring road chemist for my pick-up', 'The ring road chemist is two buses for my pick-up', 'My pick-up at the ring road chemist takes two buses']
const OTHERS = ['bins', 'kettle', 'chairs', 'lights', 'lockers', 'toilets', 'heating', 'posters', 'leaflets', 'phones', 'doors']
const TITLE = 'Dispensing moved away from the centre'
const waiting = (desk: Page) => desk.getByRole('region', { name: 'Views' }).getByRole('listitem')
const words = (desk: Page) => desk.getByRole('blockquote')
const go = (desk: Page, hash: string) => desk.evaluate((it) => (location.hash = it), hash)

test.describe.configure({ timeout: 180_000 })

test('Monday, nine in the morning', async ({ people, program, services }) => {
  await program.holdNothing()
  const matter = newId()
  const now = Date.now()
  const said = [...MARKED, ...SAME, ...OTHERS.map((it) => `Somebody should see to the ${it}, please`)]
  await program.write(
    { c: 'matter', r: matter, set: { title: TITLE, level: 'service' }, add: { services: [services.exchange] } },
    ...said.map((it, at) => ({ c: 'view', r: newId(), set: { service: services.exchange, method: 'nxc', kind: 'concern', share: 'words', words: it, at: new Date(now - (at + 1) * 3_600_000).toISOString() } })),
    { c: 'escalation', r: newId(), set: { kind: 'complaint', service: services.clinic, told: 'nobody', acknowledged: { by: services.clinic, at: new Date().toISOString() } } },
  )
  const ash = await people.join('Ash', 'volunteer', PHONE)
  const jo = await people.join('Jo', 'coordinator', DESK)
  const kit = await people.join('Kit', 'coordinator', DESK)
  const held = async (id: string) => (await program.read()).find((it) => it.r === id)

  await test.step('one queue; a phone hands in while it is looked at, and what cannot wait stands before it', async () => {
    await expect(jo.getByText(`${said.length} new`)).toBeVisible()
    await ash.getByRole('link', { name: 'At risk?' }).click()
    await ash.getByRole('link', { name: 'Someone may be in danger' }).click()
    await ash.getByRole('button', { name: 'Nobody yet' }).click()
    await ash.getByRole('button', { name: 'Done, tell the team' }).click()
    await expect(jo.getByRole('button', { name: 'It is in hand' }), 'the one that nobody has in hand').toHaveCount(1)
    await jo.getByRole('button', { name: 'It is in hand' }).click()
    await expect(jo.getByRole('button', { name: 'It is in hand' })).toHaveCount(0)
  })

  await test.step('five that may tell who somebody is: none is accepted before each was looked at', async () => {
    for (const it of MARKED) {
      await expect(words(jo)).toContainText(it)
      await jo.keyboard.press('a')
      await expect(words(jo), 'it is still there').toContainText(it)
      await jo.keyboard.press('r')
      await expect(words(jo)).not.toContainText(it)
      await jo.keyboard.press('a')
      await expect(words(jo)).not.toContainText('[')
    }
    await expect.poll(async () => (await program.heard()).filter((it) => /\d{3}|@/.test(it)), 'nor with the server').toEqual([])
  })

  await test.step('three that say the same stand side by side, and go to one matter', async () => {
    await expect(words(jo)).toContainText('ring road')
    for (let again = 0; again < SAME.length; again++) {
      await expect(words(jo)).toContainText('ring road')
      if (again < 2) {
        await expect(jo.getByRole('region', { name: 'Perhaps the same as' }).first()).toContainText('ring road')
        await jo.keyboard.press('d')
        await expect(jo.getByRole('region', { name: 'Said before' })).toBeVisible()
      }
      await jo.keyboard.press('f')
      await jo.keyboard.type('Dispensing')
      await jo.keyboard.press('Enter')
      await expect(jo.getByRole('region', { name: 'Belongs to' })).toContainText(TITLE)
      await jo.keyboard.press('Escape')
      await jo.keyboard.press('a')
    }
    await expect.poll(async () => (await program.read()).filter((it) => it.c === 'view' && it.f.same_as).length).toBe(2)
  })

  await test.step('the rest at once', async () => {
    await expect(waiting(jo)).toHaveCount(OTHERS.length)
    await jo.getByRole('button', { name: `Choose all ${OTHERS.length}` }).click().catch(async () => {
      for (const it of await waiting(jo).getByRole('checkbox').all()) await it.check()
    })
    await jo.keyboard.press('a')
    await expect(jo.getByText('Nothing new to go through')).toBeVisible()
  })

  const fields = [
    { name: 'Owner', jo: 'Jo', kit: 'Kit', what: 'the owner', field: 'owner' },
    { name: 'Due', jo: '2026-12-24', kit: '2026-12-01', what: 'the due date', field: 'due' },
    { name: 'Level', jo: 'dat', kit: 'dat', what: '', field: 'level' },
  ]
  await test.step('on the train the other one changed what this one changes: two are in dispute, an equal one is not', async () => {
    for (const desk of [jo, kit]) {
      await go(desk, `/desk/matters/${matter}`)
      await expect(desk.getByRole('heading', { level: 1, name: TITLE })).toBeVisible()
    }
    await kit.context().setOffline(true)
    await expect(kit.getByText('No signal', { exact: true })).toBeVisible()
    for (const it of fields) {
      for (const [desk, value] of [[jo, it.jo], [kit, it.kit]] as const) {
        const box = desk.getByRole('region', { name: 'Who and when' }).getByLabel(it.name, { exact: false }).first()
        if (it.field === 'due') await box.fill(value)
        else await box.selectOption(it.field === 'owner' ? { label: value } : { value })
      }
    }
    await jo.getByRole('button', { name: 'Look into it' }).click()
    await kit.context().setOffline(false)
    for (const it of fields.filter(({ what }) => what !== '')) {
      const choice = jo.getByRole('region', { name: `Two people changed ${it.what}.` })
      await expect(choice).toContainText(/Jo, Today, /)
      await expect(choice).toContainText(/Kit, Today, /)
      await choice.getByRole('button', { name: it.field === 'due' ? '1 December' : 'Kit', exact: false }).first().click()
      for (const desk of [jo, kit]) await expect(desk.getByRole('region', { name: `Two people changed ${it.what}.` })).toBeHidden()
    }
    await expect.poll(async () => (await held(matter))?.f).toMatchObject({ due: '2026-12-01', level: 'dat', status: 'looking' })
    expect((await held(matter))?.k ?? {}).toEqual({})
  })

  await test.step('and a view of this morning is with the desk while the phone still shows its receipt', async () => {
    await go(ash, '/')
    await writeDown(ash, { words: 'The queue is out of the door', at: EXCHANGE, about: 'Where, when' })
    await go(jo, '/desk')
    await expect(words(jo)).toContainText('The queue is out of the door')
  })
})
