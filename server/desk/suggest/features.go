package suggest

import (
	"math"
	"slices"
)

// The kinds of feature. Each is brought to a length of its own, so that a long
// word's many groups of letters do not drown the word.
const (
	ofWord = iota
	ofPair
	ofLetters
	ofFact
	kinds
)

var (
	// share is the length of each kind in a view's vector.
	share = [kinds]float32{1, 0.7, 1.5, 0.5}
	// least is in how many views a feature must stand to be learnt.
	least = [kinds]int32{1, 2, 2, 1}
)

// Groups of letters are within a word, blanks around it counted. They bring
// "appointment" and "apointments" together.
const lettersFrom, lettersTo = 4, 5

// A feature is one thing that a view has, by its hash.
type feature struct {
	hash uint64
	kind uint8
	// first and last are the words that it comes from; -1: from none.
	first, last int32
}

// hash is FNV-1a over the parts, each ended.
func hash(kind uint8, parts ...string) uint64 {
	const basis, prime = 14695981039346656037, 1099511628211
	h := (uint64(basis) ^ uint64(kind)) * prime
	for _, part := range parts {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	return h
}

// features takes apart what was said, and adds what else is known of it.
func features(words []token, facts []string) []feature {
	list := make([]feature, 0, len(words)*12+len(facts))
	for i, w := range words {
		at := int32(i)
		list = append(list, feature{hash(ofWord, w.norm), ofWord, at, at})
		if i > 0 {
			list = append(list, feature{hash(ofPair, words[i-1].norm, w.norm), ofPair, at - 1, at})
		}
		for group := range w.letters(lettersFrom, lettersTo) {
			list = append(list, feature{hash(ofLetters, group), ofLetters, at, at})
		}
	}
	for _, fact := range facts {
		list = append(list, feature{hash(ofFact, fact), ofFact, -1, -1})
	}
	return list
}

// A vocabulary is the features that are known, each with a row of weights.
type vocabulary struct {
	rows map[uint64]int32
	idf  []float32 // by row: how rare it is
	kind []uint8
}

// newVocabulary learns which features there are. Rows are given in the order in
// which features come.
func newVocabulary(views [][]feature) *vocabulary {
	type count struct{ views, last int32 }
	counts := map[uint64]*count{}
	var order []feature
	for i, list := range views {
		for _, f := range list {
			c := counts[f.hash]
			if c == nil {
				c = &count{last: -1}
				counts[f.hash] = c
				order = append(order, f)
			}
			if c.last != int32(i) {
				c.views, c.last = c.views+1, int32(i)
			}
		}
	}
	v := &vocabulary{rows: map[uint64]int32{}}
	for _, f := range order {
		n := counts[f.hash].views
		if n < least[f.kind] {
			continue
		}
		v.rows[f.hash] = int32(len(v.idf))
		v.idf = append(v.idf, float32(math.Log(float64(1+len(views))/float64(1+n))+1))
		v.kind = append(v.kind, f.kind)
	}
	return v
}

// withoutFacts gives what the words alone say.
func (v *vocabulary) withoutFacts(x []entry) []entry {
	return slices.DeleteFunc(slices.Clone(x), func(e entry) bool { return v.kind[e.row] == ofFact })
}

// An entry is the weight of one known feature in a view.
type entry struct {
	row int32
	x   float32
}

// vector weighs a view's features by how often each stands in it and how rare it
// is, each kind brought to its share.
func (v *vocabulary) vector(list []feature) []entry {
	rows := make([]int32, 0, len(list))
	for _, f := range list {
		if row, ok := v.rows[f.hash]; ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	out := make([]entry, 0, len(rows))
	var squares [kinds]float32
	for from := 0; from < len(rows); {
		row, to := rows[from], from+1
		for to < len(rows) && rows[to] == row {
			to++
		}
		x := float32(1+math.Log(float64(to-from))) * v.idf[row]
		squares[v.kind[row]] += x * x
		out = append(out, entry{row, x})
		from = to
	}
	for i := range out {
		k := v.kind[out[i].row]
		out[i].x *= share[k] / float32(math.Sqrt(float64(squares[k])))
	}
	return out
}
