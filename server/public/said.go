package public

import (
	"context"
	"errors"
	"slices"
	"strings"

	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/record"
)

// shown is how many answers the page holds, the newest first.
const shown = 100

// few is the smallest count that is told: fewer could be worked out to be somebody.
const few = 5

// told is what the page "You said, we did" says.
type told struct {
	DAT     string
	Since   string // "July 2026"; "" where nothing is told yet
	Answers []toldAnswer
}

type toldAnswer struct {
	Said, Did string
	Outcome   string // css class: "did", "later", "no"
	Heading   string // "We did", "Not yet", "We said no"
	People    int64  // 0: not told
	Places    string
	Published record.Time
}

func notThere(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return problem.NotFound
	}
	return problem.Unavailable.Because(err)
}

func (p *Pages) told(ctx context.Context, dat store.DAT) (told, error) {
	var answers []*record.Record
	err := p.store.Each(ctx, dat.Num, "answer", func(r *record.Record) error {
		if public(r) {
			answers = append(answers, r)
		}
		return nil
	})
	if err != nil {
		return told{}, err
	}
	slices.SortStableFunc(answers, func(a, b *record.Record) int { return strings.Compare(published(b).String(), published(a).String()) })
	if len(answers) > shown {
		answers = answers[:shown]
	}
	t := told{DAT: dat.Name}
	for _, r := range answers {
		a, err := p.toldAnswer(ctx, dat.Num, r)
		if err != nil {
			return told{}, err
		}
		t.Answers = append(t.Answers, a)
	}
	if n := len(answers); n > 0 {
		t.Since = published(answers[n-1]).Std().Format("January 2006")
	}
	return t, nil
}

// public says whether an answer is for everybody: published, and nothing about
// its handling, shown or still in dispute, keeps it in.
func public(r *record.Record) bool {
	return !r.Gone && only(r, "status", "published") && only(r, "handling", "open")
}

// only says whether a field that decides who sees has this value and no loser
// with another.
func only(r *record.Record, field, value string) bool {
	if r.Get(field).Text() != value {
		return false
	}
	for _, l := range r.Losers(r.Collection.Field(field)) {
		if l.Value.Text() != value {
			return false
		}
	}
	return true
}

func published(r *record.Record) record.Time {
	at, err := record.ParseTime(r.Get("published").Text())
	if err != nil {
		return r.Made.Time
	}
	return at
}

func (p *Pages) toldAnswer(ctx context.Context, dat int64, r *record.Record) (toldAnswer, error) {
	a := toldAnswer{
		Said: r.Get("said").Text(), Did: r.Get("did").Text(), Published: published(r),
		Outcome: "did", Heading: "We did",
	}
	matter := r.Get("matter").Text()
	m, err := p.store.Record(ctx, dat, "matter", matter)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	switch m.Get("decision").Text() {
	case "later":
		a.Outcome, a.Heading = "later", "Not yet"
	case "no":
		a.Outcome, a.Heading = "no", "We said no"
	}
	if a.People, err = p.people(ctx, dat, matter); err != nil {
		return a, err
	}
	a.Places, err = p.places(ctx, dat, r)
	return a, err
}

// people counts how many people said what a matter is about, 0 where they were
// fewer than may be told. Only views that were released count: these change on
// Mondays alone, so that the count of a day tells nobody who came on it.
func (p *Pages) people(ctx context.Context, dat int64, matter string) (int64, error) {
	views, err := p.store.Pointing(ctx, dat, "view", "matters", matter)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, v := range views {
		if v.Get("released").Absent() || v.Get("review").Text() != "accepted" || !v.Get("same_as").Absent() {
			continue
		}
		times, err := v.Get("times").Integer()
		if err != nil {
			times = 1
		}
		n += times
	}
	if n < few {
		return 0, nil
	}
	return n, nil
}

// places names the services of an answer.
func (p *Pages) places(ctx context.Context, dat int64, r *record.Record) (string, error) {
	var names []string
	for _, one := range r.Get("services").Elements() {
		s, err := p.store.Record(ctx, dat, "service", one.Text())
		if errors.Is(err, store.ErrNotFound) || err == nil && s.Gone {
			continue
		}
		if err != nil {
			return "", err
		}
		names = append(names, s.Get("name").Text())
	}
	slices.Sort(names)
	if len(names) > 3 {
		return "several services", nil
	}
	return strings.Join(names, ", "), nil
}
