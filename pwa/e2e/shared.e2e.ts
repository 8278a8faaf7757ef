/** A manager at a computer that others use too: in by a link in the mail, and afterwards nothing of it is there. */
import type { Page } from '@playwright/test'
import { look } from './look'
import { Mailbox } from './mailbox'
import { newId, type Program } from './program'
import { DAT, DESK, expect, test } from './story'

const WIDTHS = { widths: [1280, 390], height: 800 }
const SAID = 'They were kind at the hatch'

/** All that the browser keeps for this address, by name. */
const kept = (page: Page): Promise<unknown> =>
  page.evaluate(async () => ({ databases: await indexedDB.databases(), caches: await caches.keys(), local: { ...localStorage }, session: { ...sessionStorage }, workers: (await navigator.serviceWorker.getRegistrations()).length }))
const NOTHING = { databases: [], caches: [], local: {}, session: {}, workers: 0 }

test('in by mail, a look at what is said, and out', async ({ server, services, people, program }) => {
  const mailbox = await Mailbox.open()
  const said = newId()
  await program.write({ c: 'view', r: said, set: { service: services.exchange, method: 'conv', share: 'words', kind: 'praise', words: SAID, weight: 4, review: 'accepted', at: new Date(Date.now() - 15 * 86_400_000).toISOString() } })
  await program.write({ c: 'view', r: said, base: await version(program, said), set: { released: new Date().toISOString().slice(0, 10) } })
  const robin = await server.invite(DAT, 'Robin', 'manager', services.exchange)
  await program.write({ c: 'member', r: robin.member, base: await version(program, robin.member), set: { email: 'robin@example.org' } })
  await server.stop()
  await server.start('--smtp', mailbox.url, '--mail-from', 'earshot@example.org')

  /** Which of Robin's devices the desk is shown, and whether they are switched off; one that has ended is not listed. */
  const theirs = async (): Promise<boolean[]> => (await program.devices()).filter((it) => it.member === robin.member).map((it) => it.revoked)

  const page = await people.browser(DESK)
  await page.goto(`${server.origin}/in`)
  await look(page, 'in', WIDTHS)
  await page.getByRole('button', { name: 'Send me a link' }).click()
  await expect(page.getByRole('alert')).toHaveText('Write your whole address, with an @.')

  await test.step('whoever asks is told the same', async () => {
    for (const address of ['nobody@example.org', 'robin@example.org']) {
      await page.getByLabel('Your e-mail address').fill(address)
      await page.getByRole('button', { name: 'Send me a link' }).click()
      await expect(page.getByRole('heading', { name: 'Look at your mail' })).toBeVisible()
      if (address.startsWith('nobody')) await page.getByRole('button', { name: 'Another address' }).click()
    }
    await look(page, 'in-mailed', WIDTHS)
  })

  await expect.poll(() => mailbox.mails.length).toBe(1)
  const link = new RegExp(`${server.origin}/in#\\S+`).exec(mailbox.mails[0] ?? '')?.[0] ?? ''
  await test.step('the link lets in once; its code stays in no address', async () => {
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByRole('button', { name: 'Come in' }).click()
    await expect(page.getByRole('heading', { name: 'Heard' })).toBeVisible()
    expect(page.url()).not.toContain(link.split('#')[1])
    await expect(page.getByText(SAID)).toBeVisible()
    expect(await kept(page)).toEqual(NOTHING)
    expect(await theirs()).toEqual([false])
    await look(page, 'in-inside', WIDTHS)
  })

  await test.step('out: the server ends the device, and nothing is on the page', async () => {
    await page.getByRole('button', { name: 'Leave now' }).click()
    await expect(page.getByRole('heading', { name: 'You have left' })).toBeVisible()
    expect(await page.content()).not.toContain(SAID)
    expect(await kept(page)).toEqual(NOTHING)
    await expect.poll(() => theirs()).toEqual([])
    await look(page, 'in-left', WIDTHS)
  })

  await test.step('the link is used up', async () => {
    people.watch.await(/403 \(Forbidden\)/)
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByRole('button', { name: 'Come in' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByRole('button', { name: 'Have a new link mailed' }).click()
    await expect(page.getByLabel('Your e-mail address')).toBeFocused()
  })
  mailbox.close()
})

test('whoever has gone is out after a quarter of an hour', async ({ server, services, people }) => {
  const robin = await server.invite(DAT, 'Robin', 'manager', services.exchange)
  const page = await people.browser(DESK)
  await page.clock.install()
  await page.goto(`${server.origin}/in`)
  await page.getByRole('button', { name: 'I have a code' }).click()
  await page.getByLabel('Your code').fill(robin.code)
  await page.getByRole('button', { name: 'Come in' }).click()
  await expect(page.getByRole('heading', { name: 'Heard' })).toBeVisible()
  people.watch.await(/401 \(Unauthorized\)/) // the page's clock alone goes on: the server finds it wrong, and it asks again by the server's
  await page.clock.fastForward(14.5 * 60_000)
  await expect(page.getByRole('alert').filter({ hasText: 'Press any key to stay' })).toBeVisible()
  await page.keyboard.press('Shift')
  await expect(page.getByRole('alert').filter({ hasText: 'Press any key to stay' })).toBeHidden()
  people.watch.await(/409 \(Conflict\)/) // a coordinator's code makes a device that stays, which cannot end itself
  await page.clock.fastForward(15.5 * 60_000)
  await expect(page.getByRole('heading', { name: 'You have left' })).toBeVisible()
  expect(await kept(page)).toEqual(NOTHING)
})

async function version(program: Program, id: string): Promise<number> {
  return (await program.read()).find((it) => it.r === id)?.v ?? 0
}
