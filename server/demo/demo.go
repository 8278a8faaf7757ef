// Package demo makes a DAT to look at: services, members, some weeks of views
// and the matters they were brought together in, all written for this and
// nobody's real words. It goes in by the store's own door, as what the server
// does by itself, and is made once: a data directory that has it is left alone.
package demo

import (
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// Slug names the demonstration in addresses.
const Slug = "demo"

//go:embed views.csv
var viewsCSV string

// A Demo is the demonstration, and the members who are there to be enrolled.
type Demo struct {
	DAT                          store.DAT
	Volunteer, Coordinator, Lead string // ids of their records
}

// The names of the three whom a visitor can be.
const (
	volunteer   = "Robin, a volunteer"
	coordinator = "Alex, the coordinator"
	lead        = "Morgan, the DAT lead"
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
	m := maker{ctx: ctx, store: s, dat: dat, now: now, random: random, ids: map[string]string{}}
	for _, step := range []func() error{m.findThemes, m.services, m.members, m.matters, m.views, m.answers} {
		if err := step(); err != nil {
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
	ops    []*record.Op
}

// fields are what an op sets, by name; a []string adds to a set.
type fields map[string]any

// add prepares the op that makes a record, and remembers its id under a name.
func (m *maker) add(c *record.Collection, name string, f fields) error {
	id, err := uuid.NewV7FromReader(m.random)
	if err != nil {
		return fmt.Errorf("making an id: %w", err)
	}
	m.ids[name] = id.String()
	return m.op(c, id.String(), f)
}

func (m *maker) op(c *record.Collection, id string, f fields) error {
	op := &record.Op{Collection: c, ID: id, Schema: programme.Version, At: record.At(m.now)}
	for i, field := range c.Fields {
		value, ok := f[field.Name]
		if !ok {
			continue
		}
		change := record.Change{Field: i, Verb: record.SetTo}
		switch v := value.(type) {
		case record.Value:
			change.Value = v
		case string:
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
			return fmt.Errorf("%s.%s: no way to write a %T", c.Name, field.Name, value)
		}
		op.Changes = append(op.Changes, change)
	}
	m.ops = append(m.ops, op)
	return nil
}

// commit applies what was prepared. A demonstration is written to be accepted:
// a refusal is a mistake in here.
func (m *maker) commit() error {
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

func (m *maker) findThemes() error {
	return m.store.Each(m.ctx, m.dat.Num, "theme", func(r *record.Record) error {
		m.ids[r.Get("code").Text()] = r.ID
		return nil
	})
}

func (m *maker) services() error {
	for _, s := range []struct{ key, name, kind, sector, opening string }{
		{"bridge", "Bridge Street exchange", "needle_exchange", "voluntary", "Monday to Friday, 9 to 5"},
		{"harbour", "Harbour House", "prescribing", "nhs", "Monday to Friday, 9 to 4.30"},
		{"mill", "Mill Lane pharmacy", "pharmacy", "pharmacy", "Every day, 8 to 8"},
		{"anchor", "The Anchor hostel", "hostel", "council", "Day and night"},
		{"van", "The Wharfside van", "outreach", "voluntary", "Tuesday and Thursday, 6 to 10"},
		{"kiln", "Kiln Road group", "peer_led", "peer_led", "Wednesday, 2 to 4"},
	} {
		if err := m.add(programme.Services, s.key, fields{"name": s.name, "kind": s.kind, "sector": s.sector, "opening": s.opening}); err != nil {
			return err
		}
	}
	return m.commit()
}

func (m *maker) members() error {
	for _, p := range []struct{ name, role string }{
		{volunteer, "volunteer"}, {"Jess, a volunteer", "volunteer"}, {"Dee, on the van", "outreach"},
		{coordinator, "coordinator"}, {lead, "lead"},
	} {
		if err := m.add(programme.Members, p.name, fields{
			"name": p.name, "role": p.role, "status": "active", "joined": programme.Date(m.now.AddDate(0, -7, 0)),
		}); err != nil {
			return err
		}
	}
	if err := m.add(programme.Members, "manager", fields{
		"name": "Chris, who manages Bridge Street", "role": "manager", "status": "active", "services": []string{m.ids["bridge"]},
	}); err != nil {
		return err
	}
	return m.commit()
}

// views writes down what people said. What is older than this week was read and
// accepted at its time, and is released to its service.
func (m *maker) views() error {
	rows, err := csv.NewReader(strings.NewReader(viewsCSV)).ReadAll()
	if err != nil {
		return fmt.Errorf("reading the views: %w", err)
	}
	heard := []string{m.ids[volunteer], m.ids["Jess, a volunteer"], m.ids["Dee, on the van"]}
	monday := programme.Monday(m.now)
	for i, row := range rows[1:] {
		days, err := strconv.Atoi(row[0])
		if err != nil {
			return fmt.Errorf("view %d: %w", i+1, err)
		}
		// Between eleven and five, and never later than now.
		at := m.now.AddDate(0, 0, -days).Truncate(24 * time.Hour).Add(time.Duration(11*60+i*53%360) * time.Minute)
		if at.After(m.now) {
			at = m.now.Add(-time.Duration(i+1) * time.Minute)
		}
		f := fields{
			"service": m.ids[row[1]], "kind": row[2], "themes": []string{m.ids[row[3]]}, "share": row[4],
			"method": row[5], "speaker": row[6], "words": row[8],
			"by": heard[i%len(heard)], "at": at, "consent": 1, "asked": "yes",
		}
		if row[7] != "" {
			f["matters"] = []string{m.ids[row[7]]}
		}
		if at.Before(monday) {
			f["review"] = "accepted"
			f["released"] = programme.Date(programme.Monday(at).AddDate(0, 0, 7))
		}
		if err := m.add(programme.Views, "view "+strconv.Itoa(i), f); err != nil {
			return err
		}
	}
	return m.commit()
}
