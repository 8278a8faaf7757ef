// Package device is a whole Earshot device in Go: what a phone is, without its
// screens. Tests, the crowd of `earshot simulate` and anybody's own client
// stand on it.
//
// A [Device] is opened over a [Store], enrolled once with an invitation's code,
// and run for as long as it should be in touch:
//
//	d, err := device.Open(device.Options{URL: "https://earshot.example.org", Schema: schema, Store: store})
//	me, err := d.Enrol(ctx, code, "my phone")
//	go d.Run(ctx)
//	n, err := d.Save(device.Change{Collection: "visit", ID: id, Set: map[string]any{…}})
//	item, err := d.Wait(ctx, n)
//	records, err := d.Records("visit")
//
// What it promises (sync/PROTOCOL.md has the contract):
//
//   - Save returns when the op is numbered, sealed where it has to be, and in the
//     store; from then on it is handed in once, whatever happens in between.
//   - Nothing is dropped before the server has said that it is safe, and 35 days
//     have gone by; a server that forgot gets it again.
//   - A page of records and its cursor are stored in one transaction.
//   - What a volunteer or an outreach worker saves is sealed to the server's key
//     at once; the device itself can't read it again.
//   - Run comes back by itself after everything but what only a person can
//     settle; then it returns an error that says what. While its store fails, it
//     tries again at longer and longer intervals, and says so in its log and, with
//     its next hello, to the desk.
//
// A device under test, or in a simulation, is given its clock, its chance and its
// line with [Options]. Whoever counts frames by hand opens a [Link] with the
// token that [Device.Access] gives.
//
// It refuses to judge what a record means: that comes as a schema. It keeps
// plain what it received, in a file as safe as the disk that it lies on.
package device
