package desk

import (
	"context"
	"fmt"
	"strings"

	"earshot/server/programme"
	"earshot/sync/record"
)

// unsaid is the service of a row that names none.
const unsaid = "Not stated"

// A Maker makes a record that a row needs, by whichever road its caller has to
// the server. A problem is the row's; an error ends the whole.
type Maker func(ctx context.Context, collection string, set map[string]any) (id string, problem *record.Problem, err error)

// A Directory finds a DAT's services and themes by what people call them, and
// makes what it does not find. It knows what it is told with KnowService and
// KnowTheme; of two things with one name the one that was told first counts.
type Directory struct {
	// ServicesMade and ThemesMade count what was not there.
	ServicesMade, ThemesMade int

	unsaid   string
	make     Maker
	services map[string]string   // by name
	codes    map[string]string   // themes by code
	names    map[string]string   // themes by name
	labels   map[string][]string // codes of default themes by label of the NHS Patient Experience framework
}

// NewDirectory gives a directory that knows nothing yet. service is the name of
// the service of rows that name none; "" for "Not stated".
func NewDirectory(service string, make Maker) *Directory {
	if service == "" {
		service = unsaid
	}
	d := &Directory{
		unsaid: service, make: make,
		services: map[string]string{}, codes: map[string]string{}, names: map[string]string{}, labels: map[string][]string{},
	}
	for _, theme := range programme.DefaultThemes() {
		if label := named(theme.Label); label != "" {
			d.labels[label] = append(d.labels[label], named(theme.Code))
		}
	}
	return d
}

// KnowService tells of a service that is there.
func (d *Directory) KnowService(id, name string) { first(d.services, name, id) }

// KnowTheme tells of a theme that is there.
func (d *Directory) KnowTheme(id, code, name string) {
	first(d.codes, code, id)
	first(d.names, name, id)
}

func first(m map[string]string, name, id string) {
	key := named(name)
	if _, there := m[key]; key != "" && !there {
		m[key] = id
	}
}

// named is how names are compared: as a person would.
func named(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Service finds a service by its name, or makes it.
func (d *Directory) Service(ctx context.Context, name string) (string, *record.Problem, error) {
	if name == "" {
		name = d.unsaid
	}
	if id, ok := d.services[named(name)]; ok {
		return id, nil, nil
	}
	id, problem, err := d.make(ctx, "service", map[string]any{"name": name, "kind": "other", "sector": "unsaid"})
	if problem != nil || err != nil {
		return "", problem, err
	}
	d.ServicesMade++
	d.KnowService(id, name)
	return id, nil, nil
}

// theme finds a theme by code, by name, then by framework label, or makes it as
// the DAT's own.
func (d *Directory) theme(ctx context.Context, label string) (string, *record.Problem, error) {
	if id, ok := d.known(named(label)); ok {
		return id, nil, nil
	}
	code := d.freeCode()
	set := map[string]any{"code": code, "name": label}
	// Below "In general": what stands below nothing is a tile on every phone.
	if parent, ok := d.codes[named("T12")]; ok {
		set["parent"] = parent
	}
	id, problem, err := d.make(ctx, "theme", set)
	if problem != nil || err != nil {
		return "", problem, err
	}
	d.ThemesMade++
	d.KnowTheme(id, code, label)
	return id, nil, nil
}

func (d *Directory) known(label string) (string, bool) {
	for _, by := range []map[string]string{d.codes, d.names} {
		if id, ok := by[label]; ok {
			return id, true
		}
	}
	for _, code := range d.labels[label] {
		if id, ok := d.codes[code]; ok {
			return id, true
		}
	}
	return "", false
}

// Find finds or makes the service and the themes that a view names.
func (d *Directory) Find(ctx context.Context, v View) (service string, themes []string, problem *record.Problem, err error) {
	service, problem, err = d.Service(ctx, v.Service)
	if problem != nil || err != nil {
		return "", nil, problem, err
	}
	for _, label := range v.Themes {
		id, problem, err := d.theme(ctx, label)
		if problem != nil || err != nil {
			return "", nil, problem, err
		}
		themes = append(themes, id)
	}
	return service, themes, nil, nil
}

// freeCode gives the next code of the DAT's own themes: D01, D02, …
func (d *Directory) freeCode() string {
	for n := 1; ; n++ {
		code := fmt.Sprintf("D%02d", n)
		if _, taken := d.codes[named(code)]; !taken {
			return code
		}
	}
}
