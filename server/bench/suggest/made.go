package main

import (
	"math/rand/v2"
	"strings"
)

// ways are how a repeat is made of what somebody said.
var ways = []struct {
	name string
	make func(r *rand.Rand, text, other string) string
}{
	{"typing errors", func(r *rand.Rand, text, _ string) string { return mistyped(r, text) }},
	{"in another order", func(r *rand.Rand, text, _ string) string { return reordered(r, text) }},
	{"half as long", func(r *rand.Rand, text, _ string) string { return halved(r, text) }},
	{"other words around", func(r *rand.Rand, text, other string) string { return around(r, text, other) }},
}

// mistyped makes an error in one letter of twenty.
func mistyped(r *rand.Rand, text string) string {
	var out []rune
	list := []rune(text)
	for i := 0; i < len(list); i++ {
		c := list[i]
		if c == ' ' || r.IntN(20) > 0 {
			out = append(out, c)
			continue
		}
		switch r.IntN(4) {
		case 0: // left out
		case 1: // twice
			out = append(out, c, c)
		case 2: // the next one first
			if i+1 < len(list) {
				out = append(out, list[i+1])
				i++
			}
			out = append(out, c)
		default: // another one
			out = append(out, rune('a'+r.IntN(26)))
		}
	}
	return string(out)
}

// reordered changes the order of sentences or, where there is one alone, of its parts.
func reordered(r *rand.Rand, text string) string {
	parts := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(".,;!?\n", c) })
	if len(parts) < 2 {
		parts = nil
		list := words(text)
		for len(list) > 0 {
			n := min(len(list), 2+r.IntN(3))
			parts = append(parts, strings.Join(list[:n], " "))
			list = list[n:]
		}
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ". ")
}

// halved keeps the first half, the second, or every other word on average.
func halved(r *rand.Rand, text string) string {
	list := words(text)
	half := (len(list) + 1) / 2
	switch r.IntN(3) {
	case 0:
		list = list[:half]
	case 1:
		list = list[len(list)-half:]
	default:
		keep := r.Perm(len(list))[:half]
		in := map[int]bool{}
		for _, i := range keep {
			in[i] = true
		}
		var some []string
		for i, w := range list {
			if in[i] {
				some = append(some, w)
			}
		}
		list = some
	}
	return strings.Join(list, " ")
}

var leads = []string{"She told me that", "One man said:", "He was saying", "Somebody at the desk said", "I was told", "A lady wanted to pass on that", "They keep saying"}

// around puts a lead before, and some of what another person said behind or before.
func around(r *rand.Rand, text, other string) string {
	list := words(other)
	n := min(len(list), max(4, len(words(text))*(30+r.IntN(60))/100))
	from := r.IntN(len(list) - n + 1)
	more := strings.Join(list[from:from+n], " ")
	if r.IntN(2) == 0 {
		return leads[r.IntN(len(leads))] + " " + text + ". " + more
	}
	return more + ". " + leads[r.IntN(len(leads))] + " " + text
}

func words(text string) []string { return strings.Fields(text) }
