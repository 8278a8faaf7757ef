package suggest

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is one word of a text.
type token struct {
	// norm is how it is compared: in small letters, without apostrophes; every
	// number is "0".
	norm string
	// from and to are where it stands in the text, in bytes.
	from, to int
}

// tokens takes a text apart.
func tokens(text string) []token {
	var out []token
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			at += size
			continue
		}
		end := at
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !(apostrophe(r) && letterAt(text[end+size:])) {
				break
			}
			end += size
		}
		out = append(out, token{norm: norm(text[at:end]), from: at, to: end})
		at = end
	}
	return out
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' }

func letterAt(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}

func norm(word string) string {
	number := true
	small := strings.Map(func(r rune) rune {
		if apostrophe(r) {
			return -1
		}
		number = number && unicode.IsDigit(r)
		return unicode.ToLower(r)
	}, word)
	if number {
		return "0"
	}
	return small
}

// letters gives the groups of from to to letters of a word, a blank before it and
// one behind it counted.
func (t token) letters(from, to int) iter.Seq[string] {
	return func(yield func(string) bool) {
		text := " " + t.norm + " "
		starts := make([]int, 0, len(text)+1)
		for at := range text {
			starts = append(starts, at)
		}
		starts = append(starts, len(text))
		for n := from; n <= to; n++ {
			for i := 0; i+n < len(starts); i++ {
				if !yield(text[starts[i]:starts[i+n]]) {
					return
				}
			}
		}
	}
}
