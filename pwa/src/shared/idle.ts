/** When somebody has gone from a computer: nobody has touched it for a quarter of an hour, whether it slept or not. */

export const IDLE = 15 * 60_000
/** So long before, it is said. */
export const WARNING = 60_000

const TOUCHES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
const LOOK = 5_000

/** Tells `left` once, and before that in how many seconds; null where somebody is there again. Resolves to what ends it. */
export function watchIdle(page: Document, tell: (seconds: number | null) => void, left: () => void, now = (): number => Date.now()): () => void {
  let touched = now()
  let said: number | null = null
  const say = (seconds: number | null): void => {
    if (seconds === said) return
    said = seconds
    tell(seconds)
  }
  const touch = (): void => {
    // A computer that was asleep is woken by a touch: that comes too late.
    if (now() - touched >= IDLE) return look()
    touched = now()
    say(null)
  }
  const look = (): void => {
    const rest = IDLE - (now() - touched)
    if (rest <= 0) {
      end()
      left()
    } else if (rest <= WARNING) say(Math.ceil(rest / LOOK) * (LOOK / 1000))
  }
  const timer = setInterval(look, LOOK)
  for (const it of TOUCHES) page.addEventListener(it, touch, { capture: true, passive: true })
  page.addEventListener('visibilitychange', look)
  const end = (): void => {
    clearInterval(timer)
    for (const it of TOUCHES) page.removeEventListener(it, touch, { capture: true })
    page.removeEventListener('visibilitychange', look)
  }
  return end
}
