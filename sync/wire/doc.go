// Package wire holds what goes over the line between a device and a server:
// frames in both directions with their limits, ops as they stand in a push, the
// canonical form of values, sealing, and the waiting time between two tries.
//
// A frame that breaks a limit or is no frame gives a [Fault], which carries the
// close code that the connection ends with. An op that can't be understood
// gives a [record.Problem] instead: it is refused by itself and stops nothing.
// The border between the two is drawn in [DecodeClient]: it finds each op of a
// push, its number and whether it is sealed or void, and looks no further into
// it. [DecodeOp] does that, strictly, against a schema.
//
// Raw bytes are handed on, not copied: what [Envelope] and [Changes] give
// aliases the frame it was read from. Nothing here keeps state, reads a clock
// or knows a word of the world that the records are about. No message repeats
// anything that was sent.
//
// sync/PROTOCOL.md is the contract that this package keeps.
package wire
