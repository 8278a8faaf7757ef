package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/server/bench/rig"
)

const killPhones = 20

// killUnderLoad kills the server at random moments while phones push, and starts
// it again. What was acked must be there, once; what was not is sent again from
// where the server says it is.
func (s *soak) killUnderLoad(ctx context.Context, server *rig.Server) error {
	team, err := rig.NewTeam(ctx, server, "ourtown", killPhones)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	pushers := make([]pusher, killPhones)
	var pushing errgroup.Group
	for i := range pushers {
		random := rand.New(rand.NewPCG(s.seed, uint64(i)))
		pushers[i] = pusher{phone: team.Phones[i], views: team.Views(random), random: random}
		pushing.Go(func() error { return pushers[i].run(ctx, done) })
	}
	random := rand.New(rand.NewPCG(s.seed, 1000))
	for range s.kills {
		time.Sleep(time.Duration(50+random.IntN(600)) * time.Millisecond)
		if err := server.Kill(); err != nil {
			return err
		}
		if err := server.Again(ctx); err != nil {
			return err
		}
	}
	close(done)
	if err := pushing.Wait(); err != nil {
		return err
	}
	want := map[string]bool{}
	for i := range pushers {
		for _, id := range pushers[i].ids {
			want[id] = true
		}
	}
	fmt.Printf("%d views over %d kills\n", len(want), s.kills)
	return theseAlone(ctx, team.Coordinator, want)
}

// A pusher is a phone that never loses an op and never makes one twice.
type pusher struct {
	phone  rig.Member
	views  rig.Views
	random *rand.Rand
	ops    [][]byte // numbered from 1
	ids    []string
	acked  atomic.Int64
}

// run pushes until done, then hands in what is left.
func (p *pusher) run(ctx context.Context, done <-chan struct{}) error {
	for tries := 0; tries < 200; tries++ {
		switch err := p.session(ctx, done); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			return nil
		}
		time.Sleep(time.Duration(20+p.random.IntN(200)) * time.Millisecond)
	}
	return fmt.Errorf("a phone could not hand in %d ops in 200 tries", len(p.ops)-int(p.acked.Load()))
}

// session is one connection. It ends with nil when everything is handed in.
func (p *pusher) session(ctx context.Context, done <-chan struct{}) error {
	line, err := p.phone.Dial(ctx, false)
	if err != nil {
		return err
	}
	defer line.Close()
	acked := line.Welcome.Acked
	if before := p.acked.Load(); acked < before {
		return fmt.Errorf("the server acked %d before it was killed, and knows of %d now", before, acked)
	}
	for {
		p.acked.Store(acked)
		if int(acked) == len(p.ops) {
			select {
			case <-done:
				return nil
			default:
				p.capture(1 + p.random.IntN(40))
			}
		}
		until := min(len(p.ops), int(acked)+1+p.random.IntN(20))
		if err := line.Send(rig.PushFrame(p.ops[acked:until]...)); err != nil {
			return err
		}
		if err := line.Acked(); err != nil {
			return err
		}
		acked = int64(until)
	}
}

func (p *pusher) capture(views int) {
	for range views {
		op, id := p.views.Op(p.views.Words())
		p.ops = append(p.ops, rig.Numbered(int64(len(p.ops)+1), op))
		p.ids = append(p.ids, id)
	}
}

// theseAlone reads everything as a coordinator's fresh device and compares.
func theseAlone(ctx context.Context, reader rig.Member, want map[string]bool) error {
	line, err := reader.Dial(ctx, true)
	if err != nil {
		return err
	}
	defer line.Close()
	seen := map[string]bool{}
	for {
		page, err := line.Page()
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			switch {
			case r.C != "view":
			case !want[r.R]:
				return fmt.Errorf("view %s was made by nobody", r.R)
			case seen[r.R]:
				return fmt.Errorf("view %s came twice to a reader, with nothing written", r.R)
			default:
				seen[r.R] = true
			}
		}
		if !page.More {
			break
		}
		if err := line.Seen([]byte(page.Cursor)); err != nil {
			return err
		}
	}
	if len(seen) != len(want) {
		return fmt.Errorf("%d of %d views are there", len(seen), len(want))
	}
	return nil
}
