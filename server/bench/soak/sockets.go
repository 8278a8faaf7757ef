package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"earshot/server/bench/rig"
)

// manySockets lets thousands of devices listen at once, publishes a few answers,
// and sees that every one of them gets every answer.
func (s *soak) manySockets(ctx context.Context, server *rig.Server) error {
	const answers = 5
	team, err := rig.NewTeam(ctx, server, "ourtown", s.sockets)
	if err != nil {
		return err
	}
	publisher, err := team.NewPublisher(ctx, answers)
	if err != nil {
		return err
	}
	defer publisher.Close()
	before, err := server.Resident()
	if err != nil {
		return err
	}
	lines := make([]*rig.Line, 0, len(team.Phones))
	defer func() {
		for _, line := range lines {
			line.Close()
		}
	}()
	for _, phone := range team.Phones {
		line, err := phone.Dial(ctx, true)
		if err != nil {
			return fmt.Errorf("socket %d: %w", len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	after, err := server.Resident()
	if err != nil {
		return err
	}
	fmt.Printf("%d sockets: the server grew from %d to %d MiB\n", len(lines), before>>20, after>>20)

	var listening errgroup.Group
	want := map[string]bool{}
	for range answers {
		id, _, err := publisher.Publish()
		if err != nil {
			return err
		}
		want[id] = true
	}
	began := time.Now()
	for _, line := range lines {
		listening.Go(func() error { return hearAll(line, want) })
	}
	if err := listening.Wait(); err != nil {
		return err
	}
	fmt.Printf("every one has every answer, %s after the last\n", time.Since(began).Round(time.Millisecond))
	return nil
}

// hearAll reads until every answer has come, and nothing that a volunteer may not see.
func hearAll(line *rig.Line, want map[string]bool) error {
	have := map[string]bool{}
	for len(have) < len(want) {
		page, err := line.Page()
		if err != nil {
			return fmt.Errorf("with %d of %d answers: %w", len(have), len(want), err)
		}
		for _, r := range page.Records {
			if r.C == "answer" && want[r.R] {
				have[r.R] = true
			}
			if r.C == "view" || r.C == "matter" {
				return errors.New("a volunteer was sent what is not theirs")
			}
		}
		if err := line.Seen([]byte(page.Cursor)); err != nil {
			return err
		}
	}
	return nil
}
