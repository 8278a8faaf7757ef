/** Each code that an op can have when it needs a look has true words: above all, where the op lies. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { m } from '../paraglide/messages.js'
import { ASIDE } from '../sync/types'
import { readCatalogue } from '../../rules/catalogue'

const contract = readFileSync(join(import.meta.dirname, '../../../sync/PROTOCOL.md'), 'utf8')
const named = contract.slice(contract.indexOf('The codes of a refusal:')).split('\n\n')[0] ?? ''
/** Refused for now and tried again by itself: nobody has to look. */
const WAITS = 'early'
const refused = [...named.matchAll(/`([a-z_]+)`/g)].map((it) => it[1] ?? '').filter((it) => it !== WAITS)

const say = (code: string): string => m.handed_in_problem({ code })

test('the contract names what the server refuses', () => expect(refused).toEqual(expect.arrayContaining(['malformed', 'not_allowed', 'unopened', 'gone', 'revoked'])))

test('no words stand there for a code that nobody gives', () => {
  const codes = (readCatalogue().find((it) => it.key === 'handed_in_problem')?.when ?? []).map((it) => it.replace('code=', '')).filter((it) => it !== '*')
  expect(codes.filter((it) => !refused.includes(it) && !(ASIDE as readonly string[]).includes(it))).toEqual([])
})

test.each(ASIDE)('%s: the team has not got it', (code) => expect(say(code)).toMatch(/the team has not got it/))

test.each(refused.filter((it) => it !== 'gone'))('%s: the team has it', (code) => {
  expect(say(code)).toMatch(/They have it whole|The team has it/)
  expect(say(code)).not.toMatch(/has not got it|on this phone alone/)
})

test('gone: nobody has it', () => expect(say('gone')).toMatch(/Nothing of it is kept/))
