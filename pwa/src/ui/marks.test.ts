import { describe, expect, test } from 'vitest'
import { findMarks, markName, takeOut } from './marks'

const found = (text: string): string[] => findMarks(text).map((it) => `${it.kind} ${text.slice(it.start, it.end)}`)

describe('what could tell who spoke is found', () => {
  test.each([
    ['Call me on 07700 900 142 if you can', ['phone 07700 900 142']],
    ['ring +44 7700 900142', ['phone +44 7700 900142']],
    ['mail sam.b@example.org please', ['email sam.b@example.org']],
    ['I am in LS1 4DY now', ['postcode LS1 4DY']],
    ['ls14dy', ['postcode ls14dy']],
    ['my number is 943 476 5919', ['nhs 943 476 5919']],
    ['born 12/05/1984', ['birth 12/05/1984']],
    ['born the 3rd of May 1990', ['birth 3rd of May 1990']],
    ['Dave at the desk looks at me like dirt', ['name Dave']],
    ['Dr Okafor never listens', ['name Dr Okafor']],
    ['my name is Bly and I wait', ['name Bly']],
    ['Tell Sarah and Mr Hill', ['name Sarah', 'name Mr Hill']],
  ])('%s', (text, marks) => expect(found(text)).toEqual(marks))
})

describe('what is harmless is left alone', () => {
  test.each([
    'They never have 1 ml, and the lad on the desk looks at me like dirt',
    'It is fucking miles, two buses, 45 minutes each way, £6.40',
    'I take 60 ml, it was 80ml before',
    'The hostel on Ross Road shuts at 10',
    'St James wing is cold',
    'We were 12 people on 24/7 cover',
    'Open until 7 pm from 1 December',
    'ten digits 943 476 5918 without the check digit',
  ])('%s', (text) => expect(found(text)).toEqual([]))
})

test('taking a mark out keeps the rest as it was said', () => {
  const text = 'Call me on 07700 900 142 if you can'
  const [mark] = findMarks(text)
  expect(mark && takeOut(text, mark)).toBe('Call me on […] if you can')
})

test('a mark that stands is named by code points, so that both sides count alike', () => {
  const text = '😀😀 Dave'
  const [mark] = findMarks(text)
  expect(mark && markName(text, mark)).toBe('name:3-7')
})
