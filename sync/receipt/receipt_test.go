package receipt_test

import (
	"crypto/rand"
	"io"
	"regexp"
	"strings"
	"testing"

	"earshot/sync/receipt"
)

func TestACodeIsThreeWordsAndTwoDigits(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z]{3,7}-[A-Z]{3,7}-[A-Z]{3,7}-\d\d$`)
	last := map[string]bool{}
	for range 4000 {
		code, err := receipt.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !form.MatchString(code) {
			t.Fatalf("%q is no receipt", code)
		}
		last[receipt.LastWord(code)] = true
	}
	// 4,000 draws from 2,048 leave about 290 out; a list of half the words would give 1,024.
	if len(last) < 1500 {
		t.Errorf("%d words in 4000 codes: they are not drawn from the whole list", len(last))
	}
}

func TestTheSameBytesMakeTheSameCode(t *testing.T) {
	// 127, what is left of the first \xff, is drawn again: a number has two digits.
	bytes := "\x00\x00\x08\x00\x00\x01\xff\x2a"
	code, err := receipt.New(strings.NewReader(bytes))
	if err != nil || code != "ABBEY-ABBEY-ABILITY-42" {
		t.Errorf("made %q, %v", code, err)
	}
}

func TestWithoutRandomBytesThereIsNoCode(t *testing.T) {
	if code, err := receipt.New(io.LimitReader(rand.Reader, 6)); err == nil {
		t.Errorf("made %q from too little", code)
	}
}
