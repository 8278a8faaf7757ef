package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"earshot/server/bench/rig"
)

const (
	// mostReading is how much the server may grow while it sends a big replica. It
	// holds some pages at a time, however many there are in all.
	mostReading = 100 << 20
	cuts        = 10 // of the line, while the replica is read
)

// bigReplica lets a fresh device read a big database, its line cut again and
// again. Whatever was stored before a cut is not sent again; in the end every
// record is there, and the sum of each audience is the server's.
func (s *soak) bigReplica(ctx context.Context, server *rig.Server) error {
	team, err := rig.NewTeam(ctx, server, "ourtown", 50)
	if err != nil {
		return err
	}
	count, err := team.Fill(ctx, s.records)
	if err != nil {
		return err
	}
	// What writing needed is no part of what reading needs.
	if err := server.Stop(); err != nil {
		return err
	}
	if err := server.Again(ctx); err != nil {
		return err
	}
	before, err := server.Resident()
	if err != nil {
		return err
	}
	began := time.Now()
	r := replica{
		held: map[string]bool{}, counts: map[string]int{}, added: map[string]uint64{},
		random: rand.New(rand.NewPCG(s.seed, 2000)),
		// A page holds some 700 views of this size, so this spreads the cuts over the whole.
		cutAfter: max(1, count/700/cuts),
	}
	for r.sums == nil {
		if err := r.session(ctx, server, team.Coordinator); err != nil {
			return err
		}
	}
	if got := r.counts["view"]; got != count {
		return fmt.Errorf("%d of %d views are on the device", got, count)
	}
	for audience, want := range r.sums {
		if got := strconv.FormatUint(r.added[audience], 10); got != want {
			return fmt.Errorf("the records held through %s add up to %s, the server says %s", audience, got, want)
		}
	}
	fmt.Printf("%d records in %d pages and %d connections, %s; the server grew from %d to %d MiB\n",
		len(r.held), r.pages, r.connections, time.Since(began).Round(time.Second), before>>20, r.most>>20)
	if grown := r.most - before; grown > mostReading {
		return fmt.Errorf("the server grew by %d MiB while one device read", grown>>20)
	}
	return nil
}

// A replica is what a device holds of what it may see: of each record no more
// than that it is there, and of each audience what its records add up to.
type replica struct {
	place    rig.Place
	held     map[string]bool // "collection/id"
	counts   map[string]int  // by collection
	added    map[string]uint64
	sums     map[string]string // the server's; nil until it says them
	random   *rand.Rand
	cutAfter int // pages of a connection, about

	pages, connections int
	most               int64 // resident bytes of the server
}

// session reads on from where the replica is, until the line is cut or there is
// nothing more to read.
func (r *replica) session(ctx context.Context, server *rig.Server, reader rig.Member) error {
	line, err := reader.DialAt(ctx, r.place)
	if err != nil {
		return err
	}
	defer line.Close()
	r.connections++
	r.place.Epoch = line.Welcome.Epoch
	for left := 1 + r.random.IntN(2*r.cutAfter); left > 0; left-- {
		page, err := line.Page()
		if err != nil {
			return err
		}
		if err := r.store(page); err != nil {
			return err
		}
		resident, err := server.Resident()
		if err != nil {
			return err
		}
		r.most = max(r.most, resident)
		if !page.More {
			r.sums = page.Sums
			if len(r.sums) == 0 {
				return errors.New("the last page of a first read says no sums")
			}
			return nil
		}
		// Cut here, the page is stored and the server does not know.
		if left > 1 {
			if err := line.Seen([]byte(page.Cursor)); err != nil {
				return err
			}
		}
	}
	return nil
}

// store takes a page in. Nothing is written meanwhile, so nothing may come twice.
func (r *replica) store(page rig.Page) error {
	if page.After != r.place.Cursor {
		return errors.New("a page follows on another cursor than the one that is held")
	}
	for _, rec := range page.Records {
		key := rec.C + "/" + rec.R
		if r.held[key] {
			return fmt.Errorf("%s came twice, with nothing written", key)
		}
		digest := sha256.Sum256(fmt.Appendf(nil, "%s/%d", key, rec.V))
		for _, audience := range rec.A {
			r.added[audience] += binary.BigEndian.Uint64(digest[:8])
		}
		r.held[key] = true
		r.counts[rec.C]++
	}
	r.place.Cursor = page.Cursor
	r.pages++
	return nil
}
