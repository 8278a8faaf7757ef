package crowd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/server/programme"
	"earshot/sync/device"
)

// An Inviter makes a member of the DAT and gives the code for a device of theirs.
// It is called by many goroutines at once.
type Inviter func(ctx context.Context, name, role string) (code string, err error)

// Options say who comes together.
type Options struct {
	// URL is the server's origin.
	URL string
	// Phones is how many volunteers there are, each with one phone.
	Phones int
	// Invite lets them in.
	Invite Inviter
	// Batch is the most ops that a phone pushes at once; 0 is as many as the server takes.
	Batch int
	// Faults lets connections of phones break while they hand in.
	Faults bool
}

// enrolling is how many are let in at once: a server bounds guesses at codes by
// address, and everybody here comes from the same one.
const enrolling = 8

// A Crowd is the devices of one DAT, enrolled. The desk is in touch from the
// beginning, the phones from HandIn on.
type Crowd struct {
	// Desk is the coordinator's device.
	Desk   *device.Device
	Phones []*device.Device
	// Faults count what went wrong with the phones' connections.
	Faults *Faults

	o       Options
	stores  []device.Store  // of each phone
	views   [][]view        // that each phone is told
	ctx     context.Context // ends when the crowd goes home, or one of it can't go on
	end     context.CancelCauseFunc
	running sync.WaitGroup
}

// errHome ends a crowd whose work is done.
var errHome = errors.New("crowd: gone home")

// Gather invites and enrols everybody, and waits until the desk has read what is
// there. The crowd stays together until the context ends, or Close.
func Gather(ctx context.Context, o Options) (_ *Crowd, err error) {
	c := &Crowd{
		o: o, Faults: &Faults{},
		Phones: make([]*device.Device, o.Phones), stores: make([]device.Store, o.Phones), views: make([][]view, o.Phones),
	}
	c.ctx, c.end = context.WithCancelCause(ctx)
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if c.Desk, err = c.enrol(c.ctx, "Simulated coordinator", "coordinator", device.Options{}); err != nil {
		return nil, err
	}
	c.run(c.ctx, &c.running, c.Desk)
	letIn, ctx := errgroup.WithContext(c.ctx)
	letIn.SetLimit(enrolling)
	for i := range c.Phones {
		letIn.Go(func() (err error) {
			c.stores[i] = device.NewMemory()
			c.Phones[i], err = c.enrol(ctx, fmt.Sprintf("Simulated volunteer %d", i+1), "volunteer", c.outdoors(i))
			return err
		})
	}
	if err := letIn.Wait(); err != nil {
		return nil, err
	}
	if err := c.Desk.WaitRead(c.ctx); err != nil {
		return nil, c.cause(err)
	}
	return c, nil
}

// indoors says how a phone is connected where lines are good.
func (c *Crowd) indoors(phone int) device.Options {
	return device.Options{Store: c.stores[phone], Batch: c.o.Batch, Visible: func() bool { return true }}
}

// outdoors says how a phone is connected while it hands in.
func (c *Crowd) outdoors(phone int) device.Options {
	o := c.indoors(phone)
	if c.o.Faults {
		o.Dialing.Net = c.Faults.dial
		if phone%blocked == blocked-1 {
			o.Dialing.Net = c.Faults.dialBlocked
		}
		o.Client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: c.Faults.dial}}
	}
	return o
}

// comeHome opens every phone's app again, where lines are good.
func (c *Crowd) comeHome() error {
	for i := range c.Phones {
		phone, err := c.open(c.indoors(i))
		if err != nil {
			return err
		}
		c.Phones[i] = phone
		c.run(c.ctx, &c.running, phone)
	}
	return nil
}

// open opens a device of the crowd's.
func (c *Crowd) open(o device.Options) (*device.Device, error) {
	o.URL, o.Schema, o.App = c.o.URL, programme.Schema(), "crowd"
	d, err := device.Open(o)
	if err != nil {
		return nil, fmt.Errorf("crowd: opening a device: %w", err)
	}
	return d, nil
}

// enrol invites somebody and enrols their device.
func (c *Crowd) enrol(ctx context.Context, name, role string, o device.Options) (*device.Device, error) {
	code, err := c.o.Invite(ctx, name, role)
	if err != nil {
		return nil, fmt.Errorf("crowd: inviting a %s: %w", role, err)
	}
	d, err := c.open(o)
	if err != nil {
		return nil, err
	}
	if _, err := d.Enrol(ctx, code, name+"'s device"); err != nil {
		return nil, fmt.Errorf("crowd: enrolling a %s: %w", role, err)
	}
	return d, nil
}

// run keeps a device in touch until ctx ends. What only a person could settle ends
// the crowd.
func (c *Crowd) run(ctx context.Context, running *sync.WaitGroup, d *device.Device) {
	running.Go(func() {
		if err := d.Run(ctx); ctx.Err() == nil {
			c.end(fmt.Errorf("crowd: a device of a %s: %w", d.Me().Role, err))
		}
	})
}

// cause says why a wait ended: because of what ended the crowd, if that did.
func (c *Crowd) cause(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return err
}

// Close ends the use of every device.
func (c *Crowd) Close() {
	c.end(errHome)
	c.running.Wait()
}
