/**
 * The woman, three weeks later: her code tells what came of it from any phone, or through a volunteer who has no
 * signal; she says that it is not true, and the matter opens again; or she takes it all back.
 */
import { writeDown } from './acts'
import { newId } from './program'
import { DAT, enrol, EXCHANGE, expect, PHONE, test } from './story'

test('a code, from any phone and through any volunteer', async ({ server, people, program, services }) => {
  const dat = (await program.read()).find((it) => it.c === 'dat')
  await program.write({ c: 'dat', r: dat?.r ?? '', base: dat?.v ?? 0, set: { hold_minutes: 0 } })
  const ash = await people.browser(PHONE)
  await enrol(ash, (await server.invite(DAT, 'Ash', 'volunteer')).link)
  await expect(ash.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
  const receipt = await writeDown(ash, { words: 'You never have 1 ml', at: EXCHANGE, about: 'Equipment' })
  await expect(ash.getByText('It is with the team.')).toBeVisible()

  const matter = newId()
  await test.step('the desk accepts it, decides, and answers', async () => {
    const view = (await program.read()).find((it) => it.c === 'view')
    await program.write(
      {
        c: 'matter', r: matter, add: { services: [services.exchange] },
        set: { title: '1 ml', level: 'service', status: 'decided', decision: 'yes', reason: 'They were out.', decided_by: { body: 'Exchange', on: '2026-11-20' } },
      },
      { c: 'view', r: view?.r ?? '', base: view?.v ?? 0, set: { review: 'accepted' }, add: { matters: [matter] } },
      { c: 'answer', r: newId(), set: { matter, said: '1 ml is missing.', did: '1 ml from Monday.', status: 'published' }, add: { services: [services.exchange] } },
    )
  })

  const other = await people.browser(PHONE)
  await test.step('another volunteer has no signal: the code is kept, and looked up by itself when there is some', async () => {
    await enrol(other, (await server.invite(DAT, 'Bea', 'volunteer')).link)
    await expect(other.getByRole('link', { name: `Start a visit at ${EXCHANGE}` })).toBeVisible()
    await other.context().setOffline(true)
    await expect(other.getByText('No signal', { exact: true })).toBeVisible()
    await other.getByRole('link', { name: 'Answers' }).last().click()
    await other.getByRole('textbox', { name: 'Code on the card' }).fill(receipt.toLowerCase().replaceAll('-', ' '))
    await other.getByRole('button', { name: 'Look' }).click()
    await other.getByRole('button', { name: 'Keep the code and look it up when there is signal' }).click()
    await expect(other.getByText('The code is kept here, encrypted.').last()).toBeVisible()
    await other.reload()
    const kept = other.getByRole('list', { name: '1 code waits for signal' }).getByRole('listitem')
    await expect(kept).toBeVisible()
    await other.context().setOffline(false)
    await expect(kept).toContainText('1 ml from Monday.')
    await kept.getByRole('button', { name: 'Done with it' }).click()
    await expect(kept).toBeHidden()
  })

  await test.step('at the library she says that it is not true, and the matter opens again', async () => {
    const library = await people.browser(PHONE)
    await library.goto(`${server.origin}/r#${receipt.toUpperCase()}`)
    await library.getByRole('button', { name: 'Look' }).click()
    await expect(library.getByText('1 ml from Monday.')).toBeVisible()
    await library.getByRole('button', { name: 'It is not true' }).click()
    await expect(library.getByText('Thank you.')).toBeVisible()
    expect((await program.read()).find((it) => it.r === matter)?.f.status).toBe('looking')
    expect(await library.evaluate(() => [localStorage.length, document.cookie]), 'nothing stays on it').toEqual([0, ''])
  })

  await test.step('through the volunteer she takes it back', async () => {
    await other.getByRole('textbox', { name: 'Code on the card' }).fill(receipt)
    await other.getByRole('button', { name: 'They want to take it back' }).click()
    await other.getByRole('button', { name: 'Yes, take it back' }).click()
    await expect.poll(() => server.counts(DAT)).toMatchObject({ views: 0 })
    await other.getByRole('textbox', { name: 'Code on the card' }).fill(receipt)
    await other.getByRole('button', { name: 'Look' }).click()
    await expect(other.getByText('It was taken back. Nothing of it is kept.').last()).toBeVisible()
  })
})
