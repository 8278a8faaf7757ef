// Package programme says the world of a Drug Action Team once: its kinds of
// record, who makes and changes and reads each, and what follows from what.
// Everything else (the feed, masks, merging, sealing, the export, the types in
// the phone's app) is drawn from these declarations, so that a new kind of
// record is one file here.
//
// Each file begins with a paragraph about its record in the words of the field;
// the declaration below it is that paragraph made exact. [Schema] gives all of
// them, [Audiences] says whose records a member reads, [Follow] what the server
// does by itself in the commit of a change, [Release] what it lets services see
// on a Monday, [NewDAT] what a new partnership starts with, and [JSON] the whole
// as it stands at /v1/schema.
//
// The package is pure: no SQL, no HTTP, no clock, no dice. Times and ids come in.
//
// It promises that nobody outside the desk is ever let through to a view's
// author, day or receipt, that words travel no further than their speaker said,
// and that a matter does not end without a decision, a reason, who decided and
// at which level. It refuses to hold a name, number, place or voice of a
// speaker: no field is there for one.
package programme
