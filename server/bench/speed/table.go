package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// What is measured in each round.
const (
	ones = iota
	plain
	sealed
	indexing // what was pushed plain, after it was acked
	read
	readDeflated
	measured
)

var names = [measured]string{"ones", "plain", "sealed", "indexing", "read", "read-deflated"}

// A finding is what one measurement found.
type finding struct {
	rate float64       // records a second
	cpu  time.Duration // of the server, a record
	raw  baseline      // that it is compared with
}

func (f finding) commits() float64 { return f.rate / f.raw.commits }
func (f finding) rows() float64    { return f.rate / f.raw.rows }

// table is everything that was found.
type table struct {
	found       [measured][]finding // one a round
	quiet, busy spread

	importTook time.Duration
	bigRecords int
	bigStart   time.Duration
	bigBytes   int64

	soonest  time.Duration // a search before anything is indexed
	searches spread
	exports  []export
}

// middle gives the finding whose ratio is in the middle of all rounds.
func (t *table) middle(which int, ratio func(finding) float64) finding {
	found := slices.Clone(t.found[which])
	slices.SortFunc(found, func(a, b finding) int {
		if ratio(a) < ratio(b) {
			return -1
		}
		return 1
	})
	return found[len(found)/2]
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "\nraw SQLite, WAL, synchronous=FULL, beside each push of one op a frame: commits (a record row and a feed row each),\nand rows (1,000 such pairs a commit), a second:")
	for _, f := range t.found[ones] {
		fmt.Fprintf(w, "  %.0f and %.0f\n", f.raw.commits, f.raw.rows)
	}
	fmt.Fprintln(w)

	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer out.Flush()
	line := func(measure, found, spread, least, aim string) {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", measure, found, spread, least, aim)
	}
	line("measure", "found", "in the rounds", "at least", "aim")
	times := func(which int, name, unit, least, aim string, ratio func(finding) float64) {
		f := t.middle(which, ratio)
		var all string
		for _, f := range t.found[which] {
			all += fmt.Sprintf("%.3f ", ratio(f))
		}
		line(name, fmt.Sprintf("%.3f × %s (%.0f/s)", ratio(f), unit, f.rate), all, least, aim)
	}
	times(ones, "push, one op a frame", "commits", "2, or the next", "3.5", finding.commits)
	times(ones, "the same", "rows", "0.06", "", finding.rows)
	times(plain, "push, 100 a frame, plain", "rows", "0.2", "0.35", finding.rows)
	times(sealed, "push, 100 a frame, sealed", "rows", "0.07", "0.12", finding.rows)
	times(read, "read by a fresh reader", "rows", "1", "2", finding.rows)
	times(readDeflated, "read by one that asks for deflate", "rows", "", "", finding.rows)
	line("a publish to 100 listeners, the last, quiet", t.quiet.String(), "", "", "p99 8 ms")
	line("the same while the phones write", t.busy.String(), "", "p99 50 ms", "")
	cost := func(which int, name, least, aim string) {
		f := t.middle(which, func(f finding) float64 { return float64(f.cpu) })
		var all string
		for _, f := range t.found[which] {
			all += fmt.Sprintf("%.1f ", f.cpu.Seconds()*1e6)
		}
		line(name, fmt.Sprintf("%.1f µs", f.cpu.Seconds()*1e6), all, least, aim)
	}
	cost(plain, "server CPU a record, 100 a frame, plain", "60 µs", "35 µs")
	cost(sealed, "server CPU a record, 100 a frame, sealed", "", "")
	cost(ones, "server CPU a record, one op a frame", "", "")
	cost(indexing, "and later, indexing its words, plain", "", "")
	cost(read, "server CPU a record, read", "", "")
	line("import of 5,000 rows", t.importTook.Round(time.Millisecond).String(), "", "3 s", "")
	if t.exports != nil {
		line(fmt.Sprintf("a search as soon as %d views have come", deskViews), t.soonest.Round(time.Millisecond).String(), "", "", "")
		line(fmt.Sprintf("a search among %d views", deskViews), t.searches.String(), "", "50 ms", "")
		for _, e := range t.exports {
			line(fmt.Sprintf("%s of as many, %.0f MiB", e.file, float64(e.size)/(1<<20)),
				fmt.Sprintf("%v, +%.0f MiB of memory", e.took.Round(10*time.Millisecond), float64(e.grew)/(1<<20)), "", "", "")
		}
	}
	if t.bigRecords > 0 {
		line(fmt.Sprintf("start to ready with %d records", t.bigRecords), t.bigStart.Round(time.Millisecond).String(), "", "1 s", "")
		line("resident, idle, then", fmt.Sprintf("%.0f MiB", float64(t.bigBytes)/(1<<20)), "", "100 MiB", "")
	}
}

func (s spread) String() string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", s.p50.Seconds()*1000, s.p99.Seconds()*1000)
}
