package main

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// A ranking is the themes of one row, the likeliest first, and those that are right.
type ranking struct {
	themes []string
	scores []float64
	right  []string
	tuning bool
}

// precision is the label-ranking average precision of one row: for each right
// theme, how much of what is ranked up to it is right. Equal scores share the
// worst of their places.
func (r ranking) precision() float64 {
	var sum float64
	for _, theme := range r.right {
		at := slices.Index(r.themes, theme)
		place, right := 0, 0
		for i, other := range r.themes {
			if r.scores[i] >= r.scores[at] {
				place++
				if slices.Contains(r.right, other) {
					right++
				}
			}
		}
		sum += float64(right) / float64(place)
	}
	return sum / float64(len(r.right))
}

// hit says whether a right theme is among the first n.
func (r ranking) hit(n int) bool {
	return slices.ContainsFunc(r.themes[:min(n, len(r.themes))], func(t string) bool { return slices.Contains(r.right, t) })
}

// A quality is what many rankings come to.
type quality struct {
	rows       int
	precision  float64 // label-ranking average precision
	top1, top3 float64 // parts of the rows with a right theme among the first
}

func judge(list []ranking) quality {
	var q quality
	for _, r := range list {
		q.rows++
		q.precision += r.precision()
		if r.hit(1) {
			q.top1++
		}
		if r.hit(3) {
			q.top3++
		}
	}
	n := float64(max(q.rows, 1))
	q.precision, q.top1, q.top3 = q.precision/n, q.top1/n, q.top3/n
	return q
}

// A themeQuality is how one theme fares.
type themeQuality struct {
	theme string
	rows  int     // where it is right
	top3  float64 // the part of them where it is among the first three
	area  float64 // average precision of all rows, ranked by how well it fits
}

func byTheme(list []ranking) []themeQuality {
	var all []themeQuality
	if len(list) == 0 {
		return nil
	}
	for _, theme := range slices.Sorted(slices.Values(list[0].themes)) {
		q := themeQuality{theme: theme}
		type fit struct {
			score float64
			right bool
		}
		var fits []fit
		for _, r := range list {
			at, right := slices.Index(r.themes, theme), slices.Contains(r.right, theme)
			fits = append(fits, fit{r.scores[at], right})
			if right {
				q.rows++
				if at < 3 {
					q.top3++
				}
			}
		}
		slices.SortStableFunc(fits, func(a, b fit) int { return cmp.Compare(b.score, a.score) })
		found := 0
		for i, f := range fits {
			if f.right {
				found++
				q.area += float64(found) / float64(i+1)
			}
		}
		q.top3, q.area = q.top3/float64(max(q.rows, 1)), q.area/float64(max(q.rows, 1))
		all = append(all, q)
	}
	return all
}

// inOrder gives themes by their scores, the highest first.
func inOrder(themes []string, scores []float64) ([]string, []float64) {
	order := make([]int, len(themes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	ids, sorted := make([]string, len(order)), make([]float64, len(order))
	for n, i := range order {
		ids[n], sorted[n] = themes[i], scores[i]
	}
	return ids, sorted
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
