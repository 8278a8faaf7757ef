// Package receipt makes the codes that people who spoke take away: three common
// words and two digits, such as PINE-RIVER-LAMP-42. 2,048 words make 39.6 bits,
// easy to say and to write. A phone makes them as it writes a view down
// (pwa/src/sync/receipt.ts, from the same list); here they are made ahead, to be
// printed on cards.
package receipt

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

//go:embed words.txt
var list string

// words are 2,048: common, of three to seven letters, no two a letter apart. A
// test of the phone's holds them to that.
var words = strings.Fields(strings.ToUpper(list))

// New makes a code from random bytes. Each is as likely as any other.
func New(random io.Reader) (string, error) {
	var parts [4]string
	for i := range 3 {
		n, err := below(random, len(words))
		if err != nil {
			return "", err
		}
		parts[i] = words[n]
	}
	n, err := below(random, 100)
	if err != nil {
		return "", err
	}
	parts[3] = fmt.Sprintf("%02d", n)
	return strings.Join(parts[:], "-"), nil
}

// LastWord gives the word that a code ends in, before its digits: by it cards of
// one sheet are told apart.
func LastWord(code string) string {
	parts := strings.Split(code, "-")
	return parts[max(0, len(parts)-2)]
}

// below draws a number from 0 to n-1; what would make some likelier is drawn again.
func below(random io.Reader, n int) (int, error) {
	var two [2]byte
	for {
		if _, err := io.ReadFull(random, two[:]); err != nil {
			return 0, fmt.Errorf("drawing a receipt at random: %w", err)
		}
		if drawn := int(binary.BigEndian.Uint16(two[:])); drawn < 1<<16-(1<<16)%n {
			return drawn % n, nil
		}
	}
}
