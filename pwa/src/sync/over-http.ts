/** What goes over HTTP alone: seldom needed, never without a line, so it is fetched when it is. */
export { handInRest } from './rest'
export { twinTurn } from './twin'
