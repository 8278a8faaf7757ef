// Package rig is what speed, soak and demorun share: the built binary as a
// process of its own, members enrolled through the front door, and frames made
// before a clock starts. It uses nothing that a stranger could not: commands, HTTP
// and the websocket, as sync/PROTOCOL.md has them.
package rig
