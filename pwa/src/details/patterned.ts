import type { Detail, DetailKind } from './detail'
import { neverNames } from './name-words'

/** How a pattern is told from what only looks like it: by the match, and by what was written before and after it. */
interface Pattern {
  kind: DetailKind
  of: RegExp
  holds?: (found: string, before: string, after: string) => boolean
}

const digit = '(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|\\d+)'
const spoken = `(?:(?:double|triple|treble) )?${digit}(?: hundred)?`
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*'
const day = '(?:the )?(?:(?:3[01]|[12]\\d|0?[1-9])(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?[a-z]+(?:st|nd|rd|th))'
const year = '(?:(?:19|20)?\\d\\d|(?:nineteen |two thousand (?:and )?)?[a-z]+(?:ty|teen)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)'
const birthCue = /\b(?:born|birth|birthday'?s?|d\.?o\.?b)\b/i

const street =
  '(?:road|rd|street|st|lane|ln|avenue|ave|terrace|crescent|court|close|drive|grove|place|gardens|mount|square|row|mews|hill|view|walk|rise|green|way|park|towers?|heights|croft|vale|fold|buildings|house|parade)'
const dwelling = '(?:flat|apartment|apt|unit|room)'
/** Kinds of street that are everyday words too: they need a capital, or somebody who lives there. */
const everyday = /^(?:close|drive|row|hill|view|walk|rise|green|way|park|house)$/
const livesAt = /\b(?:live|lives|living|address|stay|staying|move|moved|send|sent|at)\b.{0,20}$/i
/** "10 minutes down the road" counts something: it is nobody's address. */
const counts = /^(?:[a-z]{1,2}|the|and|mins?|hours?|minutes?|[a-z]+s)$/

const patterns: Pattern[] = [
  { kind: 'email', of: /(?<![\w.+-])[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+/g },
  {
    kind: 'email',
    of: /\b[\w.+-]+(?: (?:dot|underscore|dash) \w+)* at [\w-]+(?:(?: dot \w+)+|\.(?:com|org|net|co\.uk)\b)/gi,
  },
  { kind: 'ni', of: /\b[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b/gi },
  {
    kind: 'nhs',
    of: /(?<![\d+])[1-9]\d{2}[ -]?\d{3}[ -]?\d{4}(?!\d)/g,
    holds: (found, before) => isNhsNumber(found) || /\bnhs\b[^.\n]{0,20}$/i.test(before),
  },
  // What belongs to a public line (0300, 0800, 0845 and their like) tells nothing about anybody.
  { kind: 'phone', of: /(?<![\d+])\(?(?:\+\d{2,3}|00\d{2}|0(?=[\s().\-/]*[127]))(?:[\s().\-/]{0,3}\d){8,11}(?!\d)/g },
  { kind: 'phone', of: new RegExp(`\\b(?:${spoken}[ ,-]+){6,}${spoken}\\b`, 'gi'), holds: (found) => /[a-z]/i.test(found) },
  { kind: 'birth', of: new RegExp(`(?<![\\d/])(?:3[01]|[12]\\d|0?[1-9])[/. -](?:1[0-2]|0?[1-9])[/. -](?:19|20)?\\d{2}(?![\\d/])|\\b(?:19|20)\\d\\d-\\d\\d-\\d\\d\\b`, 'g'), holds: isBirth },
  { kind: 'birth', of: new RegExp(`\\b(?:${day}(?: of| in)? ${month}|${month} ${day})(?:,? ${year})?\\b`, 'gi'), holds: isBirth },
  { kind: 'birth', of: new RegExp(`\\b${month},? ${year}`, 'gi'), holds: (_, before) => birthCue.test(before.slice(-24)) },
  { kind: 'birth', of: new RegExp(`\\b${day} of (?:the )?${day},? ${year}`, 'gi') },
  {
    kind: 'postcode',
    of: new RegExp(`\\b[a-z]{1,2}\\d[a-z\\d]?[ -]?\\d[abd-hjlnp-uw-z]{2}\\b`, 'gi'),
    // "b12 1st" is no postcode, "B12 1ST" may be.
    holds: (found) => !/ (?:1st|2nd|3rd|\dth)$/.test(found),
  },
  {
    kind: 'address',
    of: new RegExp(
      `\\b(?:${dwelling} ?\\d+[a-z]?,? (?:\\d{1,4}[a-z]?,? )?|(?:no\\.? |number )?\\d{1,4}[a-z]?,? )(?:[\\p{L}’'.-]+ ){1,3}?${street}(?: ${street})*\\b`,
      'giu',
    ),
    holds: isAddress,
  },
]

/** What has a form of its own, in the order of the patterns; some may lie over others. */
export function patterned(text: string): Detail[] {
  const found: Detail[] = []
  for (const { kind, of, holds } of patterns) {
    for (const match of text.matchAll(of)) {
      const start = match.index
      const end = start + match[0].length
      if (!holds || holds(match[0], text.slice(Math.max(0, start - 48), start), text.slice(end, end + 24))) found.push({ kind, start, end })
    }
  }
  return found
}

/** NHS numbers carry a check digit (modulus 11), which keeps other ten-digit numbers out. */
function isNhsNumber(written: string): boolean {
  const digits = written.replace(/\D/g, '')
  const sum = [...digits.slice(0, 9)].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0)
  const check = 11 - (sum % 11)
  return (check === 11 ? 0 : check) === Number(digits[9]) && check !== 10
}

/** Somebody's day of birth is announced as one, or lies in a year in which a grown person could have been born. */
function isBirth(found: string, before: string, after: string): boolean {
  if (birthCue.test(before.slice(-34)) || birthCue.test(after)) return true
  const full = /(?:19|20)\d{2}/.exec(found)?.[0]
  if (full) return Number(full) < 2012
  const short = /[/.]\d{1,2}[/.](\d{2})$/.exec(found)?.[1]
  return short !== undefined && (Number(short) > 30 || Number(short) < 12)
}

function isAddress(found: string, before: string): boolean {
  // A flat, an apartment, a unit or a room with its number says enough.
  if (/^[faur]/i.test(found)) return true
  const named = found.split(/[ ,]+/).filter((it) => !/^(?:\d|no\.?$|number$|the$)/i.test(it))
  const kind = named.pop() ?? ''
  if (named.some((it) => counts.test(it) || neverNames.has(it))) return false
  return !everyday.test(kind) || livesAt.test(before)
}
