package suggest

import (
	"maps"
	"math"
	"slices"
)

// A Matter is what views are brought together in.
type Matter struct {
	ID, Title        string
	Services, Themes []string // ids
	Sensitive        bool
	// Closed: nothing is brought to it any more.
	Closed bool
}

// A Link is a matter that a view may belong to.
type Link struct {
	Matter string
	// Score is how near it is, from 0 to 1.
	Score float64
	// Because are words of the view that the matter's views share, at most three;
	// Theme and Service say that it shares those too.
	Because        []string
	Theme, Service bool
}

// Matters suggests which matter a view may belong to.
type Matters struct {
	matters []gathered
	rarity
}

// gathered is a matter with what the views that were brought to it say.
type gathered struct {
	Matter
	words            map[uint64]float64 // how much of what it says each word is
	themes, services map[string]bool
}

// GatherMatters reads matters and the views that are linked to them. A title
// counts like one more view.
func GatherMatters(matters []Matter, views []*View) *Matters {
	m := &Matters{rarity: rarity{times: map[uint64]int{}}}
	texts := map[string][][]uint64{}
	gather := func(matter, text string) {
		words := different(sayingOf(text).words)
		for _, w := range words {
			m.times[w]++
		}
		m.views++
		texts[matter] = append(texts[matter], words)
	}
	at := map[string]int{}
	for _, matter := range matters {
		if matter.Closed {
			continue
		}
		at[matter.ID] = len(m.matters)
		g := gathered{Matter: matter, words: map[uint64]float64{}, themes: map[string]bool{}, services: map[string]bool{}}
		g.has(matter.Themes, matter.Services)
		m.matters = append(m.matters, g)
		gather(matter.ID, matter.Title)
	}
	for _, v := range views {
		for _, matter := range v.Matters {
			if i, ok := at[matter]; ok {
				m.matters[i].has(v.Themes, []string{v.Service})
				gather(matter, v.Words)
			}
		}
	}
	for i := range m.matters {
		m.matters[i].weigh(texts[m.matters[i].ID], &m.rarity)
	}
	return m
}

func (g *gathered) has(themes, services []string) {
	for _, id := range themes {
		g.themes[id] = true
	}
	for _, id := range services {
		g.services[id] = true
	}
}

// weigh makes the mean of what was said, of length 1.
func (g *gathered) weigh(texts [][]uint64, r *rarity) {
	var squares float64
	for _, words := range texts {
		for _, w := range words {
			g.words[w] += r.rare(w) / float64(len(texts))
		}
	}
	// In one order, so that the sum is the same each time.
	for _, w := range slices.Sorted(maps.Keys(g.words)) {
		squares += g.words[w] * g.words[w]
	}
	for w := range g.words {
		g.words[w] /= math.Sqrt(squares)
	}
}

// What words, a shared theme and a shared service come to together, and from what
// on a matter is suggested: words alone must be near, and nothing without any.
const (
	themeShare, serviceShare = 0.15, 0.10
	linkFrom, wordsFrom      = 0.30, 0.08
)

// Find gives the matter that a view may belong to, if there is one. themes are
// those that the view has, or may have. A sensitive view is offered sensitive
// matters alone, and any other none of them.
func (m *Matters) Find(v *View, themes []string) (Link, bool) {
	said := sayingOf(v.Words)
	asked := different(said.words)
	var squares float64
	for _, w := range asked {
		squares += m.rare(w) * m.rare(w)
	}
	if squares == 0 {
		return Link{}, false
	}
	var found Link
	var by *gathered
	for i := range m.matters {
		g := &m.matters[i]
		if g.Sensitive != v.Sensitive || slices.Contains(v.Matters, g.ID) {
			continue
		}
		var near float64
		for _, w := range asked {
			near += m.rare(w) * g.words[w]
		}
		near /= math.Sqrt(squares)
		link := Link{
			Matter: g.ID, Score: near, Service: g.services[v.Service],
			Theme: slices.ContainsFunc(themes, func(id string) bool { return g.themes[id] }),
		}
		if link.Theme {
			link.Score += themeShare
		}
		if link.Service {
			link.Score += serviceShare
		}
		link.Score = min(link.Score, 1)
		if near >= wordsFrom && link.Score >= linkFrom && (link.Score > found.Score || link.Score == found.Score && link.Matter < found.Matter) {
			found, by = link, g
		}
	}
	if by == nil {
		return Link{}, false
	}
	speaks := make([]float32, len(said.words))
	for i, w := range said.words {
		speaks[i] = float32(m.rare(w) * by.words[w])
	}
	found.Because = pick(v.Words, said.tokens, speaks)
	return found, true
}

// A rarity is how often words were said, and by how many.
type rarity struct {
	views int
	times map[uint64]int
}

func (r *rarity) rare(word uint64) float64 { return rare(word, r.times[word], r.views) }
