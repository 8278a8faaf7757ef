// Package mail tells members by mail that something waits for them: at once where
// somebody has to look, else once a day. A mail never holds a word of what was said,
// what it is about, or where: who reads over a shoulder learns that there is a
// program, and a link at which one has to sign in.
//
// Who is to be told is worked out by server/programme; the outbox is kept by
// server/store, with neither addresses nor words; here is when to look ([Post]),
// what a mail says ([Letter]), and the way to the mail server ([SMTP]).
//
// Promises: a member is told of one thing once, whatever fails and however often the
// server starts. Should the process end between the mail server's word and ours, the
// mail goes again under the same Message-ID, by which mail programs know it. What
// can't be sent is tried again, ever more rarely, as long as it is of use. No
// address, and nothing that the mail server said, is logged.
package mail
