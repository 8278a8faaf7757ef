package identity

import (
	"crypto/rand"
	"regexp"
	"testing"
)

func TestACodeIsReadHoweverItIsTyped(t *testing.T) {
	const want = "K7QF3MXP2D0A"
	for _, typed := range []string{
		"K7QF-3MXP-2D0A", "k7qf-3mxp-2d0a", "K7QF 3MXP 2D0A", "k7qf3mxp2doa", " K7QF–3MXP—2DOA\n", "K 7 Q F 3 M X P 2 D O A",
	} {
		if got := readCode(typed); got != want {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	if got := readCode("1LI0-OO11-LLII"); got != "111000111111" {
		t.Errorf("look-alikes are read as %q", got)
	}
}

func TestWhatCannotBeACodeIsNone(t *testing.T) {
	for _, typed := range []string{
		"", "K7QF", "K7QF-3MXP-2D0", "K7QF-3MXP-2D0AA", "K7QF-3MXP-2D0U", "K7QF-3MXP-2D0é", "K7QF-3MXP-2D0\x00", "ΑΑΑΑ-ΑΑΑΑ-ΑΑΑΑ",
		string(make([]byte, 1<<20)),
	} {
		if got := readCode(typed); got != "" {
			t.Errorf("%.20q is read as %q", typed, got)
		}
	}
}

func TestACodeCanBeReadAloudAndIsNeverTheSame(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$`)
	seen := map[string]bool{}
	for range 1000 {
		code, err := newCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(code) {
			t.Fatalf("%q has another shape", code)
		}
		if readCode(code) == "" || seen[code] {
			t.Fatal("a code can't be read back, or came twice")
		}
		seen[code] = true
	}
}
