import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AWAY, watchAway } from './away'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => vi.useRealTimers())

function page(visibilityState: 'visible' | 'hidden' = 'visible') {
  const it = Object.assign(new EventTarget(), { visibilityState })
  const lock = vi.fn()
  const stop = watchAway(it as unknown as Document, () => Date.now(), lock)
  const turn = (now: 'visible' | 'hidden'): void => {
    it.visibilityState = now
    it.dispatchEvent(new Event('visibilitychange'))
  }
  return { turn, lock, stop }
}

test('five minutes out of sight lock it', () => {
  const { turn, lock } = page()
  turn('hidden')
  vi.advanceTimersByTime(AWAY - 1)
  expect(lock).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(lock).toHaveBeenCalledOnce()
})

test('a look in between starts them anew', () => {
  const { turn, lock } = page()
  turn('hidden')
  vi.advanceTimersByTime(AWAY - 1000)
  turn('visible')
  vi.advanceTimersByTime(AWAY)
  turn('hidden')
  vi.advanceTimersByTime(AWAY - 1000)
  expect(lock).not.toHaveBeenCalled()
})

test('a phone that froze its timers is locked as it comes back', () => {
  const { turn, lock } = page()
  turn('hidden')
  vi.setSystemTime(Date.now() + AWAY)
  turn('visible')
  expect(lock).toHaveBeenCalledOnce()
})

test('one that was opened out of sight, or whose clock was put back, is too', () => {
  const opened = page('hidden')
  vi.advanceTimersByTime(AWAY)
  expect(opened.lock).toHaveBeenCalledOnce()
  const back = page()
  back.turn('hidden')
  vi.setSystemTime(Date.now() - 1000)
  back.turn('visible')
  expect(back.lock).toHaveBeenCalledOnce()
})

test('nothing is watched once it is stopped', () => {
  const { turn, lock, stop } = page()
  turn('hidden')
  stop()
  vi.advanceTimersByTime(AWAY)
  turn('visible')
  expect(lock).not.toHaveBeenCalled()
})
