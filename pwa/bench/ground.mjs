/** What every bench in a browser stands on: the built server on a directory of its own, and the system's Chromium. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from '@playwright/test'

const BINARY = resolve(import.meta.dirname, '../../bin/earshot')

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}

/** A folder below the system's own for such, and how to be rid of it. */
export const folder = (name) => mkdtempSync(join(tmpdir(), `earshot-bench-${name}-`))
export const remove = (...folders) => folders.forEach((it) => rmSync(it, { recursive: true, force: true }))

/** Commands of the server's operator on one data directory. */
export const commands = (data) => (...args) => JSON.parse(execFileSync(BINARY, [...args, '--json', '--data', data]).toString())

/** Starts the server; gives what it printed by the time that it listens. */
export async function serve(data, port, ...flags) {
  const server = spawn(BINARY, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  server.stdout.on('data', (piece) => (printed += piece))
  for (let said = ''; !said.includes('listening on '); ) said += (await once(server.stderr, 'data'))[0]
  server.stderr.resume()
  return { server, printed: () => printed }
}

export async function end(server) {
  if (server.exitCode !== null) return
  server.kill()
  await once(server, 'exit')
}

const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** A browser whose profile lasts, in the size of a phone unless it is told otherwise. */
export const open = (profile, { args = [], ...options } = {}) =>
  chromium.launchPersistentContext(profile, {
    executablePath: process.env.EARSHOT_CHROMIUM || '/usr/bin/chromium',
    args: [...sandbox, ...args],
    viewport: { width: 360, height: 740 },
    isMobile: true,
    hasTouch: true,
    ...options,
  })

/** Opens the link, joins, chooses a PIN where one is given, and waits until the app stands on the device whole. */
export async function enrol(page, link, pin = '') {
  await page.goto(link)
  await page.getByRole('button', { name: 'Join' }).click()
  if (pin === '') await page.getByRole('button', { name: 'Not now' }).click()
  else {
    await page.getByLabel('New PIN').fill(pin)
    await page.getByLabel('The same once more').fill(pin)
    await page.getByRole('button', { name: 'Use this PIN' }).click()
  }
  await page.getByText('In touch').first().waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
}
