package cards

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/draw"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// A page is what a reader of the file sees on one sheet: lines of text, and what
// is black, at so many dots a millimetre.
type page struct {
	lines  []string
	placed []line
	black  *image.Gray
}

type line struct {
	text       string
	x, y, wide float64 // millimetres; the width as 0.6 of the size of its letters, more than most have
}

const (
	dots   = 10
	points = 72 / 25.4 // to a millimetre
	tall   = 297.0
)

var (
	stream = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	shown  = regexp.MustCompile(`BT ([\d.]+) ([\d.]+) Td \(((?:\\.|[^\\)])*)\)\s*Tj`)
	sized  = regexp.MustCompile(`/F\w+ ([\d.]+) Tf`)
	filled = regexp.MustCompile(`([\d.]+) ([\d.]+) ([\d.]+) (-[\d.]+) re f`)
)

// readPDF reads the pages of a file back: what they draw, not what was meant.
func readPDF(t *testing.T, file []byte) []page {
	t.Helper()
	var pages []page
	for _, found := range stream.FindAllSubmatch(file, -1) {
		inflater, err := zlib.NewReader(bytes.NewReader(found[1]))
		if err != nil {
			continue // not what a page draws
		}
		drawn, err := io.ReadAll(inflater)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, readPage(string(drawn)))
	}
	return pages
}

func readPage(drawn string) page {
	p := page{black: image.NewGray(image.Rect(0, 0, 210*dots, int(tall)*dots))}
	draw.Draw(p.black, p.black.Bounds(), image.White, image.Point{}, draw.Src)
	size := 0.0
	for each := range strings.Lines(drawn) {
		if at := sized.FindStringSubmatch(each); at != nil {
			size = number(at[1])
		}
		if at := shown.FindStringSubmatch(each); at != nil {
			text := strings.NewReplacer(`\(`, "(", `\)`, ")", `\\`, `\`).Replace(at[3])
			p.lines = append(p.lines, text)
			p.placed = append(p.placed, line{text, number(at[1]) / points, tall - number(at[2])/points, float64(len(text)) * size * 0.6 / points})
		}
		if at := filled.FindStringSubmatch(each); at != nil {
			x, y := number(at[1])/points, tall-number(at[2])/points
			draw.Draw(p.black, image.Rect(
				dot(x), dot(y), dot(x+number(at[3])/points), dot(y-number(at[4])/points),
			), image.NewUniform(color.Black), image.Point{}, draw.Src)
		}
	}
	return p
}

// scan reads the QR code in a square, as a camera does that sees a little around it.
func (p page) scan(t *testing.T, x, y, side float64) string {
	t.Helper()
	const around = 4.0
	seen := p.black.SubImage(image.Rect(dot(x-around), dot(y-around), dot(x+side+around), dot(y+side+around)))
	bitmap, err := gozxing.NewBinaryBitmapFromImage(seen)
	if err != nil {
		t.Fatal(err)
	}
	// It is a drawing and no photograph: what looks for a code in one misjudges the size of three in a thousand.
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Errorf("no QR code at %.0f, %.0f: %v", x, y, err)
		return ""
	}
	return read.GetText()
}

func dot(millimetres float64) int { return int(math.Round(millimetres * dots)) }

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}
