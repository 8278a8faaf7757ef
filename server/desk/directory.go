package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"earshot/server/programme"
	"earshot/sync/record"
)

// A directory finds a DAT's services and themes by what people call them.
type directory struct {
	services map[string]string // by name
	codes    map[string]string // themes by code
	names    map[string]string // themes by name
	labels   map[string]string // themes by label of the NHS Patient Experience framework
}

// named is how names are compared: as a person would.
func named(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// directory reads what is there. Of two things with one name the earlier counts.
func (i Import) directory(ctx context.Context) (*directory, error) {
	d := &directory{services: map[string]string{}, codes: map[string]string{}, names: map[string]string{}, labels: map[string]string{}}
	first := func(m map[string]string, key, id string) {
		if _, there := m[key]; key != "" && !there {
			m[key] = id
		}
	}
	err := i.Store.Each(ctx, i.DAT.Num, "service", func(r *record.Record) error {
		first(d.services, named(r.Get("name").Text()), r.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("desk: reading the services: %w", err)
	}
	err = i.Store.Each(ctx, i.DAT.Num, "theme", func(r *record.Record) error {
		first(d.codes, named(r.Get("code").Text()), r.ID)
		first(d.names, named(r.Get("name").Text()), r.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("desk: reading the themes: %w", err)
	}
	for _, theme := range programme.DefaultThemes() {
		if id, ok := d.codes[named(theme.Code)]; ok {
			first(d.labels, named(theme.Label), id)
		}
	}
	return d, nil
}

// service finds a service by its name, or makes it.
func (i *importing) service(ctx context.Context, name string) (string, *record.Problem, error) {
	if name == "" {
		if name = i.Service; name == "" {
			name = unsaid
		}
	}
	if id, ok := i.known.services[named(name)]; ok {
		return id, nil, nil
	}
	id, problem, err := i.make(ctx, "service", map[string]any{"name": name, "kind": "other", "sector": "unsaid"})
	if problem != nil || err != nil {
		return "", problem, err
	}
	i.outcome.ServicesMade++
	i.known.services[named(name)] = id
	return id, nil, nil
}

// theme finds a theme by code, by name, then by framework label, or makes it as
// the DAT's own.
func (i *importing) theme(ctx context.Context, label string) (string, *record.Problem, error) {
	for _, by := range []map[string]string{i.known.codes, i.known.names, i.known.labels} {
		if id, ok := by[named(label)]; ok {
			return id, nil, nil
		}
	}
	code := i.known.freeCode()
	set := map[string]any{"code": code, "name": label}
	// Below "In general": what stands below nothing is a tile on every phone.
	if parent, ok := i.known.codes[named("T12")]; ok {
		set["parent"] = parent
	}
	id, problem, err := i.make(ctx, "theme", set)
	if problem != nil || err != nil {
		return "", problem, err
	}
	i.outcome.ThemesMade++
	i.known.codes[named(code)], i.known.names[named(label)] = id, id
	return id, nil, nil
}

// freeCode gives the next code of the DAT's own themes: D01, D02, …
func (d *directory) freeCode() string {
	for n := 1; ; n++ {
		code := fmt.Sprintf("D%02d", n)
		if _, taken := d.codes[named(code)]; !taken {
			return code
		}
	}
}

// make makes a record that a row needs.
func (i *importing) make(ctx context.Context, collection string, set map[string]any) (string, *record.Problem, error) {
	id, err := uuid.NewV7FromReader(i.Random)
	if err != nil {
		return "", nil, fmt.Errorf("desk: making an id: %w", err)
	}
	op, problem := i.op(collection, id.String(), set, nil)
	if problem != nil {
		return "", problem, nil
	}
	results, err := i.Store.Do(ctx, i.DAT.Num, "", []*record.Op{op})
	if err != nil {
		return "", nil, fmt.Errorf("desk: making a %s: %w", collection, err)
	}
	return id.String(), results[0].Problem, nil
}
