// Package live carries records between devices and the store: over a websocket
// (GET /v1/sync) for as long as a device is there, and over plain HTTP
// (POST /v1/sync) for networks that stop websockets and for workers in the
// background. Both speak sync/PROTOCOL.md and mean the same.
//
// A session has two sides, and neither keeps a queue. One goroutine reads
// frames and answers each before it takes the next, so a device has at most one
// push in the commit queue and the others get their turn. The other sends
// pages: it is woken when a commit touched an audience of the session, reads
// from the session's cursor, and stops while limits.window pages are unseen.
// A reader that stops reading costs the server that one cursor.
//
// Promises: an ack is sent after the commit and never before; what a session
// is sent is what its member may see at that moment; a lost audience and a
// revocation reach an open session within 2 s; a stop of the server finishes
// what was begun; nothing that a client sends ends more than its own session.
//
// It refuses to know what a record holds: it moves bytes that the store masked.
package live
