import { expect, test, vi } from 'vitest'
import { lookForNewer } from './newer'

test('another build is looked for when the app is looked at again, once an hour, and a failure is nothing', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const update = vi.fn(() => Promise.reject(new TypeError('no line')))
  let now = 0
  lookForNewer({ update } as unknown as ServiceWorkerRegistration, page as unknown as Document, () => now)
  const look = (at: number, state = 'visible'): number => {
    now = at
    page.visibilityState = state
    page.dispatchEvent(new Event('visibilitychange'))
    return update.mock.calls.length
  }
  expect(look(60_000)).toBe(0)
  expect(look(3_600_000, 'hidden')).toBe(0)
  expect(look(3_600_000)).toBe(1)
  expect(look(3_660_000)).toBe(1)
  expect(look(7_200_000)).toBe(2)
})
