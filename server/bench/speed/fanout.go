package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/server/bench/rig"
	"earshot/server/crowd"
)

const (
	listeners = 100
	publishes = 200
	between   = 20 * time.Millisecond // an ack and the next publish
)

// listen measures fan-out, first with nothing else going on, then while every phone writes.
func (b *bench) listen(ctx context.Context) error {
	return b.on(ctx, "fan-out", func(server *rig.Server, team rig.Team) error {
		audience, err := team.Volunteers(ctx, listeners)
		if err != nil {
			return err
		}
		if err := b.profiled(server, "quiet", func() error {
			b.table.quiet, err = fanOut(ctx, team, audience)
			return err
		}); err != nil {
			return fmt.Errorf("quiet: %w", err)
		}
		stop, written := keepWriting(ctx, team)
		err = b.profiled(server, "busy", func() error {
			b.table.busy, err = fanOut(ctx, team, audience)
			return err
		})
		stop()
		if err := errors.Join(err, <-written); err != nil {
			return fmt.Errorf("while the phones write: %w", err)
		}
		return nil
	})
}

// keepWriting lets every phone push frames of 10 as fast as they are acked,
// until stop is called; then written says how that ended.
func keepWriting(ctx context.Context, team rig.Team) (stop func(), written <-chan error) {
	const batch = 10
	until := make(chan struct{})
	ended := make(chan error, 1)
	var writing errgroup.Group
	for i, phone := range team.Phones {
		writing.Go(func() error {
			line, err := phone.Dial(ctx, false)
			if err != nil {
				return err
			}
			defer line.Close()
			views := team.Views(rand.New(rand.NewPCG(4, uint64(i))))
			for n := int64(0); ; n += batch {
				select {
				case <-until:
					return nil
				default:
				}
				if err := line.HandIn(views, n, batch); err != nil {
					return err
				}
			}
		})
	}
	go func() { ended <- writing.Wait() }()
	return func() { close(until) }, ended
}

// A spread is how long the last of all listeners waited, over many publishes.
type spread struct{ p50, p99 time.Duration }

func spreadOf(times []time.Duration) spread {
	return spread{crowd.Percentile(times, 0.50), crowd.Percentile(times, 0.99)}
}

// heard is a listener's word that it has a record, and since when.
type heard struct {
	listener int
	id       string
	at       time.Time
}

// fanOut publishes answers one after another, and times each from just before
// its frame is sent until the last listener has it.
func fanOut(ctx context.Context, team rig.Team, audience []rig.Member) (spread, error) {
	publisher, err := team.NewPublisher(ctx, publishes)
	if err != nil {
		return spread{}, err
	}
	defer publisher.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	news := make(chan heard, 4*len(audience))
	var listening errgroup.Group
	for i, listener := range audience {
		line, err := listener.Dial(ctx, true)
		if err != nil {
			return spread{}, err
		}
		if err := catchUp(line); err != nil {
			return spread{}, errors.Join(err, line.Close())
		}
		context.AfterFunc(ctx, func() { line.Close() })
		listening.Go(func() error { return listen(ctx, line, i, news) })
	}
	times := make([]time.Duration, 0, publishes)
	for range publishes {
		id, sent, err := publisher.Publish()
		if err != nil {
			return spread{}, err
		}
		last, err := lastOf(news, id, len(audience))
		if err != nil {
			return spread{}, err
		}
		times = append(times, last.Sub(sent))
		time.Sleep(between)
	}
	stop()
	if err := listening.Wait(); err != nil {
		return spread{}, err
	}
	return spreadOf(times), nil
}

// lastOf waits until so many listeners have a record, and gives when the last one had it.
func lastOf(news <-chan heard, id string, listeners int) (time.Time, error) {
	var last time.Time
	have := make(map[int]bool, listeners)
	late := time.After(20 * time.Second)
	for len(have) < listeners {
		select {
		case got := <-news:
			// A record may come more than once; only its first coming counts.
			if got.id == id && !have[got.listener] {
				have[got.listener] = true
				last = got.at
			}
		case <-late:
			return last, fmt.Errorf("%d of %d listeners have a published answer after 20 s", len(have), listeners)
		}
	}
	return last, nil
}

// catchUp reads what was there before.
func catchUp(line *rig.Line) error {
	for {
		frame, err := line.Next()
		if err != nil {
			return err
		}
		if !rig.Is(frame, "changes") {
			continue
		}
		if err := line.Seen(rig.Cursor(frame)); err != nil {
			return err
		}
		if !rig.More(frame) {
			return nil
		}
	}
}

// listen says of each published answer that comes that it is here.
func listen(ctx context.Context, line *rig.Line, number int, news chan<- heard) error {
	mark := []byte(`"c":"answer","r":"`)
	for {
		frame, err := line.Next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		now := time.Now()
		if !rig.Is(frame, "changes") {
			continue
		}
		for rest := frame; ; {
			_, after, found := bytes.Cut(rest, mark)
			if !found || len(after) < 36 {
				break
			}
			news <- heard{number, string(after[:36]), now}
			rest = after
		}
		if err := line.Seen(rig.Cursor(frame)); err != nil && ctx.Err() == nil {
			return err
		}
	}
}
