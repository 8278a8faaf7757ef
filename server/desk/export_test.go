package desk_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"earshot/server/desk"
	"earshot/server/programme"
)

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEveryCollectionGoesOutAsCSVAndAsASheet(t *testing.T) {
	h := aHouse(t)
	h.take(t, "date,service,words,sentiment\n2024-05-31,Bridge,\"Kind, and \"\"quick\"\"\",1\n2024-05-31,Bridge,=1+1,5\n")
	dir := filepath.Join(t.TempDir(), "new", "place")
	files, err := desk.Export(t.Context(), h.Store, h.dat, dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(programme.Schema().Collections) + 1; len(files) != want {
		t.Errorf("%d files, want %d", len(files), want)
	}
	for _, file := range files {
		info, err := os.Stat(filepath.Join(dir, file.Name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("others may read %s: %v", file.Name, info.Mode())
		}
	}
	rows := readCSV(t, filepath.Join(dir, "view.csv"))
	words := -1
	for i, name := range rows[0] {
		if name == "words" {
			words = i
		}
		if name == "receipt" {
			t.Error("receipts leave the server")
		}
	}
	if len(rows) != 3 || rows[1][words] != `Kind, and "quick"` {
		t.Errorf("views:\n%q", rows)
	}
	if rows[2][words] != "'=1+1" {
		t.Errorf("a spreadsheet would run %q", rows[2][words])
	}

	book, err := excelize.OpenFile(filepath.Join(dir, "earshot.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	sheet, err := book.GetRows("view")
	if err != nil {
		t.Fatal(err)
	}
	if len(sheet) != 3 || sheet[2][words] != "=1+1" {
		t.Errorf("the sheet holds %q", sheet)
	}
}

func TestAnExportReplacesTheLastOne(t *testing.T) {
	h := aHouse(t)
	dir := t.TempDir()
	for range 2 {
		h.take(t, "date,service,words\n2024-05-31,Bridge,Once\n")
		if _, err := desk.Export(t.Context(), h.Store, h.dat, dir); err != nil {
			t.Fatal(err)
		}
	}
	if rows := readCSV(t, filepath.Join(dir, "view.csv")); len(rows) != 2 {
		t.Errorf("%d rows, want the header and one view", len(rows))
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != len(programme.Schema().Collections)+1 {
		t.Errorf("%d files in the directory (%v)", len(left), err)
	}
}
