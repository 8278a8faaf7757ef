package suggest

import (
	"cmp"
	"slices"
)

// A Repeat is an earlier view that says the same.
type Repeat struct {
	View string
	// Score is how likely it is the same, from 0 to 1.
	Score float64
}

// Repeats finds, among what was said, what another view repeats: with errors, in
// another order, in half of the words, or with other words around it. It is not
// for concurrent use.
type Repeats struct {
	said  []*View // nil: not any more
	sizes []int32 // how many different words each has
	at    map[string]int32
	words map[uint64][]int32 // who has said a word
	count int
	// shared is room for candidates: how much each view shares; all 0 between two calls.
	shared []float64
}

// NewRepeats gives a Repeats that has heard nothing.
func NewRepeats() *Repeats {
	return &Repeats{at: map[string]int32{}, words: map[uint64][]int32{}}
}

// Add takes a view in. One that is here already is removed first.
func (r *Repeats) Add(v *View) {
	r.Remove(v.ID)
	if v.Words == "" {
		return
	}
	at := int32(len(r.said))
	words := different(sayingOf(v.Words).words)
	for _, w := range words {
		r.words[w] = append(r.words[w], at)
	}
	r.said, r.sizes, r.shared, r.at[v.ID] = append(r.said, v), append(r.sizes, int32(len(words))), append(r.shared, 0), at
	r.count++
}

// Remove forgets a view; of its words nothing but hashes stays.
func (r *Repeats) Remove(id string) {
	if at, ok := r.at[id]; ok {
		r.said[at] = nil
		delete(r.at, id)
		r.count--
	}
}

// likely is from which score on a view is called a likely repeat: rather one too
// few than two people taken for one.
const likely = 0.75

// Find gives the earlier view that v repeats, if there is one.
func (r *Repeats) Find(v *View) (Repeat, bool) {
	best, e := r.nearest(v)
	if best == nil {
		return Repeat{}, false
	}
	found := Repeat{View: best.ID, Score: e.score()}
	return found, found.Score >= likely
}

// nearest gives the view that comes nearest, and how near that is.
func (r *Repeats) nearest(v *View) (best *View, e evidence) {
	asked := sayingOf(v.Words)
	var next float64
	for _, at := range r.candidates(v.ID, asked.words) {
		other := r.said[at]
		found := r.compare(asked, sayingOf(other.Words))
		found.elsewhere = v.Service != other.Service
		found.days = max(v.Day-other.Day, other.Day-v.Day)
		switch near := found.near(); {
		case best == nil || near > e.near():
			if best != nil {
				next = max(next, e.near())
			}
			best, e = other, found
		default:
			next = max(next, near)
		}
	}
	if best != nil && e.mass > 0 {
		e.rival = next / e.near()
	}
	return best, e
}

// A saying is a text as it is compared: its words in their order.
type saying struct {
	tokens []token
	words  []uint64
	// pairs are the pairs of letters of each word, sorted; nil until they are asked for.
	pairs [][]uint64
}

// mostWords is how many words of a text are compared: two long texts that are the
// same are so from the start.
const mostWords = 400

func sayingOf(text string) *saying {
	list := tokens(text)
	s := &saying{tokens: list[:min(mostWords, len(list))]}
	s.words, s.pairs = make([]uint64, len(s.tokens)), make([][]uint64, len(s.tokens))
	for i, w := range s.tokens {
		s.words[i] = hash(ofWord, w.norm)
	}
	return s
}

func (s *saying) pairsOf(word int) []uint64 {
	if s.pairs[word] == nil {
		for pair := range s.tokens[word].letters(2, 2) {
			s.pairs[word] = append(s.pairs[word], hash(ofLetters, pair))
		}
		slices.Sort(s.pairs[word])
	}
	return s.pairs[word]
}

func different(words []uint64) []uint64 {
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(words)
}

func (r *Repeats) rare(word uint64) float64 { return rare(word, len(r.words[word]), r.count) }

const (
	// most is how many views are compared for each of two reasons.
	most = 12
	// rarest words are looked up however often they were said; then no more than so many views are.
	rarest, lookups = 6, 20_000
)

// candidates are the views that share the rarest words with a text, and those
// that have most of their own words from it.
func (r *Repeats) candidates(self string, words []uint64) []int32 {
	words = different(words)
	slices.SortFunc(words, func(a, b uint64) int { return cmp.Or(cmp.Compare(r.rare(b), r.rare(a)), cmp.Compare(a, b)) })
	var sharing []int32
	looked := 0
	for n, w := range words {
		if looked += len(r.words[w]); n >= rarest && looked > lookups {
			break
		}
		rare := r.rare(w)
		for _, at := range r.words[w] {
			if r.shared[at] == 0 {
				sharing = append(sharing, at)
			}
			r.shared[at] += rare
		}
	}
	var much, mostly top
	for _, at := range sharing {
		if v := r.said[at]; v != nil && v.ID != self {
			much.take(at, r.shared[at])
			mostly.take(at, r.shared[at]/float64(r.sizes[at]+2))
		}
		r.shared[at] = 0
	}
	picked := append(much.list(), mostly.list()...)
	slices.Sort(picked)
	return slices.Compact(picked)
}

// top keeps the few with the highest scores, the lower number where two are equal.
type top struct {
	at    [most]int32
	score [most]float64
	count int
}

func (b *top) take(at int32, score float64) {
	i := b.count
	for i > 0 && (score > b.score[i-1] || score == b.score[i-1] && at < b.at[i-1]) {
		i--
	}
	if i == most {
		return
	}
	b.count = min(b.count+1, most)
	copy(b.at[i+1:b.count], b.at[i:])
	copy(b.score[i+1:b.count], b.score[i:])
	b.at[i], b.score[i] = at, score
}

func (b *top) list() []int32 { return b.at[:b.count] }
