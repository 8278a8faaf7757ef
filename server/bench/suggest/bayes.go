package main

import (
	"context"
	"math"
	"strings"
	"unicode"

	"earshot/server/desk/suggest"
)

// bayes is the other way that was tried: complement naive Bayes (Rennie and
// others, 2003) over words and pairs, with the themes' hints as first views.
func bayes(_ context.Context, themes []suggest.Theme, decided []*suggest.View) (ranker, error) {
	var (
		ids    []string
		labels = map[string]int{}
		counts = map[string][]float64{} // by feature: how often with each label
		all    = map[string]float64{}
		totals []float64
		total  float64
	)
	for _, t := range themes {
		labels[t.ID] = len(ids)
		ids = append(ids, t.ID)
	}
	totals = make([]float64, len(ids))
	learn := func(text string, themes []string) {
		for _, f := range wordsAndPairs(text) {
			c := counts[f]
			if c == nil {
				c = make([]float64, len(ids))
				counts[f] = c
			}
			all[f]++
			total++
			for _, t := range themes {
				c[labels[t]]++
				totals[labels[t]]++
			}
		}
	}
	for _, t := range themes {
		learn(t.About, []string{t.ID})
	}
	for _, v := range decided {
		learn(v.Words, v.Themes)
	}
	const smooth = 1
	vocabulary := float64(len(all))
	norms := make([]float64, len(ids))
	weight := func(f string, k int) float64 {
		return -math.Log((all[f] - counts[f][k] + smooth) / (total - totals[k] + smooth*vocabulary))
	}
	for f := range all {
		for k := range ids {
			norms[k] += math.Abs(weight(f, k))
		}
	}
	return func(v *suggest.View) ([]string, []float64) {
		scores := make([]float64, len(ids))
		for _, f := range wordsAndPairs(v.Words) {
			if all[f] > 0 {
				for k := range ids {
					scores[k] += weight(f, k) / norms[k]
				}
			}
		}
		return inOrder(ids, scores)
	}, nil
}

func wordsAndPairs(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	list := words
	for i := 1; i < len(words); i++ {
		list = append(list, words[i-1]+" "+words[i])
	}
	return list
}
