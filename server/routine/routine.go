// Package routine is what the server does by itself as time goes by, in one
// loop: on Mondays it lets services see the views of the weeks before, and it
// says of a planned visit that nobody went. What is due is worked out by
// server/programme; here is only when to look.
//
// Everything is done as ops of the server's own device, by the store's one door,
// so that it stands in the audit and yields to what people say. Doing it twice
// changes nothing: a server that was off on Monday does it when it comes back,
// and two processes on one directory do no harm.
package routine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// batch is how many ops go into one commit at most: a whole Monday of a busy DAT
// goes at once, and phones are still not kept waiting.
const batch = 2000

const (
	// first is how long after a start the first look is: readers that wait come first.
	first = 30 * time.Second
	// between is how long from one look to the next, at most.
	between = time.Hour
)

// A Routine does what is due. Its methods are for one goroutine.
type Routine struct {
	Store *store.Store
	Now   func() time.Time
	// After is [time.After], or a clock that a test owns.
	After func(time.Duration) <-chan time.Time
	// Log gets how many records were touched, and never which.
	Log *slog.Logger

	monday time.Time // of the last release
}

// Run does what is due, each time that something can be, until the context ends.
// What fails is logged and tried again at the next look.
func (r *Routine) Run(ctx context.Context) {
	wait := first
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.After(wait):
		}
		if err := r.Do(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("a routine failed and is tried again", "error", err)
		}
		wait = next(r.Now())
	}
}

// next is how long until something can be due: the turn of the week, or of an hour.
func next(now time.Time) time.Duration {
	return min(between, programme.Monday(now).AddDate(0, 0, 7).Sub(now))
}

// Do does everything that is due now.
func (r *Routine) Do(ctx context.Context) error {
	dats, err := r.Store.DATs(ctx)
	if err != nil {
		return fmt.Errorf("routine: %w", err)
	}
	now := r.Now()
	// Views go once a week: a later look would let a live change tell a day.
	monday := programme.Monday(now)
	release := !monday.Equal(r.monday)
	var errs []error
	for _, dat := range dats {
		if release {
			errs = append(errs, r.each(ctx, dat, "view", now, programme.Release))
		}
		errs = append(errs, r.each(ctx, dat, "visit", now, programme.Missed))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("routine: %w", err)
	}
	r.monday = monday
	return nil
}

// each looks through a collection one record at a time, keeping only what is to
// be done, and does it in the order of ids.
func (r *Routine) each(
	ctx context.Context, dat store.DAT, collection string, now time.Time,
	due func(time.Time, []*record.Record) []record.Op,
) error {
	var ops []*record.Op
	err := r.Store.Each(ctx, dat.Num, collection, func(rec *record.Record) error {
		for _, op := range due(now, []*record.Record{rec}) {
			ops = append(ops, &op)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(ops, func(a, b *record.Op) int { return strings.Compare(a.ID, b.ID) })
	for part := range slices.Chunk(ops, batch) {
		results, err := r.Store.Do(ctx, dat.Num, "", part)
		if err != nil {
			return err
		}
		for _, result := range results {
			if result.Problem != nil {
				r.Log.Error("a routine's change was refused", "collection", collection, "code", result.Problem.Code)
			}
		}
	}
	if len(ops) > 0 {
		r.Log.Info("a routine was done", "collection", collection, "records", len(ops))
	}
	return nil
}
