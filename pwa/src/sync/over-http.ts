/** What goes over HTTP alone: seldom needed, never without a line, so it is fetched when it is. */
export { leave, wipe } from './ending'
export { handInFormer } from './former'
export { lookUp } from './looking'
export { twinTurn } from './twin'
