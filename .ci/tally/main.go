// Command tally reads the events of `go test -json` on stdin and prints what a
// person wants to see of them: a line a package, the whole output of what
// failed, every skipped test with its reason, so that none is left out in
// silence, and at the end the counts. It exits 1 where something failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

type tally struct {
	out                     io.Writer
	passed, failed, skipped int
	broken                  bool
	skips                   []string
	output                  map[string]*strings.Builder // of a test, while it may still fail
}

func main() {
	t := tally{out: os.Stdout, output: map[string]*strings.Builder{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	seen := false
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(t.out, lines.Text())
			continue
		}
		seen = true
		t.take(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "tally: reading the test events:", err)
		os.Exit(1)
	}
	if len(t.skips) > 0 {
		slices.Sort(t.skips)
		fmt.Fprintf(t.out, "\nskipped:\n%s\n", strings.Join(t.skips, "\n"))
	}
	fmt.Fprintf(t.out, "\ngo: %d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	if t.failed > 0 || t.broken || !seen {
		os.Exit(1)
	}
}

func (t *tally) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "build-fail":
		t.broken = true
	case "output":
		if t.output[key] == nil {
			t.output[key] = &strings.Builder{}
		}
		t.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.finish(e, key)
		} else {
			t.count(e, key)
		}
		delete(t.output, key)
	}
}

// count takes the end of one test.
func (t *tally) count(e event, key string) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Fprintf(t.out, "\n%s %s\n%s", e.Package, e.Test, t.text(key))
	case "skip":
		t.skipped++
		t.skips = append(t.skips, fmt.Sprintf("  %s %s: %s", e.Package, e.Test, reason(t.text(key))))
	}
}

// finish takes the end of a package.
func (t *tally) finish(e event, key string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(t.out, "ok    %-45s %6.1fs\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(t.out, "none  %-45s has no tests\n", e.Package)
	case "fail":
		t.broken = true
		fmt.Fprintf(t.out, "FAIL  %-45s %6.1fs\n%s", e.Package, e.Elapsed, t.text(key))
	}
}

func (t *tally) text(key string) string {
	if b := t.output[key]; b != nil {
		return b.String()
	}
	return ""
}

// reason is the line that t.Skip printed: "    file_test.go:12: why".
func reason(output string) string {
	for line := range strings.Lines(output) {
		if _, why, ok := strings.Cut(line, ".go:"); ok {
			if _, why, ok = strings.Cut(why, ": "); ok {
				return strings.TrimSpace(why)
			}
		}
	}
	return "no reason given"
}
