// Package desk is what coordinators, leads and administrators ask for that is
// not sync: a spreadsheet that comes in ([Import]), everything that goes out
// ([Export]).
//
// What comes in goes through the store's one door, checked as strictly as what
// a phone hands in; a row that is refused stops no other. What goes out leaves
// the house of masks and audiences: whoever may run the command may see it all,
// but for receipt codes, which nobody sees.
package desk
