package desk

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"earshot/server/programme"
	"earshot/sync/record"
)

func TestRowsThatASheetCannotHoldGoOnTheNext(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	s := &sheet{book: book, name: "view", first: true, columns: []string{"id"}, most: 3}
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if err := s.write([]any{n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"view": {"id", "0", "1"}, "view 2": {"id", "2", "3"}, "view 3": {"id", "4"}} {
		rows, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(want) {
			t.Errorf("%s holds %q, want %q", name, rows, want)
			continue
		}
		for i := range want {
			if rows[i][0] != want[i] {
				t.Errorf("%s holds %q, want %q", name, rows, want)
			}
		}
	}
}

func TestWhatNoCellHoldsStandsWholeInTheCSVAlone(t *testing.T) {
	c := programme.Schema().Collection("paper")
	paper := &record.Record{Collection: c, ID: "a", Fields: make([]record.Value, len(c.Fields))}
	for length, fits := range map[int]bool{excelize.TotalCellChars - 8: true, excelize.TotalCellChars: false} {
		content := `{"a":"` + strings.Repeat("é", length) + `"}`
		paper.Fields[c.Field("content")] = record.Value(content)
		text, typed := wholeTable(c).row(paper)
		if last := len(text) - 1; text[last] != content || (typed[last] == content) != fits || !fits && typed[last] != tooLong {
			t.Errorf("of %d letters a workbook has %.60v", length, typed[last])
		}
	}
}
