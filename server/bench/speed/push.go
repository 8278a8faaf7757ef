package main

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/server/bench/rig"
)

// shape says how what a phone hands in is cut into frames.
type shape struct {
	frames, batch int
	sealed        bool
}

// prepare makes the frames of each phone, before the clock starts. Their numbers
// go on from 1.
func (s shape) prepare(team rig.Team) ([][][]byte, error) {
	frames := make([][][]byte, len(team.Phones))
	var making errgroup.Group
	for i, phone := range team.Phones {
		making.Go(func() error {
			views := team.Views(rand.New(rand.NewPCG(1, uint64(i))))
			n := int64(0)
			for range s.frames {
				ops := make([][]byte, s.batch)
				for j := range ops {
					n++
					op, _ := views.Op(views.Words())
					if !s.sealed {
						ops[j] = rig.Numbered(n, op)
						continue
					}
					var err error
					if ops[j], err = phone.Seal(n, op); err != nil {
						return err
					}
				}
				frames[i] = append(frames[i], rig.PushFrame(ops...))
			}
			return nil
		})
	}
	return frames, making.Wait()
}

// frames scales how many frames each phone pushes.
func (b *bench) frames(usual int) int { return max(2, int(float64(usual)*b.scale)) }

func (b *bench) pushOnes(ctx context.Context, keep func(int, finding)) error {
	return b.on(ctx, "ones", func(server *rig.Server, team rig.Team) error {
		return b.push(ctx, server, team, ones, shape{frames: b.frames(1500), batch: 1}, keep)
	})
}

func (b *bench) pushSealed(ctx context.Context, keep func(int, finding)) error {
	return b.on(ctx, "sealed", func(server *rig.Server, team rig.Team) error {
		return b.push(ctx, server, team, sealed, shape{frames: b.frames(20), batch: 100, sealed: true}, keep)
	})
}

// pushAndRead also reads back what it pushed, as it is and deflated.
func (b *bench) pushAndRead(ctx context.Context, keep func(int, finding)) error {
	return b.on(ctx, "plain", func(server *rig.Server, team rig.Team) error {
		s := shape{frames: b.frames(40), batch: 100}
		if err := b.push(ctx, server, team, plain, s, keep); err != nil {
			return err
		}
		records, desk := b.phones*s.frames*s.batch, team.Coordinator
		indexed, err := b.measure(server, indexing, records, func() error { return server.Rest(ctx) })
		if err != nil {
			return err
		}
		keep(indexing, indexed)
		if err := b.readAll(server, read, records, func() (*rig.Line, error) { return desk.Dial(ctx, true) }, keep); err != nil {
			return err
		}
		return b.readAll(server, readDeflated, records, func() (*rig.Line, error) { return desk.DialDeflated(ctx) }, keep)
	})
}

// push lets all phones push at once, each waiting for the ack of one frame before
// it sends the next, and times from the first frame to the last ack.
func (b *bench) push(ctx context.Context, server *rig.Server, team rig.Team, which int, s shape, keep func(int, finding)) error {
	frames, err := s.prepare(team)
	if err != nil {
		return err
	}
	lines := make([]*rig.Line, len(frames))
	for i := range lines {
		line, err := team.Phones[i].Dial(ctx, false)
		if err != nil {
			return err
		}
		defer line.Close()
		lines[i] = line
	}
	f, err := b.measure(server, which, len(frames)*s.frames*s.batch, func() error {
		var pushing errgroup.Group
		for i, line := range lines {
			pushing.Go(func() error { return handIn(line, frames[i]) })
		}
		return pushing.Wait()
	})
	if err == nil {
		keep(which, f)
	}
	return err
}

func handIn(line *rig.Line, frames [][]byte) error {
	for _, frame := range frames {
		if err := line.Send(frame); err != nil {
			return err
		}
		if err := line.Acked(); err != nil {
			return err
		}
	}
	return nil
}

// measure times what moves so many records, and what it costs the server.
func (b *bench) measure(server *rig.Server, which, records int, do func() error) (f finding, err error) {
	before, err := server.CPU()
	if err != nil {
		return f, err
	}
	began := time.Now()
	if err := b.profiled(server, names[which], do); err != nil {
		return f, err
	}
	f.rate = float64(records) / time.Since(began).Seconds()
	after, err := server.CPU()
	f.cpu = (after - before) / time.Duration(records)
	return f, err
}
