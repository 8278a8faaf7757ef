package crowd

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/sync/device"
)

// FanOut lets the coordinator take another name so many times, which every phone
// of the team is sent, and gives for each how long it took until the last phone had
// it: from the moment it was saved, with nothing else going on. In the end the
// coordinator has the old name again.
func (c *Crowd) FanOut(times int) ([]time.Duration, error) {
	name := c.Desk.Me().Name
	// The first waits until everybody is connected, and is not counted.
	if _, err := c.rename(name + " (0)"); err != nil {
		return nil, err
	}
	took := make([]time.Duration, times)
	for n := range took {
		next := name
		if n < times-1 {
			next = fmt.Sprintf("%s (%d)", name, n+1)
		}
		var err error
		if took[n], err = c.rename(next); err != nil {
			return nil, err
		}
	}
	return took, nil
}

func (c *Crowd) rename(name string) (time.Duration, error) {
	me := c.Desk.Me().Member
	began := time.Now()
	if _, err := c.Desk.Save(device.Change{Collection: "member", ID: me, Set: map[string]any{"name": name}}); err != nil {
		return 0, fmt.Errorf("crowd: changing a name: %w", err)
	}
	last, err := c.Heard(func(phone *device.Device) (bool, error) {
		r, err := phone.Record("member", me)
		return r != nil && r.Text("name") == name, err
	})
	return last.Sub(began), err
}

// patience is how long anything may take that the server sends by itself.
const patience = time.Minute

// Until waits until something holds of a device, for a minute at most.
func (c *Crowd) Until(d *device.Device, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(c.ctx, patience, errLate)
	defer cancel()
	for {
		changed := d.Changed()
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

var errLate = fmt.Errorf("crowd: it did not come within %s", patience)

// Heard waits until something holds of every phone, and gives when it did of the last.
func (c *Crowd) Heard(holds func(phone *device.Device) (bool, error)) (last time.Time, err error) {
	at := make([]time.Time, len(c.Phones))
	var listening errgroup.Group
	for i, phone := range c.Phones {
		listening.Go(func() error {
			err := c.Until(phone, func() (bool, error) { return holds(phone) })
			at[i] = time.Now()
			return err
		})
	}
	err = listening.Wait()
	return slices.MaxFunc(at, time.Time.Compare), err
}

// Percentile gives the time that so many of all, from 0 to 1, did not take longer than.
func Percentile(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
