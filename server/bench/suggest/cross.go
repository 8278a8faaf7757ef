package main

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"earshot/server/desk/suggest"
)

// parts is how many parts cross-validation has: each row is ranked by what was
// learnt from the other four.
const parts = 5

// A ranker ranks the themes of a row.
type ranker func(v *suggest.View) (themes []string, scores []float64)

// A way of learning.
type way func(ctx context.Context, themes []suggest.Theme, decided []*suggest.View) (ranker, error)

// linear is the product's own way.
func linear(ctx context.Context, themes []suggest.Theme, decided []*suggest.View) (ranker, error) {
	learnt, err := suggest.LearnThemes(ctx, themes, decided)
	if err != nil {
		return nil, err
	}
	return func(v *suggest.View) (ids []string, scores []float64) {
		for _, fit := range learnt.Rank(v) {
			ids, scores = append(ids, fit.Theme.ID), append(scores, fit.Score)
		}
		return ids, scores
	}, nil
}

// bare takes away all but the words: no service, no kind of feedback.
func bare(w way) way {
	return func(ctx context.Context, themes []suggest.Theme, decided []*suggest.View) (ranker, error) {
		strip := func(v *suggest.View) *suggest.View {
			return &suggest.View{ID: v.ID, Words: v.Words, Themes: v.Themes}
		}
		var list []*suggest.View
		for _, v := range decided {
			list = append(list, strip(v))
		}
		rank, err := w(ctx, themes, list)
		if err != nil {
			return nil, err
		}
		return func(v *suggest.View) ([]string, []float64) { return rank(strip(v)) }, nil
	}
}

// A trial is one cross-validation.
type trial struct {
	file *file
	// rows may be learnt from and are ranked; counted are the themes that count.
	rows    []row
	counted map[string]bool
	part    func(row) uint32
	way     way
	// most is how many of the other parts' rows are learnt from; 0: all,
	// below 0: none. Those that come first by chance.
	most int
	// unsaid leaves the kind of feedback out of what is asked, as a phone may.
	unsaid bool
}

// An outcome is what a trial came to.
type outcome struct {
	rankings []ranking
	out      int           // rows without a theme that counts
	learning time.Duration // the longest of the five
	ranking  time.Duration // the mean of a row
}

func (t trial) run(ctx context.Context) (outcome, error) {
	var (
		o      outcome
		mu     sync.Mutex
		group  sync.WaitGroup
		places = make(chan struct{}, runtime.GOMAXPROCS(0))
		failed error
		ranked = make([][]ranking, parts)
	)
	for part := range uint32(parts) {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			rankings, learning, ranking, err := t.onePart(ctx, part)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
			}
			ranked[part] = rankings
			o.learning = max(o.learning, learning)
			o.ranking += ranking
		})
	}
	group.Wait()
	for _, list := range ranked {
		o.rankings = append(o.rankings, list...)
	}
	o.out = len(t.rows) - len(o.rankings)
	o.ranking /= time.Duration(max(len(o.rankings), 1))
	return o, failed
}

// heldBack are the rankings of people on whom nothing was tuned.
func (o outcome) heldBack() []ranking {
	return slices.DeleteFunc(slices.Clone(o.rankings), func(r ranking) bool { return r.tuning })
}

func (t trial) onePart(ctx context.Context, part uint32) (list []ranking, learning, took time.Duration, err error) {
	var known []*suggest.View
	for i := range t.rows {
		if r := &t.rows[i]; t.part(*r) != part && len(r.Themes) > 0 {
			known = append(known, &r.View)
		}
	}
	if t.most != 0 {
		slices.SortFunc(known, func(a, b *suggest.View) int { return cmp.Compare(number("curve", a.ID), number("curve", b.ID)) })
		known = known[:min(max(t.most, 0), len(known))]
	}
	began := time.Now()
	rank, err := t.way(ctx, t.file.themes, known)
	if err != nil {
		return nil, 0, 0, err
	}
	learning = time.Since(began)
	for i := range t.rows {
		r := &t.rows[i]
		right := slices.DeleteFunc(slices.Clone(r.Themes), func(id string) bool { return !t.counted[id] })
		if t.part(*r) != part || len(right) == 0 {
			continue
		}
		asked := r.View
		asked.Themes = nil // what is right is not told
		if t.unsaid {
			asked.Kind = ""
		}
		began := time.Now()
		ids, scores := rank(&asked)
		took += time.Since(began)
		one := ranking{right: right, tuning: tuning(r.person)}
		for i, id := range ids {
			if t.counted[id] {
				one.themes, one.scores = append(one.themes, id), append(one.scores, scores[i])
			}
		}
		for id := range t.counted { // what this part has never seen comes last
			if !slices.Contains(one.themes, id) {
				one.themes, one.scores = append(one.themes, id), append(one.scores, -1)
			}
		}
		list = append(list, one)
	}
	return list, learning, took, nil
}

// byChance puts each row into a part of its own luck.
func byChance(r row) uint32 { return number("part", r.ID) % parts }

// together keeps the rows of one person in one part, and near repeats of each
// other too, so that nothing that is ranked was learnt in other letters.
func together(rows []row) func(row) uint32 {
	above := map[string]string{}
	var top func(person string) string
	top = func(person string) string {
		if next := above[person]; next != "" {
			return top(next)
		}
		return person
	}
	heard, by := suggest.NewRepeats(), map[string]string{}
	for i := range rows {
		r := &rows[i]
		if found, ok := heard.Find(&r.View); ok {
			if a, b := top(r.person), top(by[found.View]); a != b {
				above[a] = b
			}
		}
		heard.Add(&r.View)
		by[r.ID] = r.person
	}
	return func(r row) uint32 { return number("part", top(r.person)) % parts }
}
