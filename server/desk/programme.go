package desk

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/desk/figures"
	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/record"
)

const (
	// keepFigures is how long a DAT's facts are kept when nobody asks.
	keepFigures = 30 * time.Minute
	// mostMonths is the longest period that is counted.
	mostMonths = 36
)

// countedIn are the audiences whose records figures are made from.
var countedIn = []string{"team", "people", "desk"}

var errPeriod = problem.New(http.StatusUnprocessableEntity, "period_invalid", "Give from and to as months (2026-07), the first one first and 36 of them at most. A lead asks for a calendar quarter.")

// Figures answers whether a DAT's programme is alive. What it counts from stays in
// memory for as long as somebody asks; before each answer it reads what has changed.
type Figures struct {
	store *store.Store
	now   func() time.Time

	mu  sync.Mutex
	dat map[int64]*counted
}

// counted are the facts of one DAT.
type counted struct {
	idle *time.Timer

	mu    sync.Mutex // over everything below
	facts *figures.Facts
	seq   int64
}

// NewFigures makes a Figures that knows nothing yet.
func NewFigures(s *store.Store, now func() time.Time) *Figures {
	return &Figures{store: s, now: now, dat: map[int64]*counted{}}
}

// Close forgets everything.
func (f *Figures) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.dat {
		c.idle.Stop()
	}
	clear(f.dat)
}

func (f *Figures) of(dat int64) *counted {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.dat[dat]
	if c == nil {
		c = &counted{facts: figures.NewFacts()}
		c.idle = time.AfterFunc(keepFigures, func() { f.forget(dat, c) })
		f.dat[dat] = c
	}
	c.idle.Reset(keepFigures)
	return c
}

func (f *Figures) forget(dat int64, c *counted) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dat[dat] == c {
		delete(f.dat, dat)
	}
}

// Get answers GET /v1/reports/programme?from=2026-07&to=2026-09: the figures of
// whole months, of the present quarter unless said. A lead, who sees no single view,
// gets those of a calendar quarter, and none that single people could be known by;
// so does whoever asks for=board, to put them in a committee's paper.
func (f *Figures) Get(c echo.Context) error {
	by, now := identity.CallerOf(c), f.now()
	p, err := periodOf(c, now)
	if err != nil {
		return errPeriod.Because(err)
	}
	board := by.Role == "lead" || c.QueryParam("for") == "board"
	if board && (p.From%3 != 0 || p.To != p.From+2) {
		return errPeriod
	}
	of := f.of(by.DAT)
	of.mu.Lock()
	defer of.mu.Unlock()
	if err := of.catchUp(c.Request().Context(), f.store, by.DAT); err != nil {
		return problem.Unavailable.Because(err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if board {
		return jsonbody.Send(c, http.StatusOK, of.facts.Board(p, now))
	}
	return jsonbody.Send(c, http.StatusOK, of.facts.Report(p, now))
}

// catchUp takes in what has changed. What was read in a try that failed is read again.
func (c *counted) catchUp(ctx context.Context, s *store.Store, dat int64) error {
	seq, err := s.EachChanged(ctx, dat, countedIn, c.seq, func(r *record.Record) error {
		c.facts.Take(r)
		return nil
	})
	if err == nil {
		c.seq = seq
	}
	return err
}

// periodOf reads the months that are asked for.
func periodOf(c echo.Context, now time.Time) (p figures.Period, err error) {
	from, to := c.QueryParam("from"), c.QueryParam("to")
	if from == "" && to == "" {
		quarter := figures.MonthOf(now) / 3 * 3
		return figures.Period{From: quarter, To: quarter + 2}, nil
	}
	if p.From, err = figures.ParseMonth(from); err != nil {
		return p, err
	}
	if p.To, err = figures.ParseMonth(to); err != nil {
		return p, err
	}
	if p.To < p.From || p.To-p.From >= mostMonths {
		return p, errPeriod
	}
	return p, nil
}
