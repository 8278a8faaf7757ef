package sim

import "testing"

// A Result is what came of a run.
type Result struct {
	Counts
	// State is a sum over all records and the audit at the end: the same for the same seed.
	State string
	// Problems are promises that did not hold.
	Problems []string
}

// Run lives so many days of a seed, lets them come to rest, and looks at what is there.
// Not in parallel: the disk and what crypto draws are the process's. trace is told what happens.
func Run(t *testing.T, seed uint64, days int, trace func(format string, args ...any)) (r Result, err error) {
	w, err := start(t, seed, trace)
	if w != nil {
		defer w.end()
	}
	if err != nil {
		return r, err
	}
	if err = w.live(days); err == nil {
		err = w.rest()
	}
	r.Counts = w.did
	if err != nil {
		return r, err
	}
	r.Problems = w.check()
	if r.State, err = w.state(); err != nil {
		return r, err
	}
	left, err := w.leftovers()
	r.Problems = append(r.Problems, left...)
	return r, err
}

// Add counts another run.
func (c *Counts) Add(o Counts) {
	for to, from := range map[*int]int{
		&c.Days: o.Days, &c.Devices: o.Devices, &c.Saved: o.Saved, &c.Turns: o.Turns, &c.Grouped: o.Grouped, &c.Lost: o.Lost, &c.Cut: o.Cut,
		&c.Twice: o.Twice, &c.Late: o.Late, &c.Crashes: o.Crashes, &c.Torn: o.Torn, &c.Restarts: o.Restarts, &c.DeviceCrashes: o.DeviceCrashes,
		&c.Backups: o.Backups, &c.Restores: o.Restores, &c.Revoked: o.Revoked, &c.Moved: o.Moved, &c.Mended: o.Mended,
	} {
		*to += from
	}
}
