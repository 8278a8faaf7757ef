/**
 * How fast a slow phone is: Chromium with its CPU slowed four times, the server gone. It reports and judges nothing:
 * what is measured is a machine as much as the app. Needs bin/earshot (make build).
 */
import { commands, end, enrol, folder, freePort, open, remove, serve } from './ground.mjs'

const STARTS = 20
const SAVES = 60
const SLOWED = 4

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const [data, profile] = [folder('data'), folder('phone')]
const command = commands(data)

command('dat', 'add', '--name', 'Bench DAT', '--slug', 'bench')
command('service', 'add', '--dat', 'bench', '--name', 'Station Road exchange', '--kind', 'needle_exchange', '--sector', 'voluntary')
const { server } = await serve(data, port)

async function slowPage(context) {
  const page = await context.newPage()
  await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: SLOWED })
  return page
}

try {
  let context = await open(profile)
  const first = await context.newPage()
  await enrol(first, command('invite', '--dat', 'bench', '--name', 'Ash', '--role', 'volunteer', '--origin', origin).link)
  await first.getByRole('button', { name: 'Start a visit at Station Road exchange' }).waitFor()
  await end(server)
  await context.close()

  const starts = []
  for (let at = 0; at < STARTS; at++) {
    context = await open(profile)
    const page = await slowPage(context)
    // From the navigation's begin until a key typed into the box stands in it and has been painted.
    await page.addInitScript(() => {
      const typed = new MutationObserver(() => {
        const box = document.getElementById('words')
        if (!box) return
        typed.disconnect()
        box.focus()
        document.execCommand('insertText', false, 'a')
        requestAnimationFrame(() => setTimeout(() => (globalThis.typing = performance.now())))
      })
      typed.observe(document, { childList: true, subtree: true })
    })
    await page.goto(`${origin}/#/write`)
    starts.push(await (await page.waitForFunction(() => globalThis.typing)).jsonValue())
    if (at < STARTS - 1) await context.close()
  }

  const page = context.pages().at(-1)
  const saves = []
  const keys = []
  for (let at = 0; at < SAVES; at++) {
    const box = page.getByRole('textbox', { name: 'What did they say?' })
    await box.fill('The needle bins on the lane overflow, every')
    keys.push(
      ...(await box.evaluate(async (it) => {
        it.focus()
        const waits = []
        for (const key of 'day again') {
          const begun = performance.now()
          document.execCommand('insertText', false, key)
          await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))
          waits.push(performance.now() - begun)
        }
        return waits
      })),
    )
    if (at === 0) await page.getByRole('button', { name: 'Station Road exchange' }).click()
    saves.push(
      await page.getByRole('button', { name: 'Yes, as I said it' }).evaluate(
        (it) =>
          new Promise((safe) => {
            // Safe is when the strict transaction that holds the sealed view is complete.
            const real = IDBDatabase.prototype.transaction
            const begun = performance.now()
            IDBDatabase.prototype.transaction = function (names, mode, options) {
              const tx = real.call(this, names, mode, options)
              if (options?.durability === 'strict') {
                tx.addEventListener('complete', () => safe(performance.now() - begun))
                IDBDatabase.prototype.transaction = real
              }
              return tx
            }
            it.click()
          }),
      ),
    )
    await page.getByRole('button', { name: 'Next view' }).click()
  }
  await context.close()
  const said = (name, all) => {
    const sorted = all.toSorted((a, b) => a - b)
    const part = (share) => `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))])} ms`
    process.stdout.write(`${name.padEnd(48)} median ${part(0.5)}, p95 ${part(0.95)} (${all.length})\n`)
  }
  said('cold start to a form that takes typing', starts)
  said('Save to safe on this phone', saves)
  said('a key to its letter painted', keys)
} finally {
  await end(server)
  remove(data, profile)
}
