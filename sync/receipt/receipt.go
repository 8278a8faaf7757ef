// Package receipt makes the codes that people who spoke take away: three common
// words and two digits, such as PINE-RIVER-LAMP-42. 2,048 words make 39.6 bits,
// easy to say and to write. A phone makes them as it writes a view down
// (pwa/src/sync/receipt.ts, from the same list); here they are made ahead, to be
// printed on cards.
package receipt

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"math/big"
	"strings"
)

//go:embed words.txt
var list string

// words are 2,048: common, of three to seven letters, no two a letter apart. A
// test of the phone's holds them to that.
var words = strings.Fields(strings.ToUpper(list))

// New makes a code from random bytes. Its error is that of reading them.
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

// below draws a number from 0 to n-1, each as likely as any other.
func below(random io.Reader, n int) (int64, error) {
	drawn, err := rand.Int(random, big.NewInt(int64(n)))
	if err != nil {
		return 0, fmt.Errorf("drawing a receipt at random: %w", err)
	}
	return drawn.Int64(), nil
}
