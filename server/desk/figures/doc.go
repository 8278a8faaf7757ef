// Package figures counts whether a DAT's programme is alive: how often members are
// out, where somebody was heard and where nobody was, what people raise, and what
// became of it. Nobody fills in a form for that: it is all counted from the records
// themselves.
//
// [Facts] holds of each record the little that is counted, and beside it the sums.
// A record that changes, or one that it leads to, is taken out of the sums as it was
// and put back as it is, so that a [Report] costs what it shows and not what a DAT
// has gathered over the years.
//
// What each figure means:
//
//   - A visit counts once it is running or done, in the month in which it started.
//   - A view counts in the month in which it was heard, once, however many said it.
//     What was withdrawn counts nowhere.
//   - A theme counts the views that have it or one below it, each once.
//   - Looked at: it was accepted or set aside. Joined: it is in a matter. Decided: one
//     of its matters is decided or done. Answered: an answer to one of these is
//     published. Told back: such an answer was told at the service where it was said.
//     Each is counted of what was said in the period, whenever it came to pass.
//   - How long a step took is in whole days from the day on which it was said.
//
// Days are UTC, weeks begin on Monday.
package figures
