package suggest

import "math"

// What a young desk has heard says little of how rare a word is. So it counts as
// if so many people had spoken before, each using an idle word with this chance
// and any other with that one.
const (
	before     = 500
	idleChance = 0.15
	wordChance = 0.004
)

var idleHashes = func() map[uint64]bool {
	m := map[uint64]bool{}
	for w := range idle {
		m[hash(ofWord, w)] = true
	}
	return m
}()

// rare is how much it says that somebody uses a word that so many of the views
// have, in nats.
func rare(word uint64, times, views int) float64 {
	chance := wordChance
	if idleHashes[word] {
		chance = idleChance
	}
	return math.Log(float64(views+before) / (float64(times) + before*chance))
}
