package sim

import (
	"flag"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", 0, "how many seeds are run; 0: as many as the time allows")
	from  = flag.Uint64("from", 1, "the first seed")
	long  = flag.Duration("for", 10*time.Second, "for how long, where seeds does not say how many")
	days  = flag.Int("days", 14, "how many days each seed lives")
	tell  = flag.Bool("tell", false, "say everything that happens")
)

// failed are seeds that once found something: that a device showed its own word of what
// is for others to see (197).
var failed = []uint64{197}

func TestWhatIsPromisedHoldsWhateverBreaks(t *testing.T) {
	for _, seed := range failed {
		run(t, seed)
	}
	began, all, n := time.Now(), Counts{}, 0
	for seed := *from; *seeds > 0 && n < *seeds || *seeds == 0 && time.Since(began) < *long; seed++ {
		all.Add(run(t, seed))
		n++
		if t.Failed() {
			break
		}
	}
	t.Logf("%d seeds in %v: %+v", n, time.Since(began).Round(time.Second), all)
}

func run(t *testing.T, seed uint64) Counts {
	t.Helper()
	r, err := Run(t, seed, *days, tracer(t))
	if err != nil {
		t.Errorf("seed %d: %v (after %+v)", seed, err, r.Counts)
	}
	for i, p := range r.Problems {
		if i == 10 {
			t.Errorf("seed %d: and %d more", seed, len(r.Problems)-i)
			break
		}
		t.Errorf("seed %d: %s", seed, p)
	}
	return r.Counts
}

func TestOneSeedGivesOneRun(t *testing.T) {
	for seed := *from; seed < *from+5; seed++ {
		first, err := Run(t, seed, *days, tracer(t))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Run(t, seed, *days, tracer(t))
		if err != nil {
			t.Fatal(err)
		}
		if first.State != again.State || first.Counts != again.Counts {
			t.Errorf("seed %d: ended in %s after %+v, and in %s after %+v", seed, first.State, first.Counts, again.State, again.Counts)
		}
	}
}

func tracer(t *testing.T) func(string, ...any) {
	if *tell {
		return t.Logf
	}
	return func(string, ...any) {}
}
