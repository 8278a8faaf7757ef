import { describe, expect, it } from 'vitest'
import { Lean } from './lean'
import type { WireRecord } from './wire'

const view = (n: number): WireRecord =>
  JSON.parse(JSON.stringify({ c: 'view', r: `r${n}`, v: n, a: ['desk', 'team'], f: { service: 'a service by its id', words: `${'What somebody said. '.repeat(4)}${n}`, themes: [], times: 1 }, k: {} })) as WireRecord

describe('records in memory', () => {
  it('say what they said, and hold once what they say alike', () => {
    const lean = new Lean()
    const [one, other] = [lean.fit(view(1)), lean.fit(view(2))]
    const { a, f, k } = view(2)
    expect(other).toEqual({ a, f, k })
    expect(other.a).toBe(one.a)
    expect(other.f.themes).toBe(one.f.themes)
    expect(other.k).toBe(one.k)
  })

  it('are never taken for each other, however many there are', () => {
    const lean = new Lean()
    for (let n = 0; n < 10_000; n++) expect(lean.fit({ ...view(n), f: { at: `day ${n}` }, a: [`person:${n}`] })).toMatchObject({ f: { at: `day ${n}` }, a: [`person:${n}`] })
  })
})
