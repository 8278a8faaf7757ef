package desk

import (
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"earshot/sync/record"
)

// A table is how a collection stands in a spreadsheet: a record is a row, a field a
// column; sets are joined by "|", objects and logs are JSON.
type table struct {
	of      *record.Collection
	columns []string // "id", then the fields by name
	fields  []int

	text  []string // of the last row, used again
	typed []any
}

// tableOf has a column for each field that a mask lets through.
func tableOf(c *record.Collection, visible record.Mask) *table {
	t := &table{of: c, columns: []string{"id"}}
	for i, f := range c.Fields {
		if visible.Has(i) {
			t.columns, t.fields = append(t.columns, f.Name), append(t.fields, i)
		}
	}
	t.text, t.typed = make([]string, len(t.columns)), make([]any, len(t.columns))
	return t
}

// wholeTable has a column for each field that ever leaves the server.
func wholeTable(c *record.Collection) *table {
	var visible record.Mask
	for i, f := range c.Fields {
		if !f.Private {
			visible |= 1 << i
		}
	}
	return tableOf(c, visible)
}

// tooLong stands in a workbook for what does not fit into a cell of one, of which a
// part would pass for the whole.
const tooLong = "(too long for a cell: it stands in the CSV and in the JSON)"

// row gives a record's cells, as text and with numbers as such. They are good until
// the next call.
func (t *table) row(r *record.Record) (text []string, typed []any) {
	t.text[0], t.typed[0] = r.ID, r.ID
	for at, i := range t.fields {
		f, v := &t.of.Fields[i], r.Fields[i]
		t.text[at+1] = cell(f, v)
		t.typed[at+1] = t.text[at+1]
		if utf8.RuneCountInString(t.text[at+1]) > excelize.TotalCellChars {
			t.typed[at+1] = tooLong
		}
		if n, err := v.Integer(); err == nil && f.Type == record.Integer {
			t.typed[at+1] = n
		}
	}
	return t.text, t.typed
}

// cell is a value as a person reads it in a spreadsheet, and as no spreadsheet
// runs it.
func cell(f *record.Field, v record.Value) string {
	switch {
	case v.Absent():
		return ""
	case f.Kind == record.Set:
		var list []string
		for _, one := range v.Elements() {
			list = append(list, one.Text())
		}
		return unformula(strings.Join(list, "|"))
	case f.Kind == record.Log || f.Type == record.Object || f.Type == record.Integer || f.Type == record.Boolean:
		return string(v)
	}
	return unformula(v.Text())
}

// unformula keeps a spreadsheet from running what a person said: a text that
// begins like a formula gets an apostrophe before it. In a workbook too: its
// cells are text and run nothing, until somebody saves it as CSV.
func unformula(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) { // wide ones too: some spreadsheets take them for the same
		return "'" + text
	}
	return text
}
