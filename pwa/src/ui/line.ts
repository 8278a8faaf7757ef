/** The state of the line in a whole sentence: what is so, and that nothing is lost. */
import type { Line } from '../sync'
import { words } from './words'

export function sayLine(line: Line): string {
  switch (line.kind) {
    case 'handing-in':
      return words.lineSays['handing-in'](line.waiting)
    case 'no-signal':
      return words.lineSays['no-signal'](line.waiting)
    default:
      return words.lineSays[line.kind]
  }
}
