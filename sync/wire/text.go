package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"earshot/sync/record"
)

// normal gives a string trimmed and in NFC. What is trimmed is what a browser's
// String.prototype.trim takes: white space and line ends of ECMAScript.
func normal(s string) string {
	s = strings.TrimFunc(s, trimmed)
	if plainASCII(s) {
		return s
	}
	return norm.NFC.String(s)
}

func trimmed(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', 0xA0, 0xFEFF, 0x2028, 0x2029:
		return true
	}
	return r > 0x7F && unicode.Is(unicode.Zs, r)
}

func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// asIs says whether a JSON string is its own canonical form: printable ASCII
// without escapes and without blanks at its ends.
func asIs(quoted []byte) bool {
	if len(quoted) < 3 || quoted[1] == ' ' || quoted[len(quoted)-2] == ' ' {
		return false
	}
	for _, c := range quoted[1 : len(quoted)-1] {
		if c < 0x20 || c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

// canonicalText gives the canonical form of a JSON string and its length in
// code points.
func canonicalText(quoted []byte) (record.Value, int, error) {
	raw, err := unquote(quoted)
	if err != nil {
		return "", 0, err
	}
	s := normal(string(raw))
	return record.Text(s), utf8.RuneCountInString(s), nil
}

// uuid says whether the text is a UUID, and whether it is in lower case.
func uuid[Text []byte | string](s Text) (ok, lower bool) {
	if len(s) != 36 {
		return false, false
	}
	lower = true
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false, false
			}
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f':
		case 'A' <= c && c <= 'F':
			lower = false
		default:
			return false, false
		}
	}
	return true, lower
}
