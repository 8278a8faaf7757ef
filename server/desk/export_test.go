package desk_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"earshot/server/desk"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
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
	if len(sheet) != 3 || sheet[2][words] != "'=1+1" {
		t.Errorf("the sheet holds %q", sheet)
	}
	feeling, err := excelize.CoordinatesToCellName(slices.Index(rows[0], "feeling")+1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if kind, err := book.GetCellType("view", feeling); err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
		t.Errorf("a feeling is no number in the sheet: %v %v", kind, err)
	}
	if got := rows[2][slices.Index(rows[0], "feeling")]; got != "-2" {
		t.Errorf("a feeling is %q in the CSV", got)
	}
	audit, _, err := h.Audit(t.Context(), store.AuditQuery{DAT: h.dat.Num, Most: 1})
	if err != nil || len(audit) != 1 || audit[0].What != "exported" {
		t.Errorf("the audit does not say that everything was exported: %v %v", audit, err)
	}
}

func TestNothingThatASpreadsheetWouldRunLeaves(t *testing.T) {
	h := aHouse(t)
	h.take(t, "date,service,words,themes\n"+
		"2024-05-31,=HYPERLINK(1),+44,-theme\n2024-05-31,@SUM,-1,\n2024-05-31,\"\t=cmd\",\"\r=cmd\",\n2024-05-31,＝SUM(1),＠x,\n")
	dir := t.TempDir()
	if _, err := desk.Export(t.Context(), h.Store, h.dat, dir); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(filepath.Join(dir, "earshot.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, c := range programme.Schema().Collections {
		sheet, err := book.GetRows(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		rows := readCSV(t, filepath.Join(dir, c.Name+".csv"))
		for _, row := range append(rows, sheet...) {
			for at, cell := range row {
				number := at > 0 && c.Fields[c.Field(rows[0][at])].Type == record.Integer
				if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 && !number {
					t.Errorf("%s holds %q", c.Name, cell)
				}
			}
		}
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
