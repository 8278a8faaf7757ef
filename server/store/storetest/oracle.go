package storetest

import (
	"encoding/json"
	"fmt"
	"slices"

	"earshot/server/programme"
	"earshot/sync/record"
)

// agrees fails the test where a replica is not what the schema's rules give from
// the records: which it holds, in which audiences, and which fields of each.
// Nothing here looks at grants or feeds that the store keeps.
func (w *World) agrees(r *Replica) {
	w.Helper()
	if problem := w.disagreement(r); problem != "" {
		w.Fatalf("the replica of a %s: %s", r.Reader.Role, problem)
	}
}

func (w *World) disagreement(r *Replica) string {
	w.Helper()
	held := 0
	for _, c := range programme.Schema().Collections {
		problem := ""
		w.must(w.Each(ctx, w.DAT.Num, c.Name, func(rec *record.Record) error {
			key := c.Name + "/" + rec.ID
			want, reads := sent(rec, r)
			h, has := r.Records[key]
			switch {
			case reads != has:
				problem = fmt.Sprintf("%s: held %v, should be %v", key, has, reads)
			case has && shown(h) != want:
				problem = fmt.Sprintf("%s: is held as\n%s\nand should be\n%s", key, shown(h), want)
			}
			if reads {
				held++
			}
			return nil
		}))
		if problem != "" {
			return problem
		}
	}
	if held != len(r.Records) {
		return fmt.Sprintf("it holds %d records, there are %d for it", len(r.Records), held)
	}
	return ""
}

// sent gives a record as a reader should hold it, worked out from its rules.
func sent(rec *record.Record, r *Replica) (text string, reads bool) {
	var mask record.Mask
	var audiences []string
	for _, g := range rec.Grants() {
		if slices.Contains(r.Reader.Audiences, g.Audience) {
			mask, audiences = mask|g.Mask, append(audiences, g.Audience)
		}
	}
	if audiences == nil {
		return "", false
	}
	slices.Sort(audiences)
	k := mask & rec.Settles(record.Writer{Member: r.Reader.Member, Role: r.Reader.Role, Services: r.Reader.Services})
	losers := record.AppendLoserValues(nil, rec, k)
	if slices.Contains(r.Reader.Audiences, "desk") {
		losers = record.AppendLosers(nil, rec, k)
	}
	return fmt.Sprintf("%d %v %s %s", rec.V, audiences, canonical(record.AppendFields(nil, rec, mask)), canonical(losers)), true
}

func shown(h Held) string {
	slices.Sort(h.A)
	var k any
	if h.K != nil {
		k = h.K
	}
	return fmt.Sprintf("%d %v %s %s", h.V, h.A, canonical(mustJSON(h.F)), canonical(mustJSON(k)))
}

func canonical(b []byte) []byte {
	if len(b) == 0 || string(b) == "null" {
		return []byte("-")
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		panic("storetest: the store wrote what is no JSON: " + err.Error())
	}
	return mustJSON(v)
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("storetest: " + err.Error())
	}
	return b
}
