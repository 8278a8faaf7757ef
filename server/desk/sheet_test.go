package desk

import (
	"testing"

	"github.com/xuri/excelize/v2"
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
