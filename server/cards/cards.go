// Package cards prints receipts ahead: cards to hand to people who say something,
// each with a code that nobody has used. Copying a code by hand takes longer than
// writing down what was said; a card is in the hand at once.
//
// A card is carried in pockets that others go through, so neither it nor the
// sheet has a word about drugs, nor the partnership's name, which may have one.
package cards

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"earshot/sync/receipt"
)

// Most is how many cards one file has at most: each ends in a word of its own,
// and there are 2,048 words.
const Most = 2000

// PerSheet is how many cards are on a sheet of A4.
const PerSheet = columns * rows

// Printing is what the cards say.
type Printing struct {
	// Origin is where the server is, as people's browsers see it.
	Origin *url.URL
	// Come says where and when to come, to hear more or take part; without it the
	// card has a line to write on.
	Come string
}

// Draw gives new codes at random, count of them; each ends in another word.
func Draw(random io.Reader, count int) ([]string, error) {
	if count < 1 || count > Most {
		return nil, fmt.Errorf("%d cards can't be made at once: choose from 1 to %d", count, Most)
	}
	codes := make([]string, 0, count)
	taken := make(map[string]bool, count)
	for len(codes) < count {
		code, err := receipt.New(random)
		if err != nil {
			return nil, err
		}
		if last := receipt.LastWord(code); !taken[last] {
			taken[last] = true
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// Millimetres on A4. A card has the size of a bank card, so that it goes where those go.
const (
	columns, rows = 2, 4
	left, top     = 20.0, 10.0
	wide, high    = 85.0, 54.0
	inside        = 5.0
	footAt        = top + rows*high + 8
	footQR        = 46.0
	cardQR        = 25.0
	codeAt        = 34.0 // from the card's top
	comeAt        = 43.0
	leading       = 0.43 // a line's height in millimetres, of a letter's in points
)

// Print writes a PDF: sheets of A4 with eight cards each, to be cut along the
// lines, and at the foot of each one QR code that holds the codes of that sheet,
// with blanks between, for the phone of whoever hands them out.
func Print(w io.Writer, p Printing, codes []string) error {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetTitle("Cards", true)
	pdf.SetLang("en-GB")
	pdf.SetAutoPageBreak(false, 0)
	s := &sheet{Fpdf: pdf, Printing: p, said: pdf.UnicodeTranslatorFromDescriptor("")}
	for at := 0; at < len(codes); at += PerSheet {
		s.page(codes[at:min(at+PerSheet, len(codes))])
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("writing the cards: %w", err)
	}
	return nil
}

type sheet struct {
	*fpdf.Fpdf
	Printing
	said func(string) string // text in the font's own encoding
}

func (s *sheet) page(codes []string) {
	s.AddPage()
	for i, code := range codes {
		s.card(left+float64(i%columns)*wide, top+float64(i/columns)*high, code)
	}
	s.foot(codes)
}

func (s *sheet) card(x, y float64, code string) {
	s.SetDrawColor(150, 150, 150)
	s.SetLineWidth(0.1)
	s.SetDashPattern([]float64{1, 1}, 0)
	s.Rect(x, y, wide, high, "D")
	s.SetDashPattern(nil, 0)

	beside := wide - 3*inside - cardQR
	s.text(x+inside, y+inside, beside, 11, "B", "What happened with what you said?")
	page := s.Origin.JoinPath("/r")
	how := "See it at " + page.Host + page.Path + " with this code, or ask any of our volunteers. No name needed. You can take it back there, too."
	from, size := s.GetY()+1.5, 8.5
	for size > 4 && s.height(how, beside, size) > y+codeAt-from {
		size -= 0.5 // an address may be long
	}
	s.text(x+inside, from, beside, size, "", how)
	s.code(x+wide-inside-cardQR, y+inside, cardQR, page.String()+"#"+code)

	// As large as the card lets it be.
	s.SetFont("Helvetica", "B", 16)
	s.SetFontSize(min(16, 16*(wide-2*inside)/s.GetStringWidth(code)))
	s.SetXY(x+inside, y+codeAt)
	s.CellFormat(wide-2*inside, 7, code, "", 0, "C", false, 0, "")

	s.text(x+inside, y+comeAt, wide-2*inside, 8.5, "", strings.TrimSpace("To hear more or take part, come to: "+s.Come))
	if s.Come == "" {
		s.Line(x+inside, y+high-3.5, x+wide-inside, y+high-3.5)
	}
}

func (s *sheet) foot(codes []string) {
	s.code(left, footAt, footQR, strings.Join(codes, " "))
	beside := columns*wide - footQR - inside
	s.text(left+footQR+inside, footAt, beside, 11, "B", "For whoever hands these out")
	s.text(left+footQR+inside, s.GetY()+1.5, beside, 9.5, "",
		"Open Cards in Earshot and scan this once. From then on each view takes the next card: the phone shows the word that its code ends in, and that is the one to hand over.\n\n"+
			"Whoever has a code can take back what was said with it. Cut this part off, keep it where you keep your keys, and tear it up when the cards are gone.")
}

// text lays words out from a corner, as many lines as they take; GetY is then below them.
func (s *sheet) text(x, y, wide, size float64, style, words string) {
	s.SetFont("Helvetica", style, size)
	s.SetXY(x, y)
	s.MultiCell(wide, leading*size, s.said(words), "", "L", false)
}

// height gives how high words are that are laid out in plain letters of a size, in millimetres.
func (s *sheet) height(words string, wide, size float64) float64 {
	s.SetFont("Helvetica", "", size)
	return leading * size * float64(len(s.SplitLines([]byte(s.said(words)), wide)))
}

// code draws a QR code as a square; what can't be one makes the file fail.
func (s *sheet) code(x, y, side float64, text string) {
	drawn, err := qr.Encode(text, qr.M)
	if err != nil {
		s.SetError(fmt.Errorf("drawing a QR code of %d characters: %w", len(text), err))
		return
	}
	module := side / float64(drawn.Size)
	s.SetFillColor(0, 0, 0)
	for row := range drawn.Size {
		for from := 0; from < drawn.Size; from++ {
			to := from
			for to < drawn.Size && drawn.Black(to, row) {
				to++
			}
			if to > from {
				s.Rect(x+float64(from)*module, y+float64(row)*module, float64(to-from)*module, module, "F")
				from = to
			}
		}
	}
}
