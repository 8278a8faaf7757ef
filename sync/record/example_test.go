package record_test

import (
	"fmt"

	"earshot/sync/record"
)

// Two people change the title of one note, and neither has seen the other's
// change. The later is the value, the other is kept until somebody settles it.
func ExampleApply() {
	note := &record.Collection{
		Name:      "note",
		MadeBy:    []string{"member"},
		ChangedBy: []string{"member"},
		Fields:    []record.Field{{Name: "title", Required: true}},
	}
	record.NewSchema(1, note)

	var rec *record.Record
	seq := int64(0)
	hear := func(device string, n, base int64, at record.Time, verb record.Verb, title string) {
		op := &record.Op{N: n, Collection: note, ID: "a", Base: base, Changes: []record.Change{{Verb: verb, Value: record.Text(title)}}}
		w := record.Writer{Device: device, Member: "of " + device, Role: "member"}
		seq++
		r := record.Apply(rec, op, w, record.Arrival{Seq: seq, Time: at})
		rec = r.Record
		fmt.Printf("%s: %s", r.Status, record.AppendFields(nil, rec, ^record.Mask(0)))
		for _, l := range rec.Losers(0) {
			fmt.Printf(" beside %s", l.Value)
		}
		fmt.Println()
	}
	hear("phone", 1, 0, 100, record.SetTo, "Opening")
	hear("desk", 1, 1, 300, record.SetTo, "Opening hours")
	hear("phone", 2, 1, 200, record.SetTo, "Late opening")
	hear("desk", 2, 3, 400, record.Settle, "Late opening")
	// Output:
	// applied: {"title":"Opening"}
	// applied: {"title":"Opening hours"}
	// kept: {"title":"Opening hours"} beside "Late opening"
	// applied: {"title":"Late opening"}
}
