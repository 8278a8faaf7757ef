/** Pages that stand beside a phone's way and a desk's, by the first part of their path (App.svelte names them). */
import type { Component } from 'svelte'
import Cards from './cards/Cards.svelte'
import Risk from './capture/Risk.svelte'
import Keep from './enrol/Keep.svelte'
import type { Platform } from './enrol/platform'
import HandedIn from './handed-in/HandedIn.svelte'
import ChoosePin from './lock/ChoosePin.svelte'
import ThisPhone from './lock/ThisPhone.svelte'

const pages: { [path: string]: unknown } = { risk: Risk, cards: Cards, 'handed-in': HandedIn, keep: Keep, pin: ChoosePin, phone: ThisPhone }

/** Each takes of what it is given what it knows of. */
export const pageAt = (path: string): Component<{ kind: string; platform: Platform }> => pages[path] as Component<{ kind: string; platform: Platform }>
