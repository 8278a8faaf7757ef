package suggest

import (
	"cmp"
	"slices"
	"strings"
)

const (
	// reasons is how many words a suggestion gives as its reason.
	reasons = 3
	// telling is how much a word must speak for a theme, against the one that speaks most.
	telling = 0.25
)

// explain says which words of a view speak for a label: each has what the word
// itself, its groups of letters and its half of a pair add to the label's score.
func (m *model) explain(text string, words []token, list []feature, x []entry) func(label int) []string {
	type source struct {
		word int32
		part float32
		row  int32
	}
	weigh := map[int32]float32{} // by row: of one occurrence
	for _, e := range x {
		weigh[e.row] = e.x
	}
	times := map[int32]float32{}
	for _, f := range list {
		if row, ok := m.words.rows[f.hash]; ok {
			times[row]++
		}
	}
	var sources []source
	for _, f := range list {
		row, ok := m.words.rows[f.hash]
		if !ok || f.first < 0 {
			continue
		}
		part := weigh[row] / times[row] / float32(f.last-f.first+1)
		for word := f.first; word <= f.last; word++ {
			sources = append(sources, source{word, part, row})
		}
	}
	speaks := make([]float32, len(words))
	return func(label int) []string {
		clear(speaks)
		for _, s := range sources {
			speaks[s.word] += s.part * m.weight[int(s.row)*m.labels+label]
		}
		return pick(text, words, speaks)
	}
}

// pick gives the words that speak most, in the order in which they stand there.
// Neighbours are given together, as they were said.
func pick(text string, words []token, speaks []float32) []string {
	order := make([]int, 0, len(words))
	for i, w := range words {
		if speaks[i] > 0 && !idle[w.norm] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(speaks[b], speaks[a]) })
	var chosen []int
	seen := map[string]bool{}
	for _, i := range order {
		if len(chosen) == reasons || speaks[i] < telling*speaks[order[0]] {
			break
		}
		if !seen[words[i].norm] {
			seen[words[i].norm] = true
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	because := []string{}
	for n, i := range chosen {
		if n > 0 && chosen[n-1] == i-1 && strings.TrimSpace(text[words[i-1].to:words[i].from]) == "" {
			because[len(because)-1] += " " + text[words[i].from:words[i].to]
		} else {
			because = append(because, text[words[i].from:words[i].to])
		}
	}
	return because
}

// idle are words that tell nobody why, whatever weight they have.
var idle = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`0 a about after all also am an and any are as at be been but by can could did do does for from get got
		had has have he her here him his i if in into is it its ive just me my no not of on or our out she should so some than that the their
		them then there these they this to too up us very was we were what when which who will with would you your`) {
		m[w] = true
	}
	return m
}()
