/**
 * Finds in what is being written what could tell who spoke or who is spoken about: a telephone number, an e-mail
 * address, a postcode, an NHS number, a date of birth, a name. It runs on the device alone, and it warns, never blocks:
 * it misses some and stops at some that are harmless. Swearing is nobody's name and is left alone.
 */

export type MarkKind = 'phone' | 'email' | 'postcode' | 'nhs' | 'birth' | 'name'

/** A stretch of the text, `start` up to but not including `end`, in UTF-16 units like every index of a string. */
export interface Mark {
  kind: MarkKind
  start: number
  end: number
}

const months = 'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?'

const patterns: [MarkKind, RegExp][] = [
  ['email', /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g],
  ['phone', /(?<![\d+])(?:\+44|0044|0)(?:[\s().-]*\d){9,10}(?!\d)/g],
  ['nhs', /(?<!\d)[1-9]\d{2}[ -]?\d{3}[ -]?\d{4}(?!\d)/g],
  ['birth', /(?<![\d/])(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19|20)?\d{2}(?![\d/])/g],
  ['birth', new RegExp(`(?<!\\d)(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?: of)? (?:${months}),? (?:19|20)\\d{2}(?!\\d)`, 'gi')],
  ['postcode', /\b(?:[a-z]{1,2}\d[a-z\d]?) ?\d[abd-hjlnp-uw-z]{2}\b/gi],
  ['name', /\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Nurse|Sister|PC|Sergeant)\.? [A-Z][\p{L}’'-]+/gu],
  ['name', /(?<=\b(?:[Mm]y name is|[Nn]ame’?'?s|called|named) )[A-Z][\p{L}’'-]+(?: [A-Z][\p{L}’'-]+)?/gu],
]

/**
 * First names that are hardly ever anything else (so no Will, Mark, May, Rose, Hope), the commonest of England's last
 * sixty years. Taken only with a capital.
 */
const firstNames = new Set(
  (
    'Aaron Abdul Abigail Adam Adrian Ahmed Aisha Alan Alex Alexander Ali Alice Alison Amanda Amy Andrea Andrew Andy Angela Anna Anne Anthony ' +
    'Ashley Barbara Barry Becky Ben Benjamin Bethany Beverley Brenda Brian Callum Carl Carol Caroline Catherine Charlotte Cheryl Chloe Chris Christine ' +
    'Christopher Claire Colin Connor Craig Daniel Danielle Danny Darren Dave David Dawn Debbie Deborah Denise Dennis Derek Diane Donna Dylan Elaine ' +
    'Eleanor Elizabeth Ellie Emily Emma Eric Fatima Fiona Gareth Gary Gavin Gemma Geoff George Georgina Gillian Graham Hannah Harry Hassan Hayley ' +
    'Heather Helen Ian Ibrahim Jackie Jacob Jacqueline Jake James Jamie Jane Janet Jason Jean Jennifer Jenny Jessica Jim Jimmy Joan Joanna Joanne Joe ' +
    'John Johnny Jonathan Joseph Josh Joshua Judith Julia Julie Karen Kate Katherine Kathleen Katie Keith Kelly Kenneth Kerry Kevin Kieran Kim ' +
    'Kirsty Kyle Laura Lauren Lee Leanne Lewis Liam Linda Lisa Lorraine Louise Lucy Luke Lynne Malcolm Mandy Margaret Maria Marie Martin Mary ' +
    'Matt Matthew Maureen Megan Melanie Michael Michelle Mick Mike Mohammed Muhammad Natalie Natasha Nathan Neil Nicholas Nicola Nigel Olivia Oliver ' +
    'Omar Pamela Patricia Paul Paula Pauline Peter Phil Philip Rachel Raymond Rebecca Richard Rob Robert Robin Roger Ronald Ross Ruth Ryan Sally Sam ' +
    'Samantha Samuel Sandra Sarah Scott Sean Sharon Shaun Sheila Shirley Simon Sophie Stacey Stephanie Stephen Steve Steven Stuart Susan Suzanne ' +
    'Tanya Terry Theresa Thomas Tim Timothy Tina Toby Tom Tony Tracey Tracy Trevor Valerie Vanessa Victoria Vincent Wayne Wendy William Yusuf Yvonne Zoe'
  ).split(' '),
)

/** Every mark, in the order in which they stand, none over another. */
export function findMarks(text: string): Mark[] {
  const found: Mark[] = []
  const take = (kind: MarkKind, start: number, end: number): void => {
    if (!found.some((it) => start < it.end && it.start < end)) found.push({ kind, start, end })
  }
  for (const [kind, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (kind === 'nhs' && !isNhsNumber(match[0])) continue
      take(kind, match.index, match.index + match[0].length)
    }
  }
  for (const match of text.matchAll(/\p{Lu}\p{Ll}+/gu)) {
    // "Ross Road", "St James": a place that is named after somebody is a place.
    const place = /^ (?:Road|Street|St|Lane|House|Centre|Clinic|Park|Court|Avenue)\b/.test(text.slice(match.index + match[0].length))
    const saint = /\bSt\.? $/.test(text.slice(0, match.index))
    if (firstNames.has(match[0]) && !place && !saint) take('name', match.index, match.index + match[0].length)
  }
  return found.sort((a, b) => a.start - b.start)
}

/** The text without the mark: what was said stays, and shows that something is missing. */
export function takeOut(text: string, mark: Mark): string {
  return `${text.slice(0, mark.start)}[…]${text.slice(mark.end)}`
}

/** How a mark that was let stand is named on the record: by code points, as every length there. */
export function markName(text: string, mark: Mark): string {
  const points = (end: number): number => [...text.slice(0, end)].length
  return `${mark.kind}:${points(mark.start)}-${points(mark.end)}`
}

/** NHS numbers carry a check digit (modulus 11), which keeps other ten-digit numbers out. */
function isNhsNumber(written: string): boolean {
  const digits = written.replace(/\D/g, '')
  const sum = [...digits.slice(0, 9)].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0)
  const check = 11 - (sum % 11)
  return (check === 11 ? 0 : check) === Number(digits[9]) && check !== 10
}
