// Package demo makes a DAT to look at: services, members, seven weeks of visits
// and views, and the matters they were brought together in, one at every step of
// its way. All of it was written for this; nobody ever said it, and the telephone
// numbers are those kept for films. It goes in by the store's own door, as what
// the server does by itself, and is made once: a data directory that has it is
// left alone. The same time and the same dice make the same demonstration.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// Slug names the demonstration in addresses.
const Slug = "demo"

// A Demo is the demonstration, and the members who are there to be enrolled.
type Demo struct {
	DAT                          store.DAT
	Volunteer, Coordinator, Lead string // ids of their records
}

// The names of the three whom a visitor can be.
const (
	volunteer   = "Robin"
	coordinator = "Alex"
	lead        = "Morgan"
)

// Make makes the demonstration, or finds the one that is here. random makes ids.
func Make(ctx context.Context, s *store.Store, now time.Time, random io.Reader) (Demo, error) {
	dat, err := s.DAT(ctx, Slug)
	if err == nil {
		return find(ctx, s, dat)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Demo{}, fmt.Errorf("demo: looking for an earlier one: %w", err)
	}
	if dat, err = s.CreateDAT(ctx, "Wharfside DAT (a demonstration)", Slug); err != nil {
		return Demo{}, fmt.Errorf("demo: making the DAT: %w", err)
	}
	m := maker{
		ctx: ctx, store: s, dat: dat, now: now.UTC(), random: random,
		ids: map[string]string{}, began: map[string]time.Time{}, quotes: map[string][]quote{},
	}
	for _, step := range []func() error{
		m.findThemes, m.services, m.members, m.settings, m.visits, m.matters, m.views, m.said, m.asks, m.answers, m.escalations,
	} {
		if err := step(); err != nil {
			return Demo{}, fmt.Errorf("demo: %w", err)
		}
		if err := m.commit(); err != nil {
			return Demo{}, fmt.Errorf("demo: %w", err)
		}
	}
	return Demo{DAT: dat, Volunteer: m.ids[volunteer], Coordinator: m.ids[coordinator], Lead: m.ids[lead]}, nil
}

// find looks the three up in a demonstration that is here.
func find(ctx context.Context, s *store.Store, dat store.DAT) (Demo, error) {
	d := Demo{DAT: dat}
	err := s.Each(ctx, dat.Num, "member", func(r *record.Record) error {
		switch r.Get("name").Text() {
		case volunteer:
			d.Volunteer = r.ID
		case coordinator:
			d.Coordinator = r.ID
		case lead:
			d.Lead = r.ID
		}
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("demo: looking for its members: %w", err)
	}
	if d.Volunteer == "" || d.Coordinator == "" || d.Lead == "" {
		return d, errors.New("demo: the demonstration here was changed by hand and lacks its members; start with an empty --data directory")
	}
	return d, nil
}

// A maker writes the demonstration, and remembers what it called things.
type maker struct {
	ctx    context.Context
	store  *store.Store
	dat    store.DAT
	now    time.Time
	random io.Reader
	ids    map[string]string
	began  map[string]time.Time // of visits that took place
	quotes map[string][]quote   // by matter: what may be said in its speaker's words
	ops    []*record.Op
}

// A quote is a view whose words may be used as they were said.
type quote struct{ view, words string }

// fields are what an op sets, by name; a []string adds to a set. An empty text,
// or a list of nothing, is left out.
type fields map[string]any

// add prepares the op that makes a record, and remembers its id under a name.
func (m *maker) add(c *record.Collection, name string, f fields) error {
	at := m.now
	for _, field := range []string{"at", "planned"} {
		if said, ok := f[field].(time.Time); ok {
			at = said
		}
	}
	if c == programme.Views || c == programme.Visits || c == programme.Escalations {
		// An id tells no more than the masks do: the week.
		at = programme.Monday(at)
	}
	id, err := programme.NewID(at, m.random)
	if err != nil {
		return err
	}
	if m.ids[name] != "" {
		return fmt.Errorf("two records have the name %s", name)
	}
	m.ids[name] = id
	return m.op(c, id, f)
}

func (m *maker) op(c *record.Collection, id string, f fields) error {
	op := &record.Op{Collection: c, ID: id, Schema: programme.Version, At: record.At(m.now)}
	for name := range f {
		if c.Field(name) < 0 {
			return fmt.Errorf("a %s has no field %s", c.Name, name)
		}
	}
	for i, field := range c.Fields {
		change := record.Change{Field: i}
		switch v := f[field.Name].(type) {
		case nil:
			continue
		case record.Value:
			change.Value = v
		case string:
			if v == "" {
				continue
			}
			change.Value = record.Text(v)
		case int:
			change.Value = record.Int(int64(v))
		case time.Time:
			change.Value = record.At(v).Value()
		case []string:
			change.Verb = record.Add
			for _, s := range v {
				change.Values = append(change.Values, record.Text(s))
			}
		case []record.Value:
			change.Verb, change.Values = record.Add, v
		default:
			return fmt.Errorf("%s.%s: no way to write a %T", c.Name, field.Name, v)
		}
		if change.Verb == record.Add && len(change.Values) == 0 {
			continue
		}
		op.Changes = append(op.Changes, change)
	}
	m.ops = append(m.ops, op)
	return nil
}

// commit applies what was prepared. A demonstration is written to be accepted:
// a refusal is a mistake in here.
func (m *maker) commit() error {
	if len(m.ops) == 0 {
		return nil
	}
	results, err := m.store.Do(m.ctx, m.dat.Num, "", m.ops)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Problem != nil {
			return fmt.Errorf("%s was refused: %s: %s", m.ops[i].Collection.Name, r.Problem.Field, r.Problem.Message)
		}
	}
	m.ops = nil
	return nil
}

// days gives a day so many days from now, as a date.
func (m *maker) days(n int) record.Value { return programme.Date(m.now.AddDate(0, 0, n)) }

// hour gives a time of day so many days ago, and never later than now.
func (m *maker) hour(daysAgo, minutes int) time.Time {
	at := m.now.AddDate(0, 0, -daysAgo).Truncate(24 * time.Hour).Add(time.Duration(minutes) * time.Minute)
	if at.After(m.now) {
		return m.now.Add(-time.Duration(1+minutes%50) * time.Minute).Truncate(time.Second)
	}
	return at
}
