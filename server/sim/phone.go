package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"earshot/server/identity"
	"earshot/server/programme"
	"earshot/sync/device"
)

// A phone is one member's device.
type phone struct {
	w      *world
	num    int
	member string
	role   string
	disk   *disk
	d      *device.Device
	offset time.Duration // the server's clock less the phone's
	away   bool          // without a line
	poor   bool          // with a line that breaks
	gone   bool          // revoked, or its member has left: it does nothing more
	lost   bool          // the server does not know it, or it was set back: it needs a new code
	// renumbered: it was enrolled anew, so that its ops have other numbers than those
	// under which they were saved.
	renumbered bool

	stop context.CancelFunc
	said map[int64]*saying
}

// A saying is what was saved under a number.
type saying struct {
	collection, id   string
	mark             string // text that stands in no other op; "" where there is none
	makes, takesBack bool
	last             device.Item // as the phone last knew of it
}

// begin opens a new device and enrols it.
func (p *phone) begin() error {
	p.disk = &disk{w: p.w, Store: device.NewMemory()}
	if err := p.open(); err != nil {
		return err
	}
	return p.enrol()
}

// open opens the device that lies on the disk.
func (p *phone) open() error {
	o := device.Options{
		URL: "http://earshot.test", Schema: programme.Schema(), Store: p.disk, Road: device.HTTPRoad,
		Client: &http.Client{Transport: line{p}}, Now: p.now, Dice: p.w.dice.Float64,
		// It has said and heard all that there is, and waits: that ends its turn.
		After: func(time.Duration) <-chan time.Time { p.stop(); return nil },
	}
	if p.num%3 == 0 {
		o.Batch = 3
	}
	var err error
	p.d, err = device.Open(o)
	return err
}

// now is what the phone's clock shows.
func (p *phone) now() time.Time { return p.w.now.Add(-p.offset) }

// enrol lets it in with a code for its member.
func (p *phone) enrol() error {
	poor := p.poor
	p.poor = false
	defer func() { p.poor = poor }()
	return p.w.call(func() error {
		got, err := p.w.authority.Invite(context.Background(), p.w.dat.Num, identity.Caller{}, identity.Invite{Member: p.member})
		if err != nil {
			return fmt.Errorf("invite: %w", err)
		}
		if _, err := p.d.Enrol(context.Background(), got.Code, "a phone"); err != nil {
			return fmt.Errorf("enrol: %w", err)
		}
		return nil
	})
}

// turn keeps the device in touch until it has nothing more to say, or can't.
func (p *phone) turn() (err error) {
	defer p.survive(&err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.stop = cancel
	err = p.d.Run(ctx)
	p.w.trace("device %d was in touch: %v", p.num, err)
	switch {
	case errors.Is(err, context.Canceled):
	case errors.Is(err, device.ErrRevoked), errors.Is(err, device.ErrNotEnrolled):
		p.gone = true // the second where it crashed as it erased itself
	case errors.Is(err, device.ErrUnknown), errors.Is(err, device.ErrCopied):
		p.renumbered = p.renumbered || errors.Is(err, device.ErrCopied)
		p.lost = true
	default:
		return fmt.Errorf("device %d, a %s: %w", p.num, p.role, err)
	}
	p.look()
	return nil
}

// look remembers how far each op has come, since a device forgets what is safe for long.
func (p *phone) look() {
	for _, it := range p.d.Outbox() {
		if s := p.said[it.N]; s != nil {
			s.last = it
		}
	}
}

// survive begins anew with what lies on the disk, where the phone crashed.
func (p *phone) survive(err *error) {
	switch v := recover().(type) {
	case nil:
	case crash:
		p.w.did.DeviceCrashes++
		p.disk.until = 0
		*err = p.open()
	default:
		panic(v)
	}
}

// save stores a change. What is stored though the phone crashed was saved too.
func (p *phone) save(c device.Change, s saying) (err error) {
	before := int64(0)
	if all := p.d.Outbox(); len(all) > 0 {
		before = all[len(all)-1].N
	}
	defer func() {
		if err != nil {
			return
		}
		if all := p.d.Outbox(); len(all) > 0 && all[len(all)-1].N > before {
			p.w.did.Saved++
			p.said[all[len(all)-1].N] = &s
		}
	}()
	defer p.survive(&err)
	_, err = p.d.Save(c)
	return err
}

// A crash is where the phone was when its battery went.
type crash struct{}

// A disk keeps a device through crashes of its program.
type disk struct {
	device.Store
	w *world
	// until counts the writes until it crashes, in the middle of one or just after; 0: it does not.
	until int
	after bool
}

func (d *disk) Update(f func(device.Tx) error) error {
	if d.until > 0 {
		if d.until--; d.until == 0 && !d.after {
			panic(crash{})
		} else if d.until == 0 {
			if err := d.Store.Update(f); err != nil {
				return err
			}
			panic(crash{})
		}
	}
	return d.Store.Update(f)
}
