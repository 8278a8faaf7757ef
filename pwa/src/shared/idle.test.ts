import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { IDLE, WARNING, watchIdle } from './idle'

const page = new EventTarget() as Document
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('whoever is gone for a quarter of an hour is told a minute before, and then out, once', () => {
  const said: (number | null)[] = []
  const left = vi.fn()
  watchIdle(page, (it) => said.push(it), left)
  vi.advanceTimersByTime(IDLE - WARNING - 5_000)
  expect(said).toEqual([])
  vi.advanceTimersByTime(10_000)
  expect(said[0]).toBe(60)
  page.dispatchEvent(new Event('keydown'))
  expect(said.at(-1)).toBeNull()
  vi.advanceTimersByTime(IDLE - 10_000)
  expect(left).not.toHaveBeenCalled()
  vi.advanceTimersByTime(IDLE)
  expect(left).toHaveBeenCalledTimes(1)
})

test('a computer that slept is not woken by a touch', () => {
  const left = vi.fn()
  let now = 0
  watchIdle(page, () => undefined, left, () => now)
  now = IDLE + 1
  page.dispatchEvent(new Event('pointerdown'))
  expect(left).toHaveBeenCalledTimes(1)
})

test('what has ended tells nobody', () => {
  const left = vi.fn()
  watchIdle(page, () => undefined, left)()
  vi.advanceTimersByTime(2 * IDLE)
  expect(left).not.toHaveBeenCalled()
})
