package record

import (
	"testing"

	"pgregory.net/rapid"
)

// The outcome does not depend on the order in which the server hears of the
// changes, as far as the final value and the set of losers go.
//
// Two things are left out where ops come late. What hangs on an own earlier step
// that is not here yet is judged without it. And of two redactions that did not
// see each other, the one that comes late finds what its device wrote after it
// erased by the other: it can't be brought back, and is not meant to be.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	for name, d := range map[string]drawing{
		"registers, sets, logs, narrow": {punctual: true, length: 14},
		"steps":                         {punctual: true, steps: true, length: 14},
		"redactions":                    {punctual: true, redact: true, length: 14},
		"ops that come late":            {punctual: true, held: true, length: 14},
		"long":                          {punctual: true, redact: true, steps: true, length: 60},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				h := drawHistory(t, d)
				first := play(h.events, nil)
				for range 3 {
					order := h.reorder(t)
					other := play(order, nil)
					if describe(first.rec) != describe(other.rec) {
						t.Fatalf("in one order:\n%sin another:\n%s", narrate(h.events, first), narrate(order, other))
					}
					for _, e := range order {
						if first.problem[e] != other.problem[e] {
							t.Fatalf("%s is judged by what came since:\n%sin another:\n%s", e, narrate(h.events, first), narrate(order, other))
						}
					}
				}
			})
		})
	}
}
