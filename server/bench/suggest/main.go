// Command suggest measures how good suggestions are, on real input: a file of
// answers that people gave, with the labels that others gave them, taken as a
// desk's decisions.
//
// Themes are measured by cross-validation over five parts. What the product does
// was tuned on half of the people (-rows tuning shows theirs alone); each figure
// stands beside that of the others, who were looked at for it only. Repeats are
// made of what stands in the file, and asked beside what other people said.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	path := flag.String("file", filepath.Join(os.Getenv("EARSHOT_TESTDATA"), "feedback.csv"), "a CSV as import takes it, with a column id")
	only := flag.String("rows", "all", "all, or tuning: those alone that everything was tuned on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *path, *only == "tuning"); err != nil {
		fmt.Fprintln(os.Stderr, "bench-suggest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string, tuned bool) error {
	f, err := read(ctx, path)
	if err != nil {
		return err
	}
	if tuned {
		f.rows = slices.DeleteFunc(f.rows, func(r row) bool { return !tuning(r.person) })
	}
	if err := themes(ctx, f); err != nil {
		return err
	}
	told(f)
	return nil
}

func themes(ctx context.Context, f *file) error {
	every := map[string]bool{}
	for id := range f.mapped {
		every[id] = true
	}
	for id := range f.own {
		every[id] = true
	}
	whole := trial{file: f, rows: f.rows, counted: f.mapped, part: byChance, way: linear}
	vary := func(change func(*trial)) trial {
		t := whole
		change(&t)
		return t
	}
	fmt.Printf("Themes: %d rows, %d default subthemes that their labels map to, %d of the DAT's own from the other labels.\n\n", len(f.rows), len(f.mapped), len(f.own))
	fmt.Printf("%-52s %6s %6s   %-26s %-26s %9s %9s\n", "", "rows", "out", "all: LRAP  first  of three", "held back", "learning", "a row")
	var own outcome
	for _, it := range []struct {
		name string
		trial
	}{
		{"as the product does", whole},
		{"  persons and near repeats kept in one part", vary(func(t *trial) { t.part = together(f.rows) })},
		{"  asked without the kind of feedback", vary(func(t *trial) { t.unsaid = true })},
		{"  by the words alone, no service, no kind", vary(func(t *trial) { t.way = bare(linear) })},
		{"  over all labels, the DAT's own too", vary(func(t *trial) { t.counted = every })},
		{"complement naive Bayes", vary(func(t *trial) { t.way = bayes })},
		{"as the product does, after no decision", vary(func(t *trial) { t.most = -1 })},
		{"  after 50", vary(func(t *trial) { t.most = 50 })},
		{"  after 200", vary(func(t *trial) { t.most = 200 })},
		{"  after 1000", vary(func(t *trial) { t.most = 1000 })},
	} {
		o, err := it.run(ctx)
		if err != nil {
			return err
		}
		if own.rankings == nil {
			own = o
		}
		all, held := judge(o.rankings), judge(o.heldBack())
		fmt.Printf("%-52s %6d %6d   %.3f      %.3f  %.3f     %.3f  %.3f  %.3f      %9s %9s\n", it.name, all.rows, o.out,
			all.precision, all.top1, all.top3, held.precision, held.top1, held.top3, o.learning.Round(10*time.Millisecond), o.ranking.Round(10*time.Microsecond))
	}
	names := map[string]string{}
	for _, t := range f.themes {
		names[t.ID] = t.Name
	}
	fmt.Printf("\n%-46s %6s %14s %18s\n", "theme", "rows", "in first three", "average precision")
	for _, q := range byTheme(own.rankings) {
		fmt.Printf("%-46.46s %6d %14.2f %18.2f\n", q.theme+" "+names[q.theme], q.rows, q.top3, q.area)
	}
	return nil
}

// told measures repeats, on each half of the people by itself.
func told(f *file) {
	tuned, held := []row{}, []row{}
	for _, r := range f.rows {
		if tuning(r.person) {
			tuned = append(tuned, r)
		} else {
			held = append(held, r)
		}
	}
	fmt.Printf("\nRepeats, made of what people said, beside what others said:\n")
	for _, it := range []struct {
		name  string
		rows  []row
		least int
	}{{"tuned on", tuned, 0}, {"held back", held, 0}, {"held back, of eight words or more", held, 8}, {"all together", f.rows, 0}} {
		if len(it.rows) == 0 {
			continue
		}
		g := find(it.rows, it.least)
		fmt.Printf("\n%s: precision %.3f, recall %.3f of %d; %d false alarms in %d that repeat nothing; %s each\n",
			it.name, g.precision(), g.recall(), g.repeats, g.alarms, g.different, g.took.Round(10*time.Microsecond))
		for _, kind := range slices.SortedFunc(keys(g.kinds), strings.Compare) {
			n := g.kinds[kind]
			fmt.Printf("  %-42s %5d asked %5d found rightly %4d wrongly\n", kind, n.asked, n.right, n.wrong)
		}
	}
}
