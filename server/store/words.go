package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"earshot/sync/record"
)

// What is looked for and what is found are cut into words here, both in the same
// way: letters and digits, without case, accents, apostrophes, and the s of a plural.

// maxWord bounds a word as it is looked up, in bytes; what is longer is cut.
const maxWord = 64

// eachWord calls f with every word of a text: as it is looked up, which is good
// until the next one, and where it stands, in code points.
func eachWord(text string, f func(key []byte, from, to int)) {
	var buffer [maxWord + utf8.UTFMax]byte
	key := buffer[:0]
	from, to, at := 0, 0, 0
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf && folded[r] != 0:
			if len(key) == 0 {
				from = at
			}
			to = at + 1
			if len(key) < maxWord {
				key = append(key, folded[r])
			}
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			if len(key) == 0 {
				from = at
			}
			to = at + 1
			key = appendFolded(key, r)
		case len(key) > 0 && (r == '\'' || r == '’' || r == 'ʼ' || unicode.IsMark(r)):
		case len(key) > 0:
			f(singular(key), from, to)
			key = buffer[:0]
		}
		at++
	}
	if len(key) > 0 {
		f(singular(key), from, to)
	}
}

// folded gives letters and digits of ASCII without case, and 0 for all else.
var folded = func() (to [utf8.RuneSelf]byte) {
	for r := range byte(utf8.RuneSelf) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			to[r] = r
		case 'A' <= r && r <= 'Z':
			to[r] = r | 0x20
		}
	}
	return to
}()

// appendFolded appends a letter beyond ASCII without case and accents.
func appendFolded(key []byte, r rune) []byte {
	for _, r := range norm.NFKD.String(string(r)) {
		if len(key) < maxWord && (unicode.IsLetter(r) || unicode.IsNumber(r)) {
			key = utf8.AppendRune(key, unicode.ToLower(r))
		}
	}
	return key
}

// singular takes the ending of a plural away, by the three rules of D. Harman's "How
// effective is suffixing?" (1991), which mend the usual and do little harm.
func singular(key []byte) []byte {
	n := len(key)
	if n < 4 || key[n-1] != 's' {
		return key
	}
	switch before := key[n-2]; {
	case before == 'e' && key[n-3] == 'i' && key[n-4] != 'e' && key[n-4] != 'a':
		return append(key[:n-3], 'y')
	case before == 'e' && strings.IndexByte("aeo", key[n-3]) < 0, before != 'u' && before != 's' && before != 'e':
		return key[:n-1]
	}
	return key
}

// A term is a word that has to stand in a text; where it is open, how one begins.
type term struct {
	word string
	open bool
}

// openFrom is how many letters of a word have to be there for it to go on: with
// fewer there is hardly a text without.
const openFrom = 3

// readTerms reads what somebody looks for: words, all of which have to be there. The
// last may go on: somebody may still be writing it.
func readTerms(text string) []term {
	var terms []term
	eachWord(text, func(key []byte, _, _ int) {
		if t := (term{word: string(key)}); !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	})
	if n := len(terms); n > 0 {
		last := &terms[n-1]
		last.open = utf8.RuneCountInString(last.word) >= openFrom
	}
	return terms
}

// A mark is where something that was looked for stands in a text: from the first
// code point to the one after the last.
type mark = [2]int

// marks gives where terms stand in a text, in order, and adds to seen which do: bit
// n for the nth.
func marks(text string, terms []term, seen *uint64) []mark {
	var found []mark
	eachWord(text, func(key []byte, from, to int) {
		before := len(found)
		for n, t := range terms {
			if string(key) == t.word || t.open && len(key) > len(t.word) && string(key[:len(t.word)]) == t.word {
				*seen |= 1 << n
				if len(found) == before {
					found = append(found, mark{from, to})
				}
			}
		}
	})
	return found
}

// A said is one text of a field: the whole of it, or one entry of a log.
type said struct{ entry, text string }

// texts gives what stands in a field that can be looked through.
func texts(f *record.Field, v record.Value) []said {
	if v.Absent() {
		return nil
	}
	if f.Kind != record.Log {
		return []said{{text: v.Text()}}
	}
	var out []said
	for _, e := range entries(v) {
		id, _ := e["id"].(string)
		text, _ := e["text"].(string)
		out = append(out, said{id, text})
	}
	return out
}
