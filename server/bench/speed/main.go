// Command speed measures the whole product from outside and prints what it
// found as ratios to raw SQLite doing the same rows in the same run, fsynced as
// strictly: machines differ by a factor of two from hour to hour, ratios hardly.
// Client and server share the machine. Nothing here is a test of a clock.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"earshot/server/bench/rig"
)

type bench struct {
	binary   string
	dir      string // for data, on the disk that is measured
	profiles string // where CPU profiles of the server go; "" for none
	phones   int
	rounds   int
	seconds  time.Duration // of each half of a baseline
	scale    float64
	records  int // of the big database; 0 leaves it, searches and exports out
	table    table
}

func main() {
	var b bench
	flag.StringVar(&b.binary, "earshot", "bin/earshot", "the built binary")
	flag.StringVar(&b.dir, "dir", "", "where to put databases (default: the system's place for temporary files)")
	flag.StringVar(&b.profiles, "profiles", "", "a directory for CPU profiles of the server, one a measure (with perf, of linux-tools)")
	flag.IntVar(&b.phones, "phones", 50, "how many phones push")
	flag.IntVar(&b.rounds, "rounds", 3, "how often pushing and reading are measured; the table gives the middle")
	flag.DurationVar(&b.seconds, "baseline", 2*time.Second, "how long each half of a baseline runs")
	flag.Float64Var(&b.scale, "scale", 1, "how much is pushed, of the usual")
	flag.IntVar(&b.records, "records", 1_000_000, "records of the big database; 0 leaves it, searches and exports out")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp(b.dir, "earshot-speed-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d …\n", round+1, b.rounds)
		if err := b.round(ctx); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"fan-out", b.listen},
		{"import", b.importRows},
		{"search and exports", b.desk},
		{"a big database at rest", b.big},
	} {
		fmt.Fprintf(os.Stderr, "%s …\n", part.name)
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	b.table.print(os.Stdout)
	return nil
}

// round measures pushing and reading, with a baseline before, between and after:
// each measure is compared with the mean of the two that stand next to it.
func (b *bench) round(ctx context.Context) error {
	before, err := b.baseline(ctx)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		do   func(context.Context, func(int, finding)) error
	}{
		{"push, one op a frame", b.pushOnes},
		{"push, 100 a frame, sealed", b.pushSealed},
		{"push, 100 a frame, plain; read", b.pushAndRead},
	} {
		found := map[int]finding{}
		if err := part.do(ctx, func(which int, f finding) { found[which] = f }); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		after, err := b.baseline(ctx)
		if err != nil {
			return err
		}
		for which, f := range found {
			f.raw = baseline{(before.commits + after.commits) / 2, (before.rows + after.rows) / 2}
			b.table.found[which] = append(b.table.found[which], f)
		}
		before = after
	}
	return nil
}

func (b *bench) baseline(ctx context.Context) (baseline, error) {
	dir, err := os.MkdirTemp(b.dir, "raw-")
	if err != nil {
		return baseline{}, err
	}
	defer os.RemoveAll(dir)
	return measureRaw(ctx, dir, b.seconds)
}

// on runs f against a fresh server and team.
func (b *bench) on(ctx context.Context, name string, f func(*rig.Server, rig.Team) error) (err error) {
	server, err := rig.Start(ctx, b.binary, filepath.Join(b.dir, name))
	if err != nil {
		return err
	}
	defer func() {
		if stopped := server.Stop(); err == nil {
			err = stopped
		}
		os.RemoveAll(server.Data)
	}()
	team, err := rig.NewTeam(ctx, server, "ourtown", b.phones)
	if err != nil {
		return err
	}
	return f(server, team)
}
