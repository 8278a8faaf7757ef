// Package store keeps the records of every DAT in one SQLite file. It is the
// only place with SQL.
//
// One goroutine owns the one connection that writes. It takes every push that
// waits, from all connections, into one transaction, and answers them all after
// its commit: under load the fsync is shared, alone it costs one commit. What
// somebody did just now goes before what others had saved up, and ends the
// commit. The log is written back by a goroutine of its own, beside the writer.
// Readers have connections of their own and see whole commits only. Nothing
// here waits for a client.
//
// Inside the transaction each op goes the same road, whoever sent it (a phone,
// an import, the server itself): what it waits for is looked up, [record.Apply]
// judges and applies it, the record is written with the grants that say which
// audiences it is in, its feed rows move forward, sums and counts follow, the audit
// chain of its DAT gets its next link, and what the programme does because of it
// follows as ops of the built-in device "server".
//
// The words of what is new or changed are indexed when nobody has handed in anything for a
// while, some at a time; what is not indexed yet is searched without.
//
// What it promises: an op takes effect once, however often it is sent; what is
// acked is on disk; a refused op is in the quarantine in the same commit; a page
// never holds what its reader's audiences do not let through; a reader that was
// cut off anywhere picks up where it was; a withdrawal leaves no word behind.
//
// What it refuses: to hold records in memory (caches are bounded), to log a word
// of what people said, and to let one request's failure touch another's.
//
// What a restored backup must not undo stands in a ledger beside the database
// (package ledger) before its commit, and is done again at the start of a database
// that does not know of it. How far the history has come is marked before a commit is
// answered: an older copy of the database begins a new epoch.
//
// A second process may open the same directory. Each writes in its own turn,
// and each learns of the other's commits within half a second ([Store.Watch]).
package store
