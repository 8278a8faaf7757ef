package crowd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"time"

	"earshot/server/desk"
	"earshot/server/programme"
	"earshot/sync/device"
	"earshot/sync/record"
)

// A view is what a phone was told, on its way into the outbox.
type view struct {
	id  string
	set map[string]any
	add map[string][]any
}

// said is what made-up people say. It was written for this.
var said = []string{
	"They were kind at the desk and nobody made me wait.",
	"The van comes on Tuesday and Thursday, and by Friday there is nothing left.",
	"You ring and ring. When somebody answers, it is another number.",
	"I asked for a time after work and they found one.",
	"Everybody in the waiting room hears what you came for.",
	"Six weeks is long when you have made your mind up today.",
	"Nobody asked me what I wanted. They had it written down already.",
	"If a box stood at the hostel, people would use it at night.",
}

// Invent gives each phone so many views of made-up people.
func (c *Crowd) Invent(each int) error {
	directory, err := c.directory()
	if err != nil {
		return err
	}
	services, err := c.ids("service")
	if err != nil {
		return err
	}
	if len(services) == 0 {
		id, problem, err := directory.Service(c.ctx, "")
		if problem != nil || err != nil {
			return fmt.Errorf("crowd: making a service: %w", errors.Join(asError(problem), err))
		}
		services = append(services, id)
	}
	themes, err := c.ids("theme")
	if err != nil {
		return err
	}
	now := time.Now()
	for phone := range c.Phones {
		for n := range each {
			set := map[string]any{
				"at": record.At(now).String(), "method": one(programme.Methods), "kind": one(programme.ViewKinds),
				"service": one(services), "words": fmt.Sprintf("%s (%d.%d)", one(said), phone+1, n+1),
			}
			var about []string
			if len(themes) > 0 {
				about = []string{one(themes)}
			}
			if err := c.give(phone, now, set, about); err != nil {
				return err
			}
		}
	}
	return nil
}

// DealOut gives each row of a CSV to one phone, as what somebody said to its
// volunteer; the file is read as `earshot import` reads it. Services and themes
// that are not there the desk makes. It gives the rows that no view can be made of.
func (c *Crowd) DealOut(file io.Reader) (refused []desk.RefusedRow, err error) {
	views, err := desk.ReadViews(file)
	if err != nil {
		return nil, err
	}
	directory, err := c.directory()
	if err != nil {
		return nil, err
	}
	for i, v := range views {
		problem := v.Problem
		var service string
		var themes []string
		if problem == nil {
			if service, themes, problem, err = directory.Find(c.ctx, v); err != nil {
				return refused, err
			}
		}
		if problem != nil {
			refused = append(refused, desk.RefusedRow{Row: v.Row, Code: problem.Code, Message: problem.Message})
			continue
		}
		v.Set["service"] = service
		if err := c.give(i%len(c.Phones), v.At, v.Set, themes); err != nil {
			return refused, err
		}
	}
	return refused, nil
}

// give lets a phone hear a view. What its speaker answers to what a phone asks is
// up to chance.
func (c *Crowd) give(phone int, at time.Time, set map[string]any, themes []string) error {
	id, err := programme.NewID(programme.Monday(at), rand.Reader)
	if err != nil {
		return fmt.Errorf("crowd: %w", err)
	}
	set["share"] = one([]string{"words", "words", "summary", "team"})
	set["speaker"] = one([]string{"user", "user", "former_user", "carer"})
	set["consent"], set["asked"] = 1, one([]string{"yes", "no"})
	about := make([]any, len(themes))
	for i, theme := range themes {
		about[i] = theme
	}
	c.views[phone] = append(c.views[phone], view{id: id, set: set, add: map[string][]any{"themes": about}})
	return nil
}

func one[T any](of []T) T { return of[mathrand.IntN(len(of))] }

// directory is what the desk knows of services and themes.
func (c *Crowd) directory() (*desk.Directory, error) {
	services, err := c.Desk.Records("service")
	if err != nil {
		return nil, err
	}
	themes, err := c.Desk.Records("theme")
	if err != nil {
		return nil, err
	}
	d := desk.NewDirectory("", c.make)
	for _, r := range services {
		d.KnowService(r.ID, r.Text("name"))
	}
	for _, r := range themes {
		d.KnowTheme(r.ID, r.Text("code"), r.Text("name"))
	}
	return d, nil
}

// ids gives those of all records of a collection that the desk holds.
func (c *Crowd) ids(collection string) ([]string, error) {
	records, err := c.Desk.Records(collection)
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids, err
}

// make lets the desk make a record, and waits until it is there.
func (c *Crowd) make(ctx context.Context, collection string, set map[string]any) (string, *record.Problem, error) {
	id, err := programme.NewID(time.Now(), rand.Reader)
	if err != nil {
		return "", nil, fmt.Errorf("crowd: %w", err)
	}
	var problem *record.Problem
	n, err := c.Desk.Save(device.Change{Collection: collection, ID: id, Set: set})
	if errors.As(err, &problem) {
		return "", problem, nil
	}
	if err != nil {
		return "", nil, err
	}
	item, err := c.Desk.Wait(ctx, n)
	return id, item.Problem, c.cause(err)
}
