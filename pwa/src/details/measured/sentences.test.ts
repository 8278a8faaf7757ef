import { expect, test } from 'vitest'
import { sentences } from './sentences.test-support'

const kinds = ['phone', 'email', 'postcode', 'nhs', 'ni', 'birth', 'address', 'name']

test('the set has every kind in both parts, and sentences with nothing to find', () => {
  for (const part of ['tuning', 'held-back'] as const) {
    const all = sentences(part)
    expect(new Set(all.flatMap((it) => it.details.map((detail) => detail.kind)))).toEqual(new Set(kinds))
    expect(all.filter((it) => it.details.length === 0).length).toBeGreaterThan(50)
    expect(all.filter((it) => /[{}]/.test(it.text))).toEqual([])
  }
  expect(sentences('tuning').length + sentences('held-back').length).toBeGreaterThanOrEqual(300)
})
