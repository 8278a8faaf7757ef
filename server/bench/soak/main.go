// Command soak wears the whole product out from outside: the server is killed
// under load again and again, thousands of sockets listen at once, and a device
// keeps a replica of a million records. It says what it did and exits 1 at the
// first promise that does not hold.
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

type soak struct {
	binary  string
	dir     string
	seed    uint64
	kills   int
	sockets int
	records int
}

func main() {
	var s soak
	flag.StringVar(&s.binary, "earshot", "bin/earshot", "the built binary")
	flag.StringVar(&s.dir, "dir", "", "where to put databases (default: the system's place for temporary files)")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of all that is random here")
	flag.IntVar(&s.kills, "kills", 40, "how often the server is killed under load")
	flag.IntVar(&s.sockets, "sockets", 3000, "how many devices listen at once")
	flag.IntVar(&s.records, "records", 1_000_000, "records of the big replica")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "soak: %v\nAgain with: -seed %d\n", err, s.seed)
		os.Exit(1)
	}
}

func (s *soak) run(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp(s.dir, "earshot-soak-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	fmt.Println("seed", s.seed)
	for _, part := range []struct {
		name string
		do   func(context.Context, *rig.Server) error
	}{
		{"kills", s.killUnderLoad},
		{"sockets", s.manySockets},
		{"replica", s.bigReplica},
	} {
		began := time.Now()
		if err := s.on(ctx, part.name, part.do); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Printf("%s held, %s\n", part.name, time.Since(began).Round(time.Second))
	}
	return nil
}

// on runs a part against an empty server of its own, and checks what it left behind.
func (s *soak) on(ctx context.Context, name string, do func(context.Context, *rig.Server) error) (err error) {
	server, err := rig.Start(ctx, s.binary, filepath.Join(s.dir, name))
	if err != nil {
		return err
	}
	defer os.RemoveAll(server.Data)
	if err := do(ctx, server); err != nil {
		return fmt.Errorf("%w\n%s", err, server.Log())
	}
	if err := server.Command(ctx, nil, "check"); err != nil {
		return err
	}
	return server.Stop()
}
