// Package record holds what a device and a server agree on about records: what
// an op is, the six kinds of field, how changes meet that did not see each
// other, and who may read what of the outcome.
//
// Everything here is a pure function over values. There is no SQL, no HTTP, no
// clock and no randomness, and no word of the world that the records are about:
// collections, fields, roles and rules come in as a [Schema].
//
// The road of a change: an [Op] names a record and changes to its fields.
// [Apply] takes the record as it stands, the op, who wrote it and when it
// arrived, and gives the record as it is afterwards, with one [Status], or a
// [Problem] and no change. [Record.Grants] says which audiences a record is
// in and what each is let through; [Lay] shows a device what its own ops will
// have done before the server has answered.
//
// Promises, held by properties over generated histories: the order in which
// the server hears of concurrent ops changes neither the final record nor its
// losers; no value is lost unseen; an op applied twice is applied once;
// a withdrawal always wins; a mask lets nothing through that it does not name.
package record
