/**
 * Lighthouse over the main screens: the phone's as a phone on a slow line (its mobile preset: slow 4G, CPU slowed four
 * times), the desk's as a desk on the same line and CPU, which is more than its desktop preset asks for. Each screen is
 * loaded anew, from its link or as it stands on a device that has joined. Fails below what we promise.
 *
 * Needs bin/earshot (make build), and Lighthouse, which has a package of its own here: what tests and builds the app
 * does without its two hundred packages.
 */
import lighthouse, { desktopConfig } from 'lighthouse'
import { end, enrol, folder, freePort, open, remove, serve } from './ground.mjs'

const PROMISED = { performance: 95, accessibility: 100, 'best-practices': 100 }
const CATEGORIES = Object.keys(PROMISED)
/** Of so many runs of a screen the one in the middle counts: a machine that does something else meanwhile spoils one. */
const RUNS = Number(process.env.RUNS ?? 3)
const SIZE = { width: 1180, height: 760, deviceScaleFactor: 1, mobile: false, disabled: false }

const [port, door] = [await freePort(), await freePort()]
const origin = `http://127.0.0.1:${port}`
const [data, phone, desk] = [folder('data'), folder('phone'), folder('desk')]
let low = false

/** Rates one address in the browser behind the door; `anew`: with nothing kept, as for somebody who has just got the link. */
async function rate(name, path, { config, anew = false } = {}) {
  const flags = { port: door, output: [], logLevel: 'error', onlyCategories: CATEGORIES, disableStorageReset: !anew }
  const runs = []
  for (let at = 0; at < RUNS; at++) {
    const { lhr } = await lighthouse(`${origin}${path}`, flags, config)
    if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`)
    runs.push(lhr)
  }
  runs.sort((a, b) => a.categories.performance.score - b.categories.performance.score)
  const { audits, categories, environment } = runs[Math.floor(runs.length / 2)]
  const scores = CATEGORIES.map((it) => Math.round(categories[it].score * 100))
  const seconds = (audit) => `${(audits[audit].numericValue / 1000).toFixed(1)} s`
  const facts = [`first ${seconds('first-contentful-paint')}`, `largest ${seconds('largest-contentful-paint')}`, `blocked ${Math.round(audits['total-blocking-time'].numericValue)} ms`, `moved ${audits['cumulative-layout-shift'].numericValue.toFixed(3)}`, `machine ${Math.round(environment.benchmarkIndex)}`]
  process.stdout.write(`${name.padEnd(30)} ${scores.map((it) => String(it).padStart(4)).join(' ')}   ${facts.join(', ')}\n`)
  for (const [at, it] of CATEGORIES.entries()) {
    if (scores[at] >= PROMISED[it]) continue
    low = true
    const short = categories[it].auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id].score ?? 1) < 0.9)
    process.stdout.write(`  ${it} is below ${PROMISED[it]}: ${short.map(({ id }) => `${id} (${audits[id].displayValue ?? audits[id].title})`).join(', ')}\n`)
  }
}

async function on(profile, options, work) {
  const context = await open(profile, { ...options, args: [`--remote-debugging-port=${door}`] })
  try {
    await work(context)
  } finally {
    await context.close()
  }
}

const { server, printed } = await serve(data, port, '--demo', '--json')
const links = JSON.parse(printed())
try {
  process.stdout.write(`${'screen'.padEnd(30)} perf acc. best\n`)
  await on(phone, {}, async (context) => {
    await rate('phone: join, from the link', links.volunteer.slice(origin.length), { anew: true })
    const page = await context.newPage()
    await enrol(page, links.volunteer)
    await page.getByRole('link', { name: /^Start a visit at/ }).first().waitFor()
    await page.close()
    for (const [name, at] of [['today', ''], ['write down a view', 'write'], ['at risk?', 'risk'], ['someone in danger', 'risk/risk'], ['handed in', 'handed-in'], ['what is happening', 'handed-in/line'], ['answers', 'answers'], ['cards', 'cards']])
      await rate(`phone: ${name}`, `/#/${at}`)
    for (const [name, path] of [['you said, we did', '/s/demo'], ['look up a card', '/r']]) await rate(`anybody: ${name}`, path)
  })
  await on(desk, { viewport: { width: 1180, height: 760 }, isMobile: false, hasTouch: false }, async (context) => {
    const page = await context.newPage()
    await enrol(page, links.coordinator)
    await page.getByRole('region', { name: 'Views' }).getByRole('link').first().waitFor()
    await page.getByRole('link', { name: 'Matters' }).click()
    const matter = await page.getByRole('main').getByRole('listitem').getByRole('link').first().getAttribute('href')
    await page.close()
    const settings = { ...desktopConfig.settings, screenEmulation: SIZE }
    for (const [name, at] of [['to go through', '#/desk'], ['waiting', '#/desk/waiting'], ['matters', '#/desk/matters'], ['a matter', matter], ['asked of services', '#/desk/asks'], ['answers', '#/desk/answers']])
      await rate(`desk: ${name}`, `/${at}`, { config: { ...desktopConfig, settings } })
  })
} finally {
  await end(server)
  remove(data, phone, desk)
}
process.exit(low ? 1 : 0)
