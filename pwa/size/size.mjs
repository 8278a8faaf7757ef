// What a volunteer's phone downloads the first time, gzipped: everything that the service worker keeps, and itself.
// A budget is a promise to a cheap phone on a bad line; run after `npm run build`.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = 70_000
const dist = new URL('../dist/', import.meta.url)

// Written by the build (vite.config.ts).
const kept = JSON.parse(readFileSync(new URL('kept.json', import.meta.url), 'utf8'))
const files = ['sw.js', ...kept.shell.map(([path]) => (path === '/' ? 'index.html' : path.slice(1)))]
let total = 0
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  total += bytes
  console.log(`${String(bytes).padStart(7)}  ${file}`)
}
console.log(`${String(total).padStart(7)}  in all, of ${BUDGET}`)
if (total > BUDGET) {
  console.error(`A volunteer's first download is ${total - BUDGET} bytes over its budget.`)
  process.exit(1)
}
