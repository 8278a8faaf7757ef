package routine_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"earshot/server/demo"
	"earshot/server/programme"
	"earshot/server/routine"
	"earshot/server/store"
	"earshot/sync/record"
)

// A clock that the test owns: Run sleeps on it until the test lets time pass.
type clock struct {
	now    time.Time
	waits  chan time.Duration
	passes chan time.Time
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.waits <- d
	return c.passes
}

func TestWeeksAreReleasedOnMondayAndPlannedVisitsMissed(t *testing.T) {
	c := &clock{
		now:   time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), // a Friday
		waits: make(chan time.Duration), passes: make(chan time.Time),
	}
	now := func() time.Time { return c.now }
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := demo.Make(t.Context(), s, c.now, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	r := routine.Routine{Store: s, Now: now, After: c.After, Log: slog.New(slog.DiscardHandler)}
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()

	held := func(collection string, is func(*record.Record) bool) (n int) {
		t.Helper()
		if err := s.Each(t.Context(), d.DAT.Num, collection, func(r *record.Record) error {
			if is(r) {
				n++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	waiting := func(r *record.Record) bool {
		return r.Get("review").Text() == "accepted" && r.Get("released") == ""
	}
	planned := func(r *record.Record) bool { return r.Get("status").Text() == "planned" }
	// look lets time come to a moment, waits until the routine has looked, and
	// gives how long it wants to sleep.
	look := func(at time.Time) time.Duration {
		c.now = at
		c.passes <- at
		return <-c.waits
	}

	<-c.waits
	if wait := look(c.now); wait != time.Hour {
		t.Errorf("on a Friday it sleeps %s, want an hour", wait)
	}
	before := held("view", waiting)
	if before == 0 || held("visit", planned) != 2 {
		t.Fatalf("%d views wait, %d visits are planned", before, held("visit", planned))
	}
	if wait := look(time.Date(2026, 11, 29, 23, 30, 0, 0, time.UTC)); wait != 30*time.Minute {
		t.Errorf("half an hour before Monday it sleeps %s", wait)
	}
	if held("view", waiting) != before {
		t.Error("a view was released before Monday")
	}
	look(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	if n := held("view", waiting); n != 0 {
		t.Errorf("%d views still wait on Monday", n)
	}
	if held("view", func(r *record.Record) bool { return r.Get("released") == programme.Date(c.now) }) != before {
		t.Error("the views of last week do not say Monday")
	}
	look(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	if n := held("visit", planned); n != 0 {
		t.Errorf("%d visits are still planned after their days", n)
	}
	report, err := s.Check(t.Context())
	if err != nil || len(report.Problems) != 0 {
		t.Errorf("check: %v %v", err, report.Problems)
	}
	cancel()
	<-ended
}
