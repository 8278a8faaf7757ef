import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url, toUtf8 } from './bytes'
import { canonical, tidy } from './canonical'
import { newId, weekOf, weekStart } from './ids'
import { receiptsIn, tidyReceipt } from './looking'
import { newReceipt } from './receipt'
import { sha256First8, Sums } from './sums'
import type { Bytes } from './bytes'
import type { Json } from './types'
import { readFrame } from './wire'
import { WORDS } from './words'

const random = (bytes: Bytes): Bytes => crypto.getRandomValues(bytes)

describe('ids', () => {
  it('are UUIDv7 in order of time', () => {
    const now = Date.parse('2026-11-24T09:30:00.123Z')
    const id = newId('matter', now, random)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now)
  })
  it.each(['view', 'visit', 'escalation'])('of a %s tell its week and no more', (collection) => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }), (date) => {
        const at = parseInt(newId(collection, date.getTime(), random).replaceAll('-', '').slice(0, 12), 16)
        expect(new Date(at).toISOString()).toMatch(/T00:00:00.000Z$/)
        expect(new Date(at).getUTCDay()).toBe(1)
        expect(date.getTime() - at).toBeGreaterThanOrEqual(0)
        expect(date.getTime() - at).toBeLessThan(7 * 86_400_000)
      }),
    )
  })
  it('a week begins on Monday, in UTC', () => {
    expect(weekOf(Date.parse('2026-11-22T23:59:59Z'))).toBe('2026-11-16')
    expect(weekOf(Date.parse('2026-11-23T00:00:00Z'))).toBe('2026-11-23')
    expect(weekStart(0)).toBe(Date.parse('1969-12-29T00:00:00Z'))
  })
})

describe('receipts', () => {
  it('are three words and two digits', () => {
    for (let i = 0; i < 200; i++) {
      const code = newReceipt(random)
      expect(code).toMatch(/^[A-Z]{3,7}-[A-Z]{3,7}-[A-Z]{3,7}-\d\d$/)
      expect(code.toLowerCase().split('-').slice(0, 3).every((word) => WORDS.includes(word))).toBe(true)
    }
  })
  it('are read as people type them', () => expect(tidyReceipt(' pine river  lamp 42 ')).toBe('PINE-RIVER-LAMP-42'))
  it.each([
    ['https://earshot.example.org/r#PINE-CEDAR-OAK-42', ['PINE-CEDAR-OAK-42']],
    ['PINE-CEDAR-OAK-42 ABBEY-ABOUT-ABOVE-07', ['PINE-CEDAR-OAK-42', 'ABBEY-ABOUT-ABOVE-07']],
    [' pine cedar\noak 42, and pine-cedar-oak-42', ['PINE-CEDAR-OAK-42']],
    ['pine ceddar oak 42', []],
    ['PINE-CEDAR-OAK-421', []],
    ['https://earshot.example.org/enrol#AB-CD', []],
  ])('are found in %j', (text, codes) => expect(receiptsIn(text)).toEqual(codes))
  it('are made from 2,048 words of which no two are a letter apart or begin one another', () => {
    expect(WORDS).toHaveLength(2048)
    expect(new Set(WORDS).size).toBe(2048)
    const all = new Set(WORDS)
    const near = new Set<string>()
    const clashes: string[] = []
    for (const word of WORDS) {
      expect(word).toMatch(/^[a-z]{3,7}$/)
      // Two words a letter apart share a form with one letter left out, at the same place or beside it.
      const forms = new Set(Array.from(word, (_, i) => `${i}:${word.slice(0, i)}${word.slice(i + 1)}`))
      for (const form of forms) {
        if (all.has(form.slice(form.indexOf(':') + 1))) clashes.push(word)
        if (near.has(form)) clashes.push(word)
        near.add(form)
      }
    }
    const sorted = [...WORDS].sort()
    for (const [i, word] of sorted.entries()) if (sorted[i + 1]?.startsWith(word)) clashes.push(word)
    expect(clashes).toEqual([])
  })
})

describe('bytes', () => {
  it('go to base64url and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = toBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect([...fromBase64url(text)]).toEqual([...bytes])
      }),
    )
  })
  it.each(['a', 'ab=', 'a+b/', 'QR'])('%s is not base64url', (text) => expect(() => fromBase64url(text)).toThrow(RangeError))
})

describe('canonical form', () => {
  it('is the same for any order of keys, and tidying twice is tidying once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const it = tidy(value as Json)
        expect(tidy(it)).toEqual(it)
        expect(canonical(it)).toBe(canonical(JSON.parse(JSON.stringify(it)) as Json))
      }),
    )
  })
})

describe('sums', () => {
  it('are made with SHA-256 as everybody knows it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const digest = new DataView(await crypto.subtle.digest('SHA-256', bytes as Bytes))
        expect(sha256First8(bytes)).toBe(digest.getBigUint64(0))
      }),
      { numRuns: 50 },
    )
  })
  it('do not depend on the order in which records come and go', () => {
    const sums = new Sums()
    sums.add(['desk'], 'view', 'a', 1)
    sums.add(['desk', 'team'], 'view', 'b', 2)
    sums.take(['desk'], 'view', 'a', 1)
    expect(sums.of('desk')).toBe(sums.of('team'))
    expect(sums.of('desk')).toBe(String(sha256First8(toUtf8('view/b/2'))))
    expect(sums.of('board')).toBe('0')
  })
})

describe('frames from the server', () => {
  const nothing: [string, string][] = [
    ['a portal’s page', '<html>Sign in to WiFi</html>'],
    ['a list', '[]'],
    ['a number', '7'],
    ['a kind that is not known', '{"t":"news"}'],
    ['a welcome without an epoch', '{"t":"welcome","acked":3,"now":"2026-11-24T09:30:00Z"}'],
    ['a welcome without a number', '{"t":"welcome","epoch":"e","now":"2026-11-24T09:30:00Z"}'],
    ['an ack that is no number', '{"t":"ack","acked":"all"}'],
    ['a page without a cursor', '{"t":"changes","records":[]}'],
    ['a page with half a record', '{"t":"changes","cursor":"c","records":[{"c":"view"}]}'],
  ]
  it.each(nothing)('%s is none', (_, text) => expect(readFrame(text)).toBeNull())
  it('never throw, whatever comes', () => {
    fc.assert(fc.property(fc.json(), (text) => void readFrame(text)))
    fc.assert(
      fc.property(fc.constantFrom('welcome', 'ack', 'changes', 'error', 'reset', 'wipe', 'pong'), fc.dictionary(fc.constantFrom('acked', 'records', 'cursor', 'results', 'epoch', 'now', 'limits', 'sums', 'dropped', 'intake'), fc.jsonValue()), (t, rest) => {
        readFrame(JSON.stringify({ ...rest, t }))
      }),
    )
  })
})
