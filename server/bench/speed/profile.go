package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"earshot/server/bench/rig"
)

// profiled runs f while perf samples the server: Go and SQLite's C together, which
// Go's own profiler does not show. Without -profiles it only runs f.
func (b *bench) profiled(server *rig.Server, name string, f func() error) error {
	if b.profiles == "" {
		return f()
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	perf := exec.Command("perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "499", "--call-graph", "fp",
		"--pid", strconv.Itoa(server.PID()), "--output", filepath.Join(b.profiles, name+".perf"))
	perf.Stderr = os.Stderr
	if err := perf.Start(); err != nil {
		return fmt.Errorf("profiling with perf: %w (install linux-perf, or leave -profiles out)", err)
	}
	err := f()
	perf.Process.Signal(os.Interrupt)
	perf.Wait() // it ends by the signal, which counts as a failure
	return err
}
