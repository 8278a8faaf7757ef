/**
 * What is taken out, or taken back, is gone where it lay: in no file of the server's, index and journal included, and in
 * no other desk's store, opened with that desk's own keys, also where that desk was away.
 */
import type { Page } from '@playwright/test'
import { newId } from './program'
import { findOnDisk, openStores, rememberKeys } from './readable'
import { DAT, DESK, enrol, expect, test } from './story'

/** Words that stand nowhere else, so that also an index which keeps single words is found out. */
const NAMED = 'zanthorpe'
const SENTENCE = `The lad with the ${NAMED} tattoo shouts at everybody`
const BACK = 'Xylquist lets himself in by the yard door'
const SUMMARIES = ['Xylquist has a key, says one of us', 'Xylquist is let in, says the other']

test('words that were taken out, and a view that was taken back, lie in no file and no store', async ({ server, people, program, services }) => {
  const [redacted, withdrawn, matter] = [newId(), newId(), newId()]
  const view = { service: services.exchange, method: 'nxc', kind: 'concern', share: 'words' }
  await program.write(
    { c: 'matter', r: matter, set: { title: 'Shouting at the hatch', level: 'service' }, add: { services: [services.exchange] } },
    { c: 'view', r: redacted, set: { ...view, words: SENTENCE, at: new Date().toISOString() }, add: { matters: [matter] } },
    { c: 'view', r: withdrawn, set: { ...view, words: BACK, at: new Date(Date.now() - 3_600_000).toISOString() } },
    { c: 'matter', r: matter, add: { said: [{ id: newId(), text: SENTENCE, view: redacted }] } },
  )
  const base = (await program.read()).find((it) => it.r === withdrawn)?.v ?? 0
  const jo = await open(await people.browser(DESK), (await server.invite(DAT, 'Jo', 'coordinator')).link)
  const kit = await open(await people.browser(DESK), (await server.invite(DAT, 'Kit', 'coordinator')).link)

  await test.step('two summaries that did not see each other: one stands, the other is kept', async () => {
    await jo.getByRole('link', { name: BACK }).click()
    await kit.getByRole('link', { name: BACK }).click()
    for (const desk of [jo, kit]) await desk.getByText('In our own words', { exact: true }).click()
    await kit.context().setOffline(true)
    await expect(kit.getByText('No signal', { exact: true })).toBeVisible()
    for (const [desk, said] of [[jo, SUMMARIES[0]], [kit, SUMMARIES[1]]] as const) {
      await desk.getByRole('textbox', { name: 'In our own words' }).fill(said ?? '')
      await desk.getByRole('button', { name: 'Keep', exact: true }).click()
    }
    await kit.context().setOffline(false)
    for (const desk of [jo, kit]) await expect(desk.getByRole('region', { name: 'Two people changed the summary.' })).toBeVisible()
    expect((await program.read()).find((it) => it.r === withdrawn)?.v, 'the record has moved on').toBeGreaterThan(base)
  })

  await test.step('until then all of it is found, there and there', async () => {
    for (const word of [NAMED, 'ylquist']) {
      await expect.poll(() => findOnDisk(server.data, [word])).not.toEqual([])
      for (const desk of [jo, kit]) expect(await openStores(desk)).toContain(word)
    }
  })

  await test.step('one desk is away; the other takes the words out of the one, and takes the other back', async () => {
    await kit.context().setOffline(true)
    await expect(kit.getByText('No signal', { exact: true })).toBeVisible()
    await jo.getByText('How serious, where, who may see it').click()
    await jo.getByRole('button', { name: 'Take the view back' }).click()
    await jo.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect(jo.getByRole('blockquote')).toContainText(NAMED)
    await jo.getByRole('button', { name: /^Take words out/ }).click()
    await jo.getByRole('textbox', { name: 'Which words?' }).fill(`with the ${NAMED} tattoo`)
    await jo.getByRole('button', { name: 'Take them out' }).click()
    await expect(jo.getByRole('blockquote')).toContainText('The lad [taken out] shouts at everybody')
  })

  await test.step('no file of the server’s has them', async () => {
    await expect.poll(() => findOnDisk(server.data, [NAMED, 'ylquist'])).toEqual([])
    const held = await program.read()
    expect(held.find((it) => it.r === redacted)?.f.words).toBe('The lad [taken out] shouts at everybody')
    expect(held.find((it) => it.r === matter)?.f.said ?? [], 'nor the sentence that was chosen of them').toEqual([])
    expect(held.find((it) => it.r === withdrawn && it.f)).toBeUndefined()
  })

  await test.step('nor does a desk, the one that was away as soon as it is back', async () => {
    expect(await openStores(kit), 'it could not know').toContain(NAMED)
    await kit.context().setOffline(false)
    for (const desk of [kit, jo]) {
      await expect(async () => {
        const held = await openStores(desk)
        expect(held, 'it is still opened').toContain('shouts at everybody')
        for (const word of [NAMED, 'ylquist']) expect(held).not.toContain(word)
      }).toPass()
    }
    await expect(kit.getByText(NAMED)).toHaveCount(0)
  })

  await test.step('and what remains says that something was taken out, and by whom', async () => {
    await jo.evaluate((id) => (location.hash = `/desk/matters/${id}`), matter)
    await expect(jo.getByRole('region', { name: /^What people said/ })).toContainText('[taken out]')
  })
})

/** A desk whose keys are watched from its beginning. */
async function open(desk: Page, link: string): Promise<Page> {
  await rememberKeys(desk)
  await enrol(desk, link)
  await expect(desk.getByRole('blockquote')).toContainText(NAMED)
  return desk
}
