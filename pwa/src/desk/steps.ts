/** Which steps of a matter a role may make, as the programme declares them; the server is asked in the end. */

export const line = ['raised', 'looking', 'with_service', 'with_dat', 'decided', 'done'] as const

const forward: Record<string, string[]> = {
  raised: ['looking'],
  looking: ['with_service'],
  with_service: ['with_dat'],
  with_dat: ['with_service'],
  decided: ['done'],
  done: [],
  parked: ['looking'],
}

const back: Record<string, string> = { looking: 'raised', with_service: 'looking', decided: 'with_dat', done: 'decided' }

const fromTheDat = ['with_dat', 'decided', 'done']

/** Steps that go on, besides deciding, which needs more than a button. */
export function stepsOn(status: string, role: string): string[] {
  const on = forward[status] ?? []
  if (role === 'coordinator') return on
  return role === 'lead' && fromTheDat.includes(status) ? on : []
}

/** The step that goes back and so needs a line that says why; null where there is none for this role. */
export function stepBack(status: string, role: string): string | null {
  const to = back[status]
  if (to === undefined) return null
  if (role === 'coordinator') return to
  return role === 'lead' && (status === 'decided' || status === 'done') ? to : null
}

export function mayPark(status: string, role: string): boolean {
  if (status === 'parked') return false
  return role === 'coordinator' || (role === 'lead' && fromTheDat.includes(status))
}

/** Whether this role may decide a matter that stands here. */
export function mayDecide(status: string, role: string): boolean {
  return status === 'with_dat' && (role === 'coordinator' || role === 'lead')
}
