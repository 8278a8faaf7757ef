package store

import (
	"context"
	"time"

	"earshot/sync/record"
)

// A Store is one data directory's database, open. Its methods may be called from
// any goroutine.
type Store struct {
	o     Options
	epoch string
}

// Open opens the database of a directory, makes it where there is none, and
// brings it to this release's shape. It scans nothing, unless the rules of who
// reads what have changed since the last start.
func Open(ctx context.Context, dir string, o Options) (*Store, error) { return nil, ErrUnavailable }

// Close commits what waits and closes every connection.
func (s *Store) Close() error { return nil }

// Epoch is the identity of this history.
func (s *Store) Epoch() string { return s.epoch }

// Push hands in ops of a device and comes back when they are on disk. An error
// is ErrUnavailable (nothing took effect), ErrNotFound (no such DAT or device)
// or ErrClosed, or the context's: then the push may or may not have taken effect,
// and sending it again is right.
func (s *Store) Push(ctx context.Context, p Push) (Ack, error) { return Ack{}, ErrUnavailable }

// Do applies ops as the built-in device "server", whole or not at all for each
// op, all in one commit: imports, the demonstration, commands, and what the
// server does by itself. actor is the member in whose name it is done, "" for
// the server's own; it goes into the audit, not into the ops. N, Base and At of
// the ops are filled in here: Base is the record's present v. Refused ops are not put in
// quarantine; their results say why.
func (s *Store) Do(ctx context.Context, dat int64, actor string, ops []*record.Op) ([]Result, error) {
	return nil, ErrUnavailable
}

// Read gives the page after a cursor ("": nothing is held) of at most 1,000
// records or 512 KiB, and of at least one record where there is one.
func (s *Store) Read(ctx context.Context, r Reader, cursor string) (Page, error) {
	return Page{}, ErrUnavailable
}

// Watch calls f after each commit, also of another process, until stop is
// called. f runs on the writer's goroutine: it must not wait and must not call
// the store.
func (s *Store) Watch(f func(Commit)) (stop func()) { return func() {} }

// Step commits what waits, on the caller's goroutine; only with Options.Manual.
// It says how many requests it answered.
func (s *Store) Step() int { return 0 }

// CreateDAT makes a DAT with its first records: its settings and themes.
func (s *Store) CreateDAT(ctx context.Context, name, slug string) (DAT, error) {
	return DAT{}, ErrUnavailable
}

// DATs lists every DAT, by slug.
func (s *Store) DATs(ctx context.Context) ([]DAT, error) { return nil, ErrUnavailable }

// DAT finds one by its slug.
func (s *Store) DAT(ctx context.Context, slug string) (DAT, error) { return DAT{}, ErrUnavailable }

// DATByNum finds one by its number.
func (s *Store) DATByNum(ctx context.Context, num int64) (DAT, error) { return DAT{}, ErrUnavailable }

// Counts says how many records each collection of a DAT has.
func (s *Store) Counts(ctx context.Context, dat int64) ([]Count, error) { return nil, ErrUnavailable }

// Record gives one record as it is now, all its fields; a gone one has Gone set.
func (s *Store) Record(ctx context.Context, dat int64, collection, id string) (*record.Record, error) {
	return nil, ErrUnavailable
}

// Each calls f with every record of a collection that is not gone, in the order
// in which they were made, out of one consistent state.
func (s *Store) Each(ctx context.Context, dat int64, collection string, f func(*record.Record) error) error {
	return ErrUnavailable
}

// Device gives a device by its id, revoked or not.
func (s *Store) Device(ctx context.Context, id string) (Device, error) {
	return Device{}, ErrUnavailable
}

// Devices lists the devices of a DAT, in the order of their enrolment.
func (s *Store) Devices(ctx context.Context, dat int64) ([]Device, error) { return nil, ErrUnavailable }

// AddDevice enrols a device. A device that is here already for the same member keeps its
// numbering and gets the new name; one of another member, or a revoked one, is ErrTaken.
func (s *Store) AddDevice(ctx context.Context, d Device) (Device, error) {
	return Device{}, ErrUnavailable
}

// Revoke revokes a device, in the name of a member ("" for a command).
func (s *Store) Revoke(ctx context.Context, dat int64, device, actor string) error {
	return ErrUnavailable
}

// Seen notes a contact with a device and what it said it holds. It does not wait
// for the commit.
func (s *Store) Seen(device string, holds string) {}

// Quarantine lists the refused ops of a DAT, oldest first.
func (s *Store) Quarantine(ctx context.Context, dat int64) ([]Held, error) {
	return nil, ErrUnavailable
}

// Mend puts a mended op in the place of a quarantined one: it takes effect as
// its own device's op n, with the time of its first arrival, and the mender in
// the audit. Where the mended op is refused too, it stays in quarantine with the new
// problem, which is the result.
func (s *Store) Mend(ctx context.Context, dat int64, id, mender string, raw []byte) (Result, error) {
	return Result{}, ErrUnavailable
}

// Discard takes an op out of the quarantine for good.
func (s *Store) Discard(ctx context.Context, dat int64, id, actor, reason string) error {
	return ErrUnavailable
}

// Open opens a seal of a device's op n, under the intake key with this id.
type Opener func(key, sealed, device string, n int64) ([]byte, error)

// TryAgain tries quarantined ops again that an earlier start could not open, or
// that an earlier release did not know. The server calls it at each start.
func (s *Store) TryAgain(ctx context.Context, open Opener) (taken int, err error) {
	return 0, ErrUnavailable
}

// Receipts gives the records that a receipt code belongs to, of every DAT, and
// whether a withdrawal by this code waits.
func (s *Store) Receipts(ctx context.Context, code string) (found []Receipt, waiting bool, err error) {
	return nil, false, ErrUnavailable
}

// WithdrawReceipt takes back what a receipt code belongs to, as its owner may; a
// code that is not known yet waits. from is where the asker comes from, as a hash: at
// most 20 codes wait for one. A code with two owners goes to the desk: ErrTaken.
func (s *Store) WithdrawReceipt(ctx context.Context, code, from string) error { return ErrUnavailable }

// Audit gives up to limit rows of the audit of a DAT before row num (0: the
// newest), newest first.
func (s *Store) Audit(ctx context.Context, dat, before int64, limit int) ([]AuditRow, error) {
	return nil, ErrUnavailable
}

// Check reads everything and recomputes from the records what follows from them:
// feed, grants, sums, counts, references, and the audit chain. It works beside a
// running server, on one consistent state.
func (s *Store) Check(ctx context.Context) (Report, error) { return Report{}, ErrUnavailable }

var _ = time.Now
