package programme_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A world is one DAT in memory: ops come in as JSON, take effect by
// record.Apply, and what follows from them follows at once, as in the store.
type world struct {
	t       testing.TB
	records map[string]*record.Record // by collection/id
	seq     int64
	now     record.Time
	n       map[string]int64
	ids     int
}

// person is a member and their one device.
type person struct {
	id, role string
	services []string
}

func (p person) writer() record.Writer {
	return record.Writer{Device: "device of " + p.id, Member: p.id, Role: p.role, Services: p.services}
}

func (p person) audiences() []string {
	return programme.Audiences(programme.Member{ID: p.id, Role: p.role, Services: p.services})
}

func uuid(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012x", n) }

// Two services, and one person of each role. Mo manages the first service.
var (
	riverside, northgate = uuid(0x51), uuid(0x52)

	ash = person{uuid(0xa1), "volunteer", nil}
	dee = person{uuid(0xa2), "outreach", nil}
	jo  = person{uuid(0xa3), "coordinator", nil}
	sam = person{uuid(0xa4), "coordinator", nil}
	mo  = person{uuid(0xa5), "manager", []string{riverside}}
	kim = person{uuid(0xa6), "lead", nil}
	pat = person{uuid(0xa7), "admin", nil}

	everybody = []person{ash, dee, jo, sam, mo, kim, pat}
)

func newWorld(t testing.TB) *world {
	w := &world{t: t, records: map[string]*record.Record{}, n: map[string]int64{}}
	w.at("2026-11-04T10:00:00Z") // a Wednesday
	return w
}

func (w *world) at(when string) {
	t, err := record.ParseTime(when)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = t
}

func (w *world) id() string { w.ids++; return uuid(0x10000 + w.ids) }

// op decodes an op from its JSON. Where base is left out its writer has seen
// the record as it is.
func (w *world) op(text string) (*record.Op, *record.Problem) {
	var said map[string]any
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		w.t.Fatalf("%v: %s", err, text)
	}
	if said["at"] == nil {
		said["at"] = w.now.String()
	}
	if said["base"] == nil {
		said["base"] = 0
		if r := w.records[fmt.Sprint(said["c"], "/", said["r"])]; r != nil {
			said["base"] = r.V
		}
	}
	said["schema"] = programme.Version
	whole, err := json.Marshal(said)
	if err != nil {
		w.t.Fatal(err)
	}
	return wire.DecodeOp(programme.Schema(), whole, 1)
}

// says hands in an op for a member and gives "" or the code it was refused with.
func (w *world) says(p person, text string) string {
	op, problem := w.op(text)
	if problem == nil {
		problem = w.take(p.writer(), op)
	}
	if problem == nil {
		return ""
	}
	if problem.Message == "" {
		w.t.Errorf("%s says nothing of what to do", problem.Code)
	}
	return problem.Code
}

// must hands in an op that is taken.
func (w *world) must(p person, text string) {
	w.t.Helper()
	if code := w.says(p, text); code != "" {
		w.t.Fatalf("refused (%s): %s", code, text)
	}
}

func (w *world) take(by record.Writer, op *record.Op) *record.Problem {
	w.seq++
	w.now += 1000
	w.n[by.Device]++
	op.N = w.n[by.Device]
	key := op.Collection.Name + "/" + op.ID
	before := w.records[key]
	result := record.Apply(before, op, by, record.Arrival{Seq: w.seq, Time: w.now})
	if result.Status == record.Refused {
		return result.Problem
	}
	if result.Record == nil {
		return nil
	}
	w.records[key] = result.Record
	for _, next := range programme.Follow(before, result.Record, op, w) {
		if r := w.Record(next.Collection.Name, next.ID); r == nil || next.Base != r.V && next.Base > r.V {
			w.t.Errorf("a follow-up of %s names a base that is ahead of its record", key)
		}
		next.Base = w.records[next.Collection.Name+"/"+next.ID].V
		if p := w.take(record.Writer{Device: "server", Server: true}, &next); p != nil {
			w.t.Errorf("a follow-up of %s was refused: %s %s", key, p.Code, p.Field)
		}
	}
	return nil
}

func (w *world) Record(collection, id string) *record.Record { return w.records[collection+"/"+id] }

func (w *world) Pointing(collection, field, id string) []*record.Record {
	var found []*record.Record
	for _, r := range w.records {
		if r.Collection.Name == collection && strings.Contains(string(r.Get(field)), `"`+id+`"`) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *record.Record) int { return strings.Compare(a.ID, b.ID) })
	return found
}

func (w *world) Now() record.Time { return w.now }

func (w *world) get(collection, id, field string) string {
	return string(w.Record(collection, id).Get(field))
}

// reads gives the fields that a member is let through of a record, as JSON; ""
// when they are not sent it at all.
func (w *world) reads(p person, collection, id string) string {
	r := w.Record(collection, id)
	if r == nil || r.Gone {
		return ""
	}
	var mask record.Mask
	in := false
	for _, g := range r.Grants() {
		if slices.Contains(p.audiences(), g.Audience) {
			mask, in = mask|g.Mask, true
		}
	}
	if !in {
		return ""
	}
	return string(record.AppendFields(nil, r, mask))
}

// a view that Ash heard at Riverside
func (w *world) view(more string) string {
	w.t.Helper()
	id := w.id()
	w.must(ash, fmt.Sprintf(`{"c":"view","r":%q,"set":{"service":%q,"method":"conv","share":"words","words":"Never any 1 ml, and it shuts at five."}}`, id, riverside))
	if more != "" {
		w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,%s}`, id, more))
	}
	return id
}

// a matter that Jo raises
func (w *world) matter(set string) string {
	w.t.Helper()
	id := w.id()
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"title":"Opening times","level":"service"%s},"add":{"services":[%q]}}`, id, set, riverside))
	return id
}

func (w *world) release() {
	w.t.Helper()
	var views []*record.Record
	for _, r := range w.records {
		if r.Collection == programme.Views {
			views = append(views, r)
		}
	}
	for _, op := range programme.Release(time.UnixMicro(int64(w.now)), views) {
		if p := w.take(record.Writer{Device: "server", Server: true}, &op); p != nil {
			w.t.Fatal(p)
		}
	}
}
