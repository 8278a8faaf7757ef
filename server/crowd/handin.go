package crowd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/sync/device"
	"earshot/sync/record"
)

// HandedIn is what the phones have handed in.
type HandedIn struct {
	// Views gives for each, by its id, the seq that its phone was told.
	Views map[string]int64
	// Refused are the views that the server did not take.
	Refused []Refused
	// Took is how long it took, from the first connection to the last ack.
	Took time.Duration

	members map[string]bool
}

// A Refused view lies in the server's quarantine.
type Refused struct {
	ID      string
	Problem *record.Problem
}

// HandIn lets every phone write down what it was told, without signal, and then
// go where there is some. When the last view is on the server's disk, everybody
// goes home and opens the app again. It happens once.
func (c *Crowd) HandIn() (HandedIn, error) {
	h := HandedIn{Views: map[string]int64{}, members: map[string]bool{}}
	first := make([]int64, len(c.Phones))
	for i, phone := range c.Phones {
		h.members[phone.Me().Member] = true
		if len(c.views[i]) == 0 {
			continue
		}
		changes := make([]device.Change, len(c.views[i]))
		for j, v := range c.views[i] {
			changes[j] = device.Change{Collection: "view", ID: v.id, Set: v.set, Add: v.add}
		}
		var err error
		if first[i], err = phone.Save(changes...); err != nil {
			return h, fmt.Errorf("crowd: a view can't be written down: %w", err)
		}
	}
	fates, err := c.outOnTheRoad(first, &h.Took)
	if err != nil {
		return h, err
	}
	for i, items := range fates {
		for j, item := range items {
			if id := c.views[i][j].id; item.Problem != nil {
				h.Refused = append(h.Refused, Refused{id, item.Problem})
			} else {
				h.Views[id] = item.Seq
			}
		}
	}
	return h, c.comeHome()
}

// outOnTheRoad keeps every phone in touch, over lines that break where there are
// faults, until the server has said what became of each of its views.
func (c *Crowd) outOnTheRoad(first []int64, took *time.Duration) ([][]device.Item, error) {
	if c.o.Faults {
		c.Faults.Begin()
		defer c.Faults.End()
	}
	ctx, cancel := context.WithCancel(c.ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	began := time.Now()
	for _, phone := range c.Phones {
		c.run(ctx, &running, phone)
	}
	fates := make([][]device.Item, len(c.Phones))
	var waiting errgroup.Group
	for i, phone := range c.Phones {
		waiting.Go(func() (err error) {
			fates[i], err = settled(ctx, phone, first[i], len(c.views[i]))
			return err
		})
	}
	err := waiting.Wait()
	*took = time.Since(began)
	return fates, c.cause(err)
}

// settled waits until so many ops of a phone are on the server's disk.
func settled(ctx context.Context, phone *device.Device, first int64, count int) ([]device.Item, error) {
	items := make([]device.Item, count)
	for i := range items {
		item, err := phone.Wait(ctx, first+int64(i))
		if err != nil {
			return nil, err
		}
		if item.Fate == device.Aside {
			return nil, fmt.Errorf("crowd: a phone could not hand in its op %d and set it aside", item.N)
		}
		items[i] = item
	}
	return items, nil
}

// Taken is what a fresh reader took.
type Taken struct {
	Views []View
	// Took is how long it took, from the connection to the end of the first read.
	Took time.Duration
}

// A View is one as a reader holds it.
type View struct {
	ID, By string
	V      int64
	// Touched: a coordinator has been at it.
	Touched bool
}

// TakeAll enrols one more coordinator, who takes everything that is there.
func (c *Crowd) TakeAll() (Taken, error) {
	reader, err := c.enrol(c.ctx, "Simulated reader", "coordinator", device.Options{})
	if err != nil {
		return Taken{}, c.cause(err)
	}
	ctx, done := context.WithCancel(c.ctx)
	defer done()
	began := time.Now()
	c.run(ctx, &c.running, reader)
	if err := reader.WaitRead(ctx); err != nil {
		return Taken{}, c.cause(err)
	}
	t := Taken{Took: time.Since(began)}
	records, err := reader.Records("view")
	for _, r := range records {
		t.Views = append(t.Views, View{ID: r.ID, By: r.Text("by"), V: r.V, Touched: r.Text("review") != "new"})
	}
	return t, err
}

// Compare says how many views that were handed in the reader does not hold, and
// how many took effect more than once. That is a view that came twice, one of our
// members' that none of their phones made, or one whose v moved on from the seq
// that its phone was told, with nobody having been at it.
func (h HandedIn) Compare(t Taken) (lost, twice int) {
	held := map[string]bool{}
	for _, v := range t.Views {
		seq, ours := h.Views[v.ID]
		switch {
		case held[v.ID],
			!ours && h.members[v.By],
			ours && v.V != seq && !v.Touched:
			twice++
		}
		held[v.ID] = true
	}
	for id := range h.Views {
		if !held[id] {
			lost++
		}
	}
	return lost, twice
}

// asError gives a problem as an error, nil where there is none.
func asError(p *record.Problem) error {
	if p == nil {
		return nil
	}
	return errors.New(p.Message)
}
