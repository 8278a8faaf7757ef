package main

import (
	"bytes"
	"fmt"

	"earshot/server/bench/rig"
)

// viewMark begins each view on the wire. Inside words its quotes would be escaped.
var viewMark = []byte(`"c":"view"`)

// readAll reads everything that a member may see as a fresh device, counts the
// views and stores nothing. The clock starts before the line is opened.
func (b *bench) readAll(server *rig.Server, which, want int, dial func() (*rig.Line, error), keep func(int, finding)) error {
	f, err := b.measure(server, which, want, func() error {
		line, err := dial()
		if err != nil {
			return err
		}
		defer line.Close()
		return countAll(line, want)
	})
	if err == nil {
		keep(which, f)
	}
	return err
}

func countAll(line *rig.Line, want int) error {
	for views := 0; ; {
		frame, err := line.Next()
		if err != nil {
			return fmt.Errorf("after %d of %d views: %w", views, want, err)
		}
		if !rig.Is(frame, "changes") {
			continue
		}
		views += bytes.Count(frame, viewMark)
		if !rig.More(frame) {
			if views != want {
				return fmt.Errorf("the reader counts %d views, %d were handed in", views, want)
			}
			return nil
		}
		if err := line.Seen(rig.Cursor(frame)); err != nil {
			return err
		}
	}
}
