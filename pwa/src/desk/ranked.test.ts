import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rec } from '../sync'
import { Ranked, type Rule } from './ranked'

const rec = (r: string, v: number, weight: number): Rec => ({ c: 'view', r, v, f: { weight }, k: {} })
const weight = (it: Rec): number => Number(it.f.weight)
const rules: Rule[] = [3, 0].map((least) => ({ keeps: (it) => weight(it) >= least, order: (a, b) => weight(b) - weight(a) || (a.r < b.r ? -1 : 1) }))

/** A list whose work for later is done when it is asked for. */
function ranked(): { list: () => Rec[]; ranked: Ranked; finish: () => void } {
  let told: Rec[] = []
  const later: (() => void)[] = []
  const it = new Ranked((list) => (told = list), (work) => later.push(work))
  return { list: () => told, ranked: it, finish: () => { for (let work = later.shift(); work; work = later.shift()) work() } }
}

test('whatever comes, changes and goes while it is worked out: in the end it is what a filter and a sort would give', () => {
  const step = fc.record({ put: fc.array(fc.tuple(fc.constantFrom(...'abcdefghij'), fc.integer({ min: 0, max: 6 }), fc.boolean()), { maxLength: 5 }), rule: fc.option(fc.constantFrom(0, 1)), waits: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      const { list, ranked: it, finish } = ranked()
      let rule = rules[0] as Rule
      it.by(rule)
      const held = new Map<string, Rec>()
      let v = 0
      for (const { put, rule: other, waits } of steps) {
        for (const [r, heavy, made] of put) {
          if (heavy === 0) held.delete(r)
          else held.set(r, rec(r, made ? 0 : ++v, heavy))
        }
        it.follow([...held.values()].sort((a, b) => (a.v || Infinity) - (b.v || Infinity) || 0))
        if (other !== null) it.by((rule = rules[other] as Rule))
        if (!waits) finish()
      }
      finish()
      expect(list()).toEqual([...held.values()].filter(rule.keeps).sort(rule.order))
    }),
    { numRuns: 500 },
  )
})

test('of very many the newest are there at once, and the rest comes in slices', () => {
  const all = Array.from({ length: 10_000 }, (_, n) => rec(String(n).padStart(5, '0'), n + 1, 1))
  const { list, ranked: it, finish } = ranked()
  it.follow(all)
  it.by({ keeps: () => true, order: (a, b) => b.v - a.v })
  expect(list().length).toBeLessThan(all.length)
  expect(list()[0]?.v).toBe(10_000)
  finish()
  expect(list().map((it) => it.v)).toEqual(all.map((it) => it.v).reverse())
})
