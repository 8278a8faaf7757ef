import { expect, test } from 'vitest'
import type { Rec } from '../sync'
import { Summing, sumOf, type Sum } from './summing'

const recs = (n: number): Rec[] => Array.from({ length: n }, (_, at) => ({ c: 'view', r: String(at), v: at + 1, f: { times: 1 }, k: {} }))

class Times implements Sum<number> {
  #times = 0
  constructor(readonly each = 1) {}
  take(rec: Rec): void {
    this.#times += Number(rec.f.times) * this.each
  }
  total(): number {
    return this.#times
  }
}

/** Sums whose work for later is done when it is asked for. */
function summing(): { told: number[]; it: Summing<number>; waits: (() => void)[]; finish: () => void } {
  const told: number[] = []
  const waits: (() => void)[] = []
  const it = new Summing<number>((total) => told.push(total), (work) => waits.push(work))
  return { told, it, waits, finish: () => { for (let work = waits.shift(); work; work = waits.shift()) work() } }
}

test('few are summed at once', () => {
  const { told, it, waits } = summing()
  it.follow(recs(10), new Times())
  it.follow(recs(11), new Times())
  expect(told).toEqual([10, 11])
  expect(waits).toEqual([])
})

test('of very many the sum comes when all were taken, and once more for all changes meanwhile', () => {
  const { told, it, waits, finish } = summing()
  it.follow(recs(20_000), new Times())
  expect(told).toEqual([])
  waits.shift()?.()
  for (const n of [20_001, 20_002, 20_003]) it.follow(recs(n), new Times())
  it.follow(recs(20_003), new Times(2))
  finish()
  expect(told).toEqual([20_000, 40_006])
  it.follow(recs(7000), new Times())
  finish()
  expect(told.at(-1)).toBe(7000)
})

test('what was begun with very many is nothing any more once there are few, or nobody looks', () => {
  const { told, it, finish } = summing()
  it.follow(recs(20_000), new Times())
  it.follow(recs(3), new Times())
  finish()
  expect(told).toEqual([3])
  it.follow(recs(20_000), new Times())
  it.end()
  finish()
  expect(told).toEqual([3])
  expect(sumOf(recs(4), new Times())).toBe(4)
})
