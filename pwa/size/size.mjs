// What a volunteer's phone downloads, gzipped. Two promises to a cheap phone on a bad line, held after `npm run build`:
// what comes first, from the enrolment link to a form that takes typing; and all that the service worker keeps.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const FIRST = 70_000
// Of it some 11 kB are Argon2id alone, for the PIN.
const ALL = 145_000
const dist = new URL('../dist/', import.meta.url)

// Written by the build (plugins/service-worker.ts).
const { first, shell } = JSON.parse(readFileSync(new URL('kept.json', import.meta.url), 'utf8'))
const files = [...first, ...shell.filter((file) => !first.includes(file))]
let total = 0
let over = false
for (const [i, file] of files.entries()) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  total += bytes
  console.log(`${String(bytes).padStart(7)}  ${file}`)
  if (i === first.length - 1) hold('until a form takes typing', FIRST)
}
hold('in all', ALL)
process.exit(over ? 1 : 0)

function hold(what, most) {
  console.log(`${String(total).padStart(7)}  ${what}, of ${most}`)
  if (total <= most) return
  console.error(`A volunteer's download ${what} is ${total - most} bytes over its budget.`)
  over = true
}
