/**
 * Going through what came in, at a laptop: by keys alone, many at once, with two coordinators at it, and with ten
 * thousand views. What was done is undone; what has a name in it is not accepted before somebody has looked.
 */
import type { Page } from '@playwright/test'
import { newId, type Program } from './program'
import { CLINIC, EXCHANGE, DESK, expect, test } from './story'

interface Heard {
  words: string
  service: string
  weight?: number
  themes?: string[]
}

const rows = (desk: Page) => desk.getByRole('region', { name: 'Views' }).getByRole('listitem')
const words = (desk: Page) => desk.getByRole('blockquote')

/** Views as a volunteer's phone would hand them in, an hour between them, the first the newest. */
async function hear(program: Program, heard: Heard[]): Promise<string[]> {
  const ids = heard.map(() => newId())
  const now = Date.now()
  await program.write(
    ...heard.map(({ themes, ...it }, index) => ({
      c: 'view',
      r: ids[index] ?? '',
      set: { method: 'nxc', kind: 'concern', share: 'words', at: new Date(now - index * 3_600_000).toISOString(), ...it },
      ...(themes ? { add: { themes } } : {}),
    })),
  )
  return ids
}

async function fields(program: Program, id: string): Promise<{ [field: string]: unknown }> {
  return (await program.read()).find((it) => it.r === id)?.f ?? {}
}

test('the usual view takes three keys at most: the theme that is offered, the matter, accepted', async ({ people, program, services }) => {
  const all = await program.read()
  const where = all.find((it) => it.c === 'theme' && it.f.code === 'T03')?.r ?? ''
  const matter = newId()
  await program.write({ c: 'matter', r: matter, set: { title: 'Evening opening at the exchange', level: 'service' }, add: { services: [services.exchange], themes: [where] } })
  const [usual, last] = await hear(program, [
    { words: 'I would come if the evening opening was back', service: services.exchange, themes: [where] },
    { words: 'The tea is nice', service: services.clinic },
  ])
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(words(desk)).toContainText('evening opening')

  let pressed = 0
  const press = async (key: string): Promise<void> => {
    pressed++
    await desk.keyboard.press(key)
  }
  await expect(desk.getByRole('button', { name: /^Add a theme:.*because of “.*opening/ }).first()).toBeVisible()
  await press('t')
  await expect(desk.getByText(/same theme, same service, because of “.*evening/)).toBeVisible()
  await press('m')
  await press('a')
  expect(pressed).toBeLessThanOrEqual(3)

  await expect(words(desk), 'the next one is open').toContainText('The tea is nice')
  await expect.poll(async () => (await fields(program, usual ?? '')).review).toBe('accepted')
  const done = await fields(program, usual ?? '')
  expect(done.matters).toEqual([matter])
  const finer = all.filter((it) => it.c === 'theme' && it.f.parent === where).map((it) => it.r)
  expect((done.themes as string[]).filter((it) => finer.includes(it))).toHaveLength(1)

  await test.step('and each of the three is undone, the last first', async () => {
    for (const said of ['Accepted.', 'Linked to “Evening opening at the exchange”.', 'Kept.']) {
      await desk.keyboard.press('u')
      await expect(desk.getByText(`Undone: ${said}`).last()).toBeVisible()
    }
    await expect(words(desk)).toContainText('evening opening')
    await expect.poll(async () => await fields(program, usual ?? '')).toMatchObject({ review: 'new', themes: [where] })
    expect((await fields(program, usual ?? '')).matters ?? []).toEqual([])
    expect((await fields(program, last ?? '')).review).toBe('new')
  })
})

test('what is marked is not accepted until each mark is taken out or cleared, by one key each', async ({ people, program, services, server }) => {
  const [marked] = await hear(program, [
    { words: 'Call me on 07700 900 142, Darren knows, ask for Moira', service: services.exchange },
    { words: 'The bins overflow', service: services.exchange },
  ])
  const id = marked ?? ''
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(words(desk)).toContainText('07700')
  const groups = desk.getByRole('group', { name: /^That looks like/ })
  await expect(groups).toHaveCount(3)

  await desk.keyboard.press('a')
  await expect(words(desk), 'still the same').toContainText('07700')
  expect((await fields(program, id)).review).toBe('new')
  await desk.keyboard.press('r')
  await expect(words(desk)).toContainText('[phone number]')
  await desk.keyboard.press('c')
  await expect(groups).toHaveCount(1)
  await test.step('clearing is undone like anything else, erasing is not', async () => {
    await desk.keyboard.press('u')
    await expect(groups).toHaveCount(2)
    await desk.keyboard.press('u')
    await expect(words(desk)).not.toContainText('07700')
  })
  await desk.keyboard.press('c')
  await expect(groups).toHaveCount(1)
  await desk.keyboard.press('c')
  await expect(groups).toHaveCount(0)

  await test.step('what no pattern finds is taken out by hand', async () => {
    await desk.keyboard.press('r')
    await desk.getByRole('textbox', { name: 'Which words?' }).fill('moira')
    await expect(desk.getByText('They are in the text once.')).toBeVisible()
    await desk.keyboard.press('Enter')
    await expect(words(desk)).toContainText('ask for [taken out]')
  })
  await desk.getByRole('button', { name: /^Accept/ }).click()
  await expect(words(desk)).toContainText('The bins overflow')
  await expect.poll(async () => (await fields(program, id)).review).toBe('accepted')
  const kept = await fields(program, id)
  expect(kept.words).toBe('Call me on [phone number], Darren knows, ask for [taken out]')
  expect((kept.cleared as string[]).every((it) => it.startsWith('name:'))).toBe(true)

  await test.step('and a view is taken back whole, for whoever said it', async () => {
    await desk.getByText('How serious, where, who may see it').click()
    await desk.getByRole('button', { name: 'Take the view back' }).click()
    await desk.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect(desk.getByText('Nothing new to go through')).toBeVisible()
    await expect.poll(async () => (await server.counts('ourtown')).views).toBe(1)
  })
})

test('a list is narrowed, searched and gone through many at a time', async ({ people, program, services }) => {
  const ids = await hear(program, [
    { words: 'The citric sachets are too big', service: services.exchange },
    { words: 'Two buses to the ring road chemist for my pick-up', service: services.clinic },
    { words: 'The chemist on the ring road takes two buses, my pick-up', service: services.clinic },
    { words: 'Ring Darren on 07700 900 142', service: services.exchange },
    { words: 'They shout at people', service: services.exchange, weight: 5 },
  ])
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(rows(desk)).toHaveCount(5)
  await expect(rows(desk).first(), 'what cannot wait stands first').toContainText('They shout at people')

  await test.step('what is offered as said before becomes so by one key', async () => {
    await desk.getByRole('link', { name: /^Two buses/ }).click()
    await expect(desk.getByRole('region', { name: 'Perhaps the same as' })).toContainText('takes two buses')
    await desk.keyboard.press('d')
    await expect(desk.getByRole('region', { name: 'Said before' })).toContainText('takes two buses')
    await expect.poll(async () => (await fields(program, ids[1] ?? '')).same_as).toBe(ids[2])
  })

  await test.step('by search, and by service', async () => {
    await desk.keyboard.press('/')
    await desk.keyboard.type('ring')
    await expect(rows(desk)).toHaveCount(3)
    await desk.keyboard.press('Escape')
    await desk.getByRole('button', { name: 'Filter', exact: true }).click()
    await desk.getByRole('combobox', { name: 'Service' }).selectOption({ label: CLINIC })
    await expect(rows(desk)).toHaveCount(2)
    await desk.getByRole('combobox', { name: 'Service' }).selectOption({ label: EXCHANGE })
    await desk.getByRole('combobox', { name: 'How old' }).selectOption({ label: 'The last 7 days' })
    await expect(rows(desk)).toHaveCount(3)
    await desk.getByRole('button', { name: 'Filter: 2' }).click()
  })

  await test.step('several at once; what has a mark stays', async () => {
    for (const it of await rows(desk).getByRole('checkbox').all()) await it.check()
    await expect(desk.getByRole('group', { name: '3 chosen' })).toBeVisible()
    await desk.keyboard.press('a')
    await expect(desk.getByText('Accepted: 2. One has a mark to look at first.').last()).toBeVisible()
    await expect(rows(desk)).toHaveCount(1)
    await expect.poll(async () => Promise.all([0, 3, 4].map(async (it) => (await fields(program, ids[it] ?? '')).review))).toEqual(['accepted', 'new', 'accepted'])
    await desk.getByRole('button', { name: 'Undo' }).first().click()
    await expect(rows(desk)).toHaveCount(3)
    await expect.poll(async () => Promise.all([0, 4].map(async (it) => (await fields(program, ids[it] ?? '')).review))).toEqual(['new', 'new'])
  })
})

test('two coordinators go through the same views, one of them on a train', async ({ people, program, services, server }) => {
  const ids = await hear(program, [
    { words: 'The first one said', service: services.exchange },
    { words: 'The second one said', service: services.exchange },
    { words: 'The third one said', service: services.exchange },
  ])
  const jo = await people.join('Jo', 'coordinator', DESK)
  const kit = await people.join('Kit', 'coordinator', DESK)
  for (const desk of [jo, kit]) await expect(words(desk)).toContainText('The first one')

  await kit.context().setOffline(true)
  await expect(kit.getByText('No signal', { exact: true })).toBeVisible()
  await jo.keyboard.press('a')
  await expect(words(jo)).toContainText('The second one')
  await kit.keyboard.press('s')
  await kit.keyboard.press('a')
  await expect(words(kit)).toContainText('The third one')

  await test.step('what comes in meanwhile does not slip under the keys of who is reading', async () => {
    await jo.getByRole('link', { name: /^The third one/ }).click()
    await hear(program, [{ words: 'A newer one still', service: services.exchange }])
    await expect(rows(jo).first()).toContainText('A newer one still')
    await expect(words(jo)).toContainText('The third one')
  })

  await kit.context().setOffline(false)
  await expect(kit.getByText('In touch', { exact: true })).toBeVisible()
  await test.step('one accepted what the other set aside: both see it, and one tap settles it', async () => {
    for (const desk of [jo, kit]) {
      await desk.goto(`${server.origin}/#/desk/view/${ids[0]}`)
      const choice = desk.getByRole('region', { name: 'Two people changed whether it is accepted.' })
      await expect(choice.getByRole('button')).toHaveCount(2)
    }
    await kit.getByRole('region', { name: 'Two people changed whether it is accepted.' }).getByRole('button', { name: 'Accepted' }).click()
    for (const desk of [jo, kit]) await expect(desk.getByRole('region', { name: /^Two people changed/ })).toBeHidden()
    await expect.poll(async () => (await fields(program, ids[0] ?? '')).review).toBe('accepted')
    expect((await fields(program, ids[1] ?? '')).review, 'what only one decided').toBe('accepted')
  })

  await test.step('what somebody else has changed since is not undone over their head', async () => {
    for (const desk of [jo, kit]) await desk.goto(`${server.origin}/#/desk/view/${ids[2]}`)
    await jo.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'Idea' })
    await expect(kit.getByRole('combobox', { name: 'Kind' })).toHaveValue('idea')
    await kit.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'Gap' })
    await expect(jo.getByRole('combobox', { name: 'Kind' })).toHaveValue('gap')
    await jo.getByRole('button', { name: 'Undo' }).first().click()
    await expect(jo.getByText('Somebody has changed it since. It was left as it is.').last()).toBeVisible()
    expect((await fields(program, ids[2] ?? '')).kind).toBe('gap')
  })
})

test('the first page says what is said and not decided; what waits for whom stands with its age', async ({ people, program, services }) => {
  const [accepted, , far] = await hear(program, [
    { words: 'The citric sachets are too big', service: services.exchange },
    { words: 'New and not looked at', service: services.exchange },
    { words: 'Decided long ago', service: services.exchange },
  ])
  const [decided, owned, open] = [newId(), newId(), newId()]
  const matter = (r: string, set: object) => ({ c: 'matter', r, set: { title: 'A matter', level: 'service', ...set }, add: { services: [services.exchange] } })
  await program.write(matter(decided, { title: 'Sachets' }), matter(open, { title: 'Nobody has this' }), matter(owned, { title: 'Somebody has this', owner: (await program.read()).find((it) => it.c === 'member')?.r }))
  for (const step of ['looking', 'with_service', 'with_dat']) await program.write({ c: 'matter', r: decided, base: (await program.read()).find((it) => it.r === decided)?.v ?? 0, set: { status: step } })
  const at = (await program.read()).find((it) => it.r === decided)?.v ?? 0
  await program.write({ c: 'matter', r: decided, base: at, set: { status: 'decided', decision: 'no', reason: 'No money for it.', decided_by: { body: 'The board', on: '2026-11-02' } } })
  const v = async (id?: string) => (await program.read()).find((it) => it.r === id)?.v ?? 0
  await program.write({ c: 'view', r: accepted ?? '', base: await v(accepted), set: { review: 'accepted' } }, { c: 'view', r: far ?? '', base: await v(far), set: { review: 'accepted' }, add: { matters: [decided] } })
  await program.write({ c: 'answer', r: newId(), set: { matter: owned, said: 'You asked for citric.', did: 'It comes on Monday.' } })

  const desk = await people.join('Jo', 'coordinator', DESK)
  await desk.getByRole('link', { name: /^2 said, and nothing decided/ }).click()
  await expect(desk.getByRole('heading', { level: 1, name: 'What waits' })).toBeVisible()
  const channels = desk.getByRole('region', { name: 'Said, and nothing decided' })
  await expect(channels.getByRole('listitem')).toHaveText('at the needle exchange 2 views · less than a day')
  const list = (name: RegExp) => desk.getByRole('region', { name }).getByRole('listitem')
  await expect(list(/^Views that wait for a matter/)).toHaveText(/The citric sachets.*less than a day/)
  await expect(list(/^Matters that wait for a person/).filter({ hasText: 'Nobody has this' })).toHaveCount(1)
  await expect(list(/^Matters that wait for a person/).filter({ hasText: 'Somebody has this' })).toHaveCount(0)
  await expect(list(/^Answers that wait to be published/)).toContainText('You asked for citric.')
})

test('ten thousand views: only the rows in sight are on the page, from the first to the last', async ({ people, program, services }) => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({ words: `View number ${index + 1} about the opening times on a Saturday`, service: services.exchange }))
  for (let at = 0; at < many.length; at += 500) await hear(program, many.slice(at, at + 500))
  const desk = await people.join('Jo', 'coordinator', DESK)
  await expect(desk.getByText(/^10,?000 new/)).toBeVisible({ timeout: 60_000 })
  const list = desk.getByRole('region', { name: 'Views' })
  await expect(rows(desk).first()).toHaveAttribute('aria-setsize', '10000')
  for (const part of [0, 0.37, 0.8, 1]) {
    await list.evaluate((it, part) => it.scrollTo(0, it.scrollHeight * part), part)
    await expect.poll(() => rows(desk).count()).toBeLessThan(60)
    await expect.poll(() => rows(desk).evaluateAll((all) => all.filter((it) => it.getBoundingClientRect().top < innerHeight && it.getBoundingClientRect().bottom > 0).length)).toBeGreaterThan(4)
  }
  await expect(list.locator('[aria-posinset="10000"]')).toBeInViewport()
  await test.step('keys bring what is open back into sight', async () => {
    await desk.keyboard.press('j')
    await expect(list.locator('[aria-current]')).toBeInViewport()
  })
})
