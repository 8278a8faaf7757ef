import { describe, expect, test, vi } from 'vitest'
import type { HandedIn, Line } from '../sync'
import { Value } from '../sync/live'
import { handInLater } from './later'

const waiting = [{ fate: 'here' }] as HandedIn[]
const none: Line = { kind: 'no-signal', waiting: 1, last: null }
const together: Line = { kind: 'together', since: new Date(0) }

function phone(can = true) {
  const [handedIn, line] = [new Value<HandedIn[]>([]), new Value<Line>(together)]
  const register = vi.fn(() => Promise.resolve())
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const workers = { ready: Promise.resolve((can ? { sync: { register } } : {}) as unknown as ServiceWorkerRegistration) }
  handInLater({ handedIn, line }, workers, page as unknown as Document)
  const settled = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve))
    return register.mock.calls.length
  }
  const hide = (): void => {
    page.visibilityState = 'hidden'
    page.dispatchEvent(new Event('visibilitychange'))
  }
  return { handedIn, line, register, settled, hide }
}

describe('the browser is asked to wake the worker', () => {
  test('once, when something waits and there is no signal', async () => {
    const { handedIn, line, register, settled } = phone()
    line.set(none)
    expect(await settled()).toBe(0)
    handedIn.set(waiting)
    handedIn.set([...waiting])
    expect(await settled()).toBe(1)
    expect(register).toHaveBeenCalledWith('hand-in')
  })
  test('when the page is put away while something waits, as what is held does', async () => {
    const { handedIn, hide, settled } = phone()
    handedIn.set(waiting)
    expect(await settled()).toBe(0)
    hide()
    expect(await settled()).toBe(1)
  })
  test('again after each time without signal', async () => {
    const { handedIn, line, settled } = phone()
    handedIn.set(waiting)
    for (const it of [none, together, none]) line.set(it)
    expect(await settled()).toBe(2)
  })
  test('again where it could not be asked', async () => {
    const { handedIn, line, register, settled } = phone()
    register.mockRejectedValueOnce(new DOMException('', 'InvalidStateError'))
    handedIn.set(waiting)
    line.set(none)
    expect(await settled()).toBe(1)
    handedIn.set([...waiting])
    expect(await settled()).toBe(2)
  })
  test('never where nothing waits, and not in a browser that cannot', async () => {
    const idle = phone()
    idle.line.set(none)
    idle.hide()
    expect(await idle.settled()).toBe(0)
    const other = phone(false)
    other.handedIn.set(waiting)
    other.line.set(none)
    expect(await other.settled()).toBe(0)
  })
})
