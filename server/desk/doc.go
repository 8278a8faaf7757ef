// Package desk is what coordinators, leads and administrators ask for that is
// not sync: a spreadsheet that comes in ([Import]), what goes out ([Export],
// [Exports]), words that are looked for ([Searcher]), who did what ([Audit]), what
// could not be applied ([Quarantine]), what may be said of a view before anybody
// has read it ([Suggestions], [SuggestFile]).
//
// What comes in goes through the store's one door, checked as strictly as what
// a phone hands in; a row that is refused stops no other. What goes out over HTTP,
// or is found, is what the member's role reads, masks and all. What the command
// writes out leaves the house of masks and audiences: whoever may run it may see it
// all, but for receipt codes, which nobody sees.
package desk
