/** What goes over HTTP alone: seldom needed, never without a line, so it is fetched when it is. */
export { handInFormer } from './former'
export { twinTurn } from './twin'
