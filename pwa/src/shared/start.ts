/** What runs at /in: the way in for those who sit at computers that others use too. */
import { mount } from 'svelte'
import In from './In.svelte'

export function startShared(target: HTMLElement, code: string): void {
  target.replaceChildren()
  mount(In, { target, props: { code } })
}
