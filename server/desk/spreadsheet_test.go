package desk_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"earshot/server/desk"
)

func TestTheColumnsOfAnOlderSpreadsheetAreGuessedByTheirNames(t *testing.T) {
	for _, c := range []struct {
		header string
		want   desk.Mapping
	}{
		{"date,service,words", desk.Mapping{"date": 0, "service": 1, "words": 2}},
		{"Comments,Where, Date Received ,Score", desk.Mapping{"words": 0, "service": 1, "date": 2, "sentiment": 3}},
		{"type,theme,HOW HEARD,text,site,day", desk.Mapping{"kind": 0, "themes": 1, "method": 2, "words": 3, "service": 4, "date": 5}},
		// Our own name of another part counts more than what people call this one.
		{"view,words,when,service", desk.Mapping{"words": 1, "date": 2, "service": 3}},
		{"date,date,service", desk.Mapping{"date": 0, "service": 2}},
		{"Name,Telephone", desk.Mapping{}},
	} {
		if got := desk.Guess(strings.Split(c.header, ",")); !reflect.DeepEqual(got, c.want) {
			t.Errorf("of %q it takes %v, not %v", c.header, got, c.want)
		}
	}
}

// workbook makes a workbook of these rows.
func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for i, row := range rows {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A workbook and a CSV of the same rows are the same rows: what came by one is here
// when the other is brought in.
func TestAWorkbookIsReadAsTheCSVOfItIs(t *testing.T) {
	at := time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC)
	book := workbook(t, []any{"date", "service", "words", "sentiment"}, []any{at, "Bridge Street", "They were kind", 1}, []any{}, []any{at, "", "It was shut"})
	const text = "date,service,words,sentiment\n2024-05-31,Bridge Street,They were kind,1\n,,,\n2024-05-31,,It was shut,\n"
	h := aHouse(t)
	var outcomes []desk.Imported
	for _, file := range [][]byte{book, []byte(text)} {
		sheet, err := desk.ReadSpreadsheet(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.into(false).Take(t.Context(), sheet.Views(desk.Guess(sheet.Columns)))
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, got)
	}
	if first, second := outcomes[0], outcomes[1]; first.Taken != 2 || second.Taken != 0 || second.Same != 2 {
		t.Errorf("of the workbook %+v, then of the CSV %+v", first, second)
	}
}

func (h house) into(dry bool) desk.Import {
	return desk.Import{Store: h.Store, DAT: h.dat, Now: time.Now(), Random: rand.Reader, Dry: dry}
}

func TestCellsMayStandApartByWhateverACountryIsUsedTo(t *testing.T) {
	for _, file := range []string{"date,words\n1,a;b\n", "date;words\n1;\"a;b\"\n", "date\twords\n1\ta;b\n"} {
		sheet, err := desk.ReadSpreadsheet(strings.NewReader(file))
		if err != nil || !reflect.DeepEqual(sheet.Rows, [][]string{{"1", "a;b"}}) {
			t.Errorf("%q is read as %+v (%v)", file, sheet, err)
		}
	}
}

func TestWhatIsNoSpreadsheetIsRefusedInWords(t *testing.T) {
	wide := strings.Repeat("a,", 100) + "b\n"
	for name, file := range map[string]string{
		"nothing": "", "a broken workbook": "PK\x03\x04 and no more", "too many columns": wide, "too many rows": "date\n" + strings.Repeat("2024-05-31\n", 20_001),
		"quotes that do not end": "date,words\n\"a", "another kind of zip": "PK\x03\x04" + strings.Repeat("\x00", 200),
	} {
		if sheet, err := desk.ReadSpreadsheet(strings.NewReader(file)); err == nil {
			t.Errorf("%s is read as %+v", name, sheet)
		}
	}
}

// What a preview says would become of a file is what becomes of it, whatever stands
// in it; afterwards all of it is here already.
func TestAPreviewSaysWhatWillBecomeOfAFile(t *testing.T) {
	h := aHouse(t)
	num := 0
	rapid.Check(t, func(t *rapid.T) {
		num++
		var file strings.Builder
		file.WriteString("date,service,words,themes,sentiment,method,kind\n")
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			cell := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
			fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s,%s\n",
				cell("date", "2024-05-31", "31/05/2024", "45443", "soon", ""),
				cell("service", "", "Bridge Street", "BRIDGE  street", fmt.Sprint("Place ", num), strings.Repeat("x", 300)),
				cell("words", "", "They were kind", fmt.Sprint("Words ", num), "\xff"),
				cell("themes", "", "T01", fmt.Sprint("Theme ", num), "staff attitude|T02", strings.Repeat("y", 300)),
				cell("sentiment", "", "1", "5", "9", "good"), cell("method", "", "conv", "telepathy"), cell("kind", "", "gap", "rumour"))
		}
		sheet, err := desk.ReadSpreadsheet(strings.NewReader(file.String()))
		if err != nil {
			t.Fatal(err)
		}
		m := desk.Guess(sheet.Columns)
		take := func(dry bool) desk.Imported {
			got, err := h.into(dry).Take(t.Context(), sheet.Views(m))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		said := take(true)
		if again := take(true); !reflect.DeepEqual(said, again) {
			t.Fatalf("a preview has changed something: %+v, then %+v", said, again)
		}
		if got := take(false); !reflect.DeepEqual(got, said) {
			t.Fatalf("it said %+v, and did %+v\n%s", said, got, file.String())
		}
		if after := take(true); after.Taken != 0 || after.Same != said.Taken+said.Same || after.ServicesMade+after.ThemesMade != 0 {
			t.Fatalf("after %+v a second time would be %+v", said, after)
		}
	})
}

func FuzzReadSpreadsheet(f *testing.F) {
	f.Add([]byte("date,service,words\n2024-05-31,B,\"They, were\"\n"))
	f.Add([]byte("\ufeffWhen;Where\n1;2\n"))
	f.Add(workbook(f, []any{"date", "words"}, []any{45443, "a"}))
	f.Fuzz(func(t *testing.T, file []byte) {
		sheet, err := desk.ReadSpreadsheet(bytes.NewReader(file))
		if err != nil {
			return
		}
		m := desk.Guess(sheet.Columns)
		if views := sheet.Views(m); len(views) > len(sheet.Rows) {
			t.Errorf("%d views of %d rows", len(views), len(sheet.Rows))
		}
		for _, line := range sheet.First(5) {
			if len(line) != len(sheet.Columns) {
				t.Errorf("a line of %d cells under %d columns", len(line), len(sheet.Columns))
			}
		}
	})
}
