import { describe, expect, test } from 'vitest'
import type { WayOut } from '../ui/known.svelte'
import { daysOf, inOrder, isOpen, sayHours } from './ways'

const line = (over: Partial<WayOut> = {}): WayOut => ({ way: 'risk', service: '', who: 'Duty worker', number: '0113 496 0102', days: undefined, from: '', to: '', say: '', ...over })
const tuesday = (clock: string): Date => new Date(`2026-11-24T${clock}:00`)
const saturday = (clock: string): Date => new Date(`2026-11-28T${clock}:00`)

describe('days, however they are written', () => {
  test.each([
    [undefined, [0, 1, 2, 3, 4, 5, 6]],
    [['mon', 'wed'], [0, 2]],
    [[1, 5], [0, 4]],
    ['mon-fri', [0, 1, 2, 3, 4]],
    ['fri-mon', [0, 4, 5, 6]],
    ['something newer', [0, 1, 2, 3, 4, 5, 6]],
  ])('%j', (days, numbers) => expect(daysOf(line({ days }))).toEqual(numbers))
})

describe('a line is shown as open by the hour', () => {
  const office = line({ days: 'mon-fri', from: '09:00', to: '17:00' })
  const night = line({ from: '17:00', to: '09:00' })
  test('in its hours', () => expect(isOpen(office, tuesday('16:59'))).toBe(true))
  test('not at its end', () => expect(isOpen(office, tuesday('17:00'))).toBe(false))
  test('not at a weekend', () => expect(isOpen(office, saturday('12:00'))).toBe(false))
  test('past midnight', () => expect(isOpen(night, tuesday('03:00'))).toBe(true))
  test('said as people say it', () => {
    expect(sayHours(office, tuesday('10:00'))).toBe('Until 5 pm today.')
    expect(sayHours(office, saturday('10:00'))).toBe('From 9 am to 5 pm, Monday to Friday.')
    expect(sayHours(line(), tuesday('10:00'))).toBe('Day and night.')
  })
})

test('the open line of this service comes first, lines of other services not at all', () => {
  const shut = line({ who: 'shut', service: 's', days: 'sat' })
  const here = line({ who: 'here', service: 's' })
  const everywhere = line({ who: 'everywhere' })
  const elsewhere = line({ who: 'elsewhere', service: 'other' })
  expect(inOrder([shut, everywhere, elsewhere, here], 's', tuesday('10:00')).map((it) => it.who)).toEqual(['here', 'everywhere', 'shut'])
})
