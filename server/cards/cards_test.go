package cards

import (
	"bytes"
	"crypto/rand"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"earshot/sync/receipt"
)

// printed gives the pages of so many cards, read back from the file.
func printed(t *testing.T, p Printing, count int) (codes []string, pages []page) {
	t.Helper()
	codes, err := Draw(rand.Reader, count)
	if err != nil {
		t.Fatal(err)
	}
	if p.Origin == nil {
		p.Origin = &url.URL{Scheme: "https", Host: "earshot.example.org"}
	}
	var file bytes.Buffer
	if err := Print(&file, p, codes); err != nil {
		t.Fatal(err)
	}
	return codes, readPDF(t, file.Bytes())
}

func TestEveryCardHasItsCodeInLettersAndAsAQRToTheReceiptPage(t *testing.T) {
	codes, pages := printed(t, Printing{}, 11)
	if len(pages) != 2 {
		t.Fatalf("%d sheets for 11 cards of 8 a sheet", len(pages))
	}
	for i, code := range codes {
		on, at := pages[i/PerSheet], i%PerSheet
		x, y := left+float64(at%columns)*wide, top+float64(at/columns)*high
		if !slices.Contains(on.lines, code) {
			t.Errorf("card %d does not show %s", i, code)
		}
		if got := on.scan(t, x+wide-inside-cardQR, y+inside, cardQR); got != "https://earshot.example.org/r#"+code {
			t.Errorf("the QR of card %d, with %s, reads %q", i, code, got)
		}
	}
}

func TestTheQRAtTheFootHoldsTheCodesOfItsSheet(t *testing.T) {
	codes, pages := printed(t, Printing{}, 11)
	for i, of := range [][]string{codes[:PerSheet], codes[PerSheet:]} {
		if got := strings.Fields(pages[i].scan(t, left, footAt, footQR)); !slices.Equal(got, of) {
			t.Errorf("the foot of sheet %d reads %q, its cards are %q", i, got, of)
		}
	}
}

func TestTheLongestCodesAndAddressFitOnTheCard(t *testing.T) {
	long := []string{"WHISPER-THUNDER-BLANKET-42", "LANTERN-PLASTIC-WEATHER-07"}
	var file bytes.Buffer
	origin := &url.URL{Scheme: "https", Host: "hoert-was-die-leute-sagen.northern-partnership.example.org", Path: "/earshot/"}
	if err := Print(&file, Printing{Origin: origin, Come: strings.Repeat("Wednesdays ", 5)}, long); err != nil {
		t.Fatal(err)
	}
	on := readPDF(t, file.Bytes())[0]
	if got := on.scan(t, left+wide-inside-cardQR, top+inside, cardQR); got != origin.String()+"r#"+long[0] {
		t.Errorf("the QR reads %q", got)
	}
	for _, at := range on.placed {
		if end := at.x + at.wide; at.y < footAt && end > left+columns*wide+inside {
			t.Errorf("%q ends at %.0f mm, beyond the edge of the cards", at.text, end)
		}
		if at.x < left+wide && at.y > top+codeAt && at.y < top+comeAt && at.text != long[0] {
			t.Errorf("%q stands where the code does", at.text)
		}
		if at.y > top+high && at.y < footAt {
			t.Errorf("%q stands below its card", at.text)
		}
	}
}

func TestCodesOfASheetEndInDifferentWords(t *testing.T) {
	codes, err := Draw(rand.Reader, Most)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]bool{}
	for _, code := range codes {
		last[receipt.LastWord(code)] = true
	}
	if len(last) != Most {
		t.Errorf("%d cards end in %d words", Most, len(last))
	}
	for _, count := range []int{0, -1, Most + 1} {
		if _, err := Draw(rand.Reader, count); err == nil {
			t.Errorf("%d cards were drawn", count)
		}
	}
}

// Whoever finds a card learns nothing of its holder.
func TestNoWordOnACardIsAboutDrugs(t *testing.T) {
	_, pages := printed(t, Printing{Come: "Tuesdays at 2"}, PerSheet)
	said := strings.Join(pages[0].lines, " ")
	if !strings.Contains(said, "What happened with what you said?") || !strings.Contains(said, "Tuesdays at 2") {
		t.Fatalf("the words could not be read back: %q", said)
	}
	if found := regexp.MustCompile(`(?i)drug|needle|syringe|treat|recover|addict|alcohol|script|substance|partnership|action team|service|clinic`).FindString(said); found != "" {
		t.Errorf("a card says %q", found)
	}
}
