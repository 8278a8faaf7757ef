/** The state of the line in a whole sentence: what is so, and that nothing is lost. */
import { m } from '../paraglide/messages.js'
import type { Line } from '../sync'

export function sayLine(line: Line): string {
  switch (line.kind) {
    case 'handing-in':
      return m.ui_line_says_handing_in({ n: line.waiting })
    case 'no-signal':
      return m.ui_line_says_no_signal({ n: line.waiting })
    default:
      return m.ui_line_says({ code: line.kind })
  }
}
