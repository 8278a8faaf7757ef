// Package bench holds what measures and wears out the whole product from
// outside: programs that start the built binary, speak the real protocol over
// real sockets, and report. There is nothing in here that the product uses, and
// no test that looks at a clock.
//
//   - speed (make bench): figures as ratios to raw SQLite in the same run
//   - soak (make soak-server): kill -9 under load, thousands of sockets, a
//     database of a million records
//   - suggest (make bench-suggest): how good suggestions are, on real input
//   - demorun (make demo-run): the main job, whole, on real input
//   - rig: what the three share: a server as a process, members enrolled
//     through the front door, frames made before the clock starts
package bench
