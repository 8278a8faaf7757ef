package suggest

import "math"

// evidence is what speaks for one text repeating another.
type evidence struct {
	mass      float64 // how rare what they share is, in nats
	contained float64 // how much of the shorter one stands in the longer one
	union     float64 // how much of both they share
	runs      float64 // how much of what they share stands side by side in both
	rival     float64 // how near the next best comes, against this
	elsewhere bool    // another service
	days      int     // between them
}

// near is what the nearest is chosen by.
func (e evidence) near() float64 { return e.mass * (e.contained + e.union + 0.3*e.runs) }

// score is a logistic regression, fitted on half of what server/bench/suggest
// makes; where and when are set by hand, since what is made says nothing of them.
func (e evidence) score() float64 {
	mass := math.Log1p(e.mass)
	z := weights[0] + weights[1]*e.contained + weights[2]*e.union + weights[3]*mass +
		weights[4]*e.rival + weights[5]*e.contained*mass + weights[6]*e.runs*mass
	if e.elsewhere {
		z--
	}
	z -= 0.5 * math.Log1p(float64(e.days)/30)
	return 1 / (1 + math.Exp(-z))
}

var weights = [...]float64{-0.52, 1.11, 2.31, -2.60, -4.31, 2.66, 0.95}

const (
	// alikeFrom is how alike two words must be to be one with an error in it, and
	// errorFrom how many letters such a word has.
	alikeFrom = 0.6
	errorFrom = 4
	// mostPairs is how many pairs of words are looked at for errors: in longer texts
	// there are enough words without one, and nobody is to wait for a very long one.
	mostPairs = 10_000
)

// compare lays two texts side by side: word by word, first those that are equal,
// then those that nearly are.
func (r *Repeats) compare(a, b *saying) evidence {
	at := make([]int, len(a.words)) // the word of b that each word of a is; -1: none
	taken := make([]bool, len(b.words))
	for i := range at {
		at[i] = -1
	}
	match := func(i int, same func(j int) bool) {
		fits := func(j int) bool { return j < len(taken) && !taken[j] && same(j) }
		// What stands behind the match of the word before comes first.
		if i > 0 && at[i-1] >= 0 && fits(at[i-1]+1) {
			at[i] = at[i-1] + 1
			taken[at[i]] = true
			return
		}
		for j := range taken {
			if fits(j) {
				at[i], taken[j] = j, true
				return
			}
		}
	}
	for i, w := range a.words {
		match(i, func(j int) bool { return b.words[j] == w })
	}
	for i := range a.words {
		if len(a.words)*len(b.words) > mostPairs {
			break
		}
		if at[i] < 0 && len(a.tokens[i].norm) >= errorFrom {
			match(i, func(j int) bool { return alike(a.pairsOf(i), b.pairsOf(j)) >= alikeFrom })
		}
	}
	var e evidence
	var left, right, runs float64
	for i, w := range a.words {
		if at[i] < 0 {
			left += r.rare(w)
			continue
		}
		rare := r.rare(b.words[at[i]])
		left, e.mass = left+rare, e.mass+rare
		if i > 0 && at[i-1] >= 0 && at[i] == at[i-1]+1 || i+1 < len(at) && at[i+1] == at[i]+1 {
			runs += rare
		}
	}
	for _, w := range b.words {
		right += r.rare(w)
	}
	if e.mass > 0 {
		e.contained, e.union, e.runs = e.mass/min(left, right), e.mass/(left+right-e.mass), runs/e.mass
	}
	return e
}

// alike is Dice's coefficient of two sorted lists: 1 where they are equal, 0 where
// they share nothing.
func alike(a, b []uint64) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}
