// Package sim lets a whole DAT live through days and weeks in one process: the real
// store on real SQLite, the real wire, merge and device, with everything around them
// played: the network, the disk, the clocks, what people do, and when the power goes.
//
// One seed gives one run. Nothing happens but by the dice of its seed: time is the
// simulation's own, one goroutine works at a time, and what crypto draws comes from the
// seed too (testing/cryptotest). The same seed ends in the same records, to the byte.
//
// After a run everything is let come to rest, and then has to hold:
//
//   - what a device said it had saved is applied once, or lies in quarantine, or was
//     taken back, withdrawn or dealt with, and nothing else;
//   - each device holds what the rules give its member from the records, masks
//     included, and nothing else;
//   - words that were taken back or redacted are in no file of the server;
//   - the store agrees with itself: feed, sums, counts, numbers, the chain of the audit.
//
// What it leaves out: websockets (devices take the HTTP twin, which has the same
// messages), a disk that lies about a sync, and losing what the ledger has synced.
package sim
