/**
 * A desk of a hundred thousand views in a browser: the first sync into a fresh one, the same with its tab killed ten
 * times on the way, opened again without a server, scrolled through; beside it PouchDB with the same records. Fails
 * below what we promise. Needs bin/earshot (make build), a quiet machine, and the bench's own packages.
 */
import { resolve } from 'node:path'
import { commands, end, folder, freePort, open, remove, serve } from './ground.mjs'
import { writeViews } from './heard.mjs'
import { couch, replicate } from './pouch.mjs'
import { readAll } from './reader.mjs'
import { counted, memoryOf, watch } from './watched.mjs'

const VIEWS = Number(process.env.VIEWS ?? 100_000)
const KILLS = 10
const SCROLLED = 10_000

let short = false
const say = (what, value, unit, { most = Infinity, least = 0 } = {}) => {
  const broken = value > most || value < least
  short ||= broken
  const promise = most < Infinity ? `at most ${most}` : least > 0 ? `at least ${least}` : ''
  process.stdout.write(`${what.padEnd(58)} ${value.toFixed(value < 10 ? 1 : 0).padStart(7)} ${unit.padEnd(6)} ${promise}${broken ? ', NOT HELD' : ''}\n`)
}

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const [data, first, killed, peer] = ['data', 'first', 'killed', 'peer'].map(folder)
const command = commands(data)
const desk = { viewport: { width: 1280, height: 800 }, isMobile: false, hasTouch: false }
const invite = (name) => command('invite', '--dat', 'bench', '--name', name, '--role', 'coordinator', '--origin', origin)

async function on(profile, work) {
  const context = await open(profile, desk)
  try {
    await watch(context, VIEWS)
    return await work(context, memoryOf(profile))
  } finally {
    await context.close()
  }
}

async function join(page, link) {
  await page.goto(link)
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('button', { name: 'Not now' }).click()
}

/** From the tap on Join to the newest views, and to all of them. */
async function firstSync(context, memory) {
  const page = await context.newPage()
  await join(page, invite('Ash').link)
  const seen = await counted(page)
  say('first sync: the newest views are there', seen.listed - seen.joined, 'ms', { most: 1000 })
  say('first sync: all are there', seen.whole - seen.joined, 'ms', { most: 15_000 })
  sayTasks('first sync', seen)
  say('first sync: memory of the tab, at most', memory.most(), 'MB', { most: 250 })
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.waitForTimeout(3000)
  say('first sync: memory of the tab, at rest', memory.now(), 'MB', { most: 250 })
  await scroll(page)
  return seen.whole - seen.joined
}

function sayTasks(when, { tasks }) {
  say(`${when}: longest task of its page`, Math.max(0, ...tasks), 'ms', { most: 50 })
  if (tasks.length) process.stdout.write(`  ${tasks.length} above 50 ms, ${Math.round(tasks.reduce((sum, it) => sum + it, 0))} ms together\n`)
}

async function scroll(page) {
  const seen = await page.evaluate(async (rows) => {
    globalThis.seen.tasks.length = 0
    const list = document.querySelector('section[aria-label="Views"]')
    const tall = document.querySelector('section[aria-label="Views"] li').offsetHeight
    const gaps = []
    let empty = 0
    let before = performance.now()
    // Forty rows with each picture: a hand on the bar, four screens at a time.
    for (let at = 0; at < rows; at += 40) {
      list.scrollTop = at * tall
      const now = await new Promise((painted) => requestAnimationFrame(painted))
      gaps.push(now - before)
      before = now
      await new Promise((after) => setTimeout(after))
      if (!document.elementFromPoint(list.getBoundingClientRect().left + 100, 500)?.closest('li')) empty++
    }
    return { gaps: gaps.slice(1), empty, tasks: globalThis.seen.tasks }
  }, SCROLLED)
  say(`scrolled through ${SCROLLED}: longest between two pictures`, Math.max(...seen.gaps), 'ms', { most: 50 })
  say(`scrolled through ${SCROLLED}: pictures without rows`, seen.empty, '', { most: 0 })
  sayTasks('scrolled', seen)
}

/** Opened again, the server gone. */
async function openAgain(context, memory) {
  const page = await context.newPage()
  await page.goto(origin)
  const seen = await counted(page)
  say('opened without a server: the list is there', seen.listed, 'ms', { most: 700 })
  say('opened without a server: all are there', seen.whole, 'ms', { most: 4000 })
  sayTasks('opened without a server', seen)
  say('opened without a server: memory of the tab, at most', memory.most(), 'MB', { most: 250 })
}

/** The tab is killed ten times on the way, and goes on from where it was each time. */
async function killing(context) {
  let read = 0
  const begun = performance.now()
  context.on('page', (page) => page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (read += String(payload).split('"c":"view"').length - 1))))
  let page = await context.newPage()
  await join(page, invite('Sky').link)
  for (let kill = 0; kill < KILLS; kill++) {
    await page.waitForFunction((part) => globalThis.seen.views >= part, (VIEWS * kill) / KILLS / 1.2 + 1, { polling: 20, timeout: 120_000 })
    await page.close()
    page = await context.newPage()
    await page.goto(origin)
  }
  await counted(page)
  say(`killed ${KILLS} times: all are there after`, performance.now() - begun, 'ms')
  say(`killed ${KILLS} times: views read twice`, read - VIEWS, '')
}

async function beside(context, records) {
  const database = await couch(records)
  try {
    const page = await context.newPage()
    await page.goto(database.address)
    const { took, docs } = await replicate(page)
    if (docs !== records.length) throw new Error(`PouchDB holds ${docs} of ${records.length}`)
    return took
  } finally {
    database.end()
  }
}

let server
try {
  const file = resolve(data, 'views.csv')
  writeViews(file, VIEWS, Date.now())
  command('dat', 'add', '--name', 'Bench DAT', '--slug', 'bench')
  const { taken } = command('import', '--dat', 'bench', '--file', file)
  if (taken !== VIEWS) throw new Error(`${taken} of ${VIEWS} views were taken`)
  ;({ server } = await serve(data, port))
  const records = await readAll(origin, invite('Kim').code)
  const ours = await on(first, firstSync)
  await on(killed, killing)
  await end(server)
  await on(first, openAgain)
  const theirs = await on(peer, (context) => beside(context, records))
  say('PouchDB replicates the same', theirs, 'ms')
  say('so many times as long as ours', theirs / ours, 'times', { least: 8 })
} finally {
  if (server) await end(server)
  remove(data, first, killed, peer)
}
process.exit(short ? 1 : 0)
