package identity

import (
	"fmt"
	"io"
	"strings"
)

// crockford is Douglas Crockford's base 32: no I, L, O and U, so that a code can
// be read aloud and written by hand (https://www.crockford.com/base32.html).
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// An invitation's code is 12 symbols: 60 random bits, in groups of four.
const (
	codeSymbols = 12
	codeGroup   = 4
)

// newCode makes a code, as it is shown: "K7QF-3MXP-2DRA".
func newCode(random io.Reader) (string, error) {
	raw := make([]byte, codeSymbols)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("identity: drawing a code: %w", err)
	}
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(crockford[r&31])
	}
	return b.String(), nil
}

// readCode gives the symbols of a code as somebody typed it: in any case, with
// blanks and dashes anywhere, O for 0, I and L for 1. "" for what can't be one.
func readCode(typed string) string {
	if len(typed) > 200 {
		return ""
	}
	symbols := make([]byte, 0, codeSymbols)
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '\t', '\n', '\r', '-', '_', '.', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || !strings.ContainsRune(crockford, r) || len(symbols) == codeSymbols {
			return ""
		}
		symbols = append(symbols, byte(r))
	}
	if len(symbols) != codeSymbols {
		return ""
	}
	return string(symbols)
}
