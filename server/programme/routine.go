package programme

import (
	"slices"
	"strings"
	"time"

	"earshot/sync/record"
)

// Release gives the ops that let services see views, to be applied by the server
// once at the start of each Monday: of these views, those whose week has ended
// and that were accepted, both before this week began. They come all at once, in
// the order of their ids, so that no live change tells on which day a view was
// heard, nor which of them belong together. A view that was accepted later waits
// for the next Monday, and one on whose review two people differ until that is
// settled.
func Release(now time.Time, views []*record.Record) []record.Op {
	monday := Monday(now)
	var due []*record.Record
	for _, v := range views {
		if !v.Gone && v.Get("released").Absent() && weekEnded(v, monday) && acceptedBefore(v, monday) {
			due = append(due, v)
		}
	}
	slices.SortFunc(due, func(a, b *record.Record) int { return strings.Compare(a.ID, b.ID) })
	ops := make([]record.Op, len(due))
	for i, v := range due {
		ops[i] = record.Op{
			At: record.At(now), Collection: view, ID: v.ID, Base: v.V, Schema: Version,
			Changes: []record.Change{{Field: view.Field("released"), Verb: record.SetTo, Value: Date(monday)}},
		}
	}
	return ops
}

func weekEnded(v *record.Record, monday time.Time) bool {
	began, err := time.Parse(time.DateOnly, v.Get("week").Text())
	return err == nil && !began.AddDate(0, 0, 7).After(monday)
}

// acceptedBefore says whether the step to accepted stands, alone, and was made
// before a time.
func acceptedBefore(v *record.Record, t time.Time) bool {
	i := view.Field("review")
	accepted := record.Text("accepted")
	if v.Fields[i] != accepted || len(v.Losers(i)) > 0 {
		return false
	}
	at := v.Made.Time // an import, or a coordinator's own view, may be accepted as it is made
	if i < len(v.States) && v.States[i] != nil {
		first := record.Time(0)
		for _, w := range v.States[i].Writes {
			if w.Until == 0 && w.Value == accepted && (first == 0 || w.Time < first) {
				first = w.Time
			}
		}
		if first != 0 {
			at = first
		}
	}
	return at < record.At(t)
}

// Missed gives the ops that say of planned visits that nobody went: those still
// planned when the day after the planned one is over. A phone that was there and
// has had no signal yet still says so afterwards, and is believed: a step by the
// server yields to a person's.
func Missed(now time.Time, visits []*record.Record) []record.Op {
	var ops []record.Op
	for _, v := range visits {
		planned, err := record.ParseTime(v.Get("planned").Text())
		if v.Gone || err != nil || v.Get("status").Text() != "planned" {
			continue
		}
		if day := planned.Std().Truncate(24 * time.Hour); now.Before(day.AddDate(0, 0, 2)) {
			continue
		}
		ops = append(ops, record.Op{
			At: record.At(now), Collection: visit, ID: v.ID, Base: v.V, Schema: Version,
			Changes: []record.Change{{Field: visit.Field("status"), Verb: record.SetTo, Value: record.Text("missed")}},
		})
	}
	return ops
}
