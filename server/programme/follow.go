package programme

import (
	"encoding/json"
	"slices"
	"strings"

	"earshot/sync/record"
)

// Look is how [Follow] sees the other records of the DAT, as they are in the
// same commit, the change that it follows included.
type Look interface {
	// Record gives a record, also a gone one, or nil when it is not here.
	Record(collection, id string) *record.Record
	// Pointing gives the records of a collection whose Indexed field names the id:
	// as its value, as a value of the set, or in an entry of the log.
	Pointing(collection, field, id string) []*record.Record
	// Now is the time of the commit.
	Now() record.Time
}

// Follow gives what the server does by itself because of a change, to be applied
// in the same commit before anybody is sent it, as ops of the device "server"
// whose N the caller fills in. before is nil when the op made the record. What
// these ops change is followed again; that ends, since each only narrows, or
// copies what stands elsewhere.
//
// Nothing here refuses anything. What must not be seen together is taken apart.
func Follow(before, after *record.Record, op *record.Op, look Look) []record.Op {
	f := following{before: before, after: after, op: op, look: look}
	switch after.Collection {
	case view:
		f.view()
	case matter:
		f.matter()
	case ask:
		f.handledAsItsMatter()
	case answer:
		f.answer()
	case telling:
		f.telling()
	}
	return f.ops
}

type following struct {
	before, after *record.Record
	op            *record.Op
	look          Look
	ops           []record.Op
}

func (f *following) making() bool { return f.before == nil }

// touches says whether the op made the record or names one of the fields.
func (f *following) touches(fields ...string) bool {
	if f.making() {
		return true
	}
	return slices.ContainsFunc(f.op.Changes, func(c record.Change) bool {
		return slices.Contains(fields, f.op.Collection.Fields[c.Field].Name)
	})
}

func (f *following) do(target *record.Record, field string, verb record.Verb, v record.Value, values ...record.Value) {
	f.ops = append(f.ops, record.Op{
		At: f.look.Now(), Collection: target.Collection, ID: target.ID, Base: target.V, Schema: Version,
		Changes: []record.Change{{Field: target.Collection.Field(field), Verb: verb, Value: v, Values: values}},
	})
}

func (f *following) set(target *record.Record, field string, v record.Value) {
	if target.Get(field) != v {
		f.do(target, field, record.SetTo, v)
	}
}

// A view's sentences in a matter fall when it is taken back, when its words are
// erased, or travel less far than they did; also where a matter came before its view.
func (f *following) view() {
	v, words := f.after, record.Text("words")
	narrowed := v.Get("share") != words && (f.making() || f.before.Get("share") == words)
	if v.Gone || Unsays(f.op) || narrowed {
		for _, m := range f.quoting() {
			f.unsay(m, v.ID)
		}
	}
	if !v.Gone && sensitive(v) && f.touches("handling", "service", "matters") {
		for _, m := range f.with(f.quoting(), members(v.Get("matters")), matter) {
			f.part(v, m)
		}
	}
}

// Unsays says whether an op erases what sentences may have been chosen from, so
// that those which lie in quarantine fall too.
func Unsays(op *record.Op) bool {
	if op.Withdraw || op.Collection != view {
		return op.Withdraw
	}
	words := op.Change("words")
	return words != nil && words.Verb == record.Redact
}

// quoting gives the matters that may hold sentences of the view.
func (f *following) quoting() []*record.Record {
	return f.look.Pointing(matter.Name, "said", f.after.ID)
}

// with adds the records with these ids that are here and not among them yet.
func (f *following) with(found []*record.Record, ids []string, c *record.Collection) []*record.Record {
	for _, id := range ids {
		if slices.ContainsFunc(found, func(r *record.Record) bool { return r.ID == id }) {
			continue
		}
		if r := f.look.Record(c.Name, id); r != nil {
			found = append(found, r)
		}
	}
	return found
}

func (f *following) matter() {
	m := f.after
	if m.Gone {
		return
	}
	if f.making() && f.op.Change("handling") == nil {
		f.startNarrow()
	}
	if f.touches("handling", "services") {
		var quoted []string
		for _, e := range sentences(m) {
			quoted = append(quoted, e.View)
		}
		for _, v := range f.with(f.look.Pointing(view.Name, "matters", m.ID), quoted, view) {
			if !v.Gone && sensitive(v) {
				f.part(v, m)
			}
		}
	}
	if f.touches("said") {
		f.unsayWhatMayNotBeSaid()
	}
	if f.touches("handling") {
		for _, r := range append(f.look.Pointing(ask.Name, "matter", m.ID), f.look.Pointing(answer.Name, "matter", m.ID)...) {
			if !r.Gone {
				f.set(r, "handling", record.Text(narrowest(m, "handling")))
			}
		}
	}
	if f.touches("handling", "services", "owner") {
		f.ownedFromOutside()
	}
}

// A matter that does not say how it is to be handled starts as the narrowest of
// the views that were linked to it before it came.
func (f *following) startNarrow() {
	widest := 0
	for _, v := range f.look.Pointing(view.Name, "matters", f.after.ID) {
		if !v.Gone {
			widest = max(widest, slices.Index(handlings, narrowest(v, "handling")))
		}
	}
	if widest > 0 {
		f.set(f.after, "handling", record.Text(handlings[widest]))
	}
}

// part takes a sensitive view out of a matter that its service sees, with the
// sentences chosen from it.
func (f *following) part(v, m *record.Record) {
	if m == nil || m.Gone || sensitive(m) || !has(m, "services", v.Get("service")) {
		return
	}
	if has(v, "matters", record.Text(m.ID)) {
		f.do(v, "matters", record.Remove, "", record.Text(m.ID))
	}
	f.unsay(m, v.ID)
}

// unsay erases the sentences of a view from a matter.
func (f *following) unsay(m *record.Record, viewID string) {
	f.erase(m, func(e sentence) bool { return e.View == viewID })
}

func (f *following) erase(m *record.Record, falls func(sentence) bool) {
	var ids []string
	for _, e := range sentences(m) {
		if falls(e) {
			ids = append(ids, string(record.Text(e.ID)))
		}
	}
	if ids != nil {
		f.do(m, "said", record.Redact, record.Value("["+strings.Join(ids, ",")+"]"))
	}
}

// A sentence that was chosen without having seen that its view was taken back,
// erased or narrowed falls as it comes.
func (f *following) unsayWhatMayNotBeSaid() {
	m := f.after
	f.erase(m, func(e sentence) bool {
		v := f.look.Record(view.Name, e.View)
		switch {
		case e.View == "" || v == nil:
			return false
		case v.Gone || v.Get("share").Text() != "words":
			return true
		case sensitive(v) && !sensitive(m) && has(m, "services", v.Get("service")):
			return true
		}
		// Where words were erased, only what still stands may be said of them.
		return erasedOnce(v, "words") && !strings.Contains(v.Get("words").Text(), e.Text)
	})
}

// A sensitive matter is about how staff of a service behaved: no manager of that
// service owns it.
func (f *following) ownedFromOutside() {
	m := f.after
	if m.Get("owner").Absent() || !sensitive(m) {
		return
	}
	owner := f.look.Record(member.Name, m.Get("owner").Text())
	if owner == nil || owner.Get("role").Text() != manager {
		return
	}
	for _, s := range members(owner.Get("services")) {
		if has(m, "services", record.Text(s)) {
			f.set(m, "owner", record.Null)
			return
		}
	}
}

// handledAsItsMatter copies the matter's handling to what was just made for it,
// and gives it.
func (f *following) handledAsItsMatter() string {
	if f.after.Gone {
		return ""
	}
	now := narrowest(f.after, "handling")
	if !f.making() {
		return now
	}
	m := f.look.Record(matter.Name, f.after.Get("matter").Text())
	if m == nil || m.Gone {
		// It may be sensitive. When it comes it says so, and until then nobody outside hears of it.
		f.set(f.after, "handling", record.Text("sensitive"))
		return now
	}
	now = narrowest(m, "handling")
	f.set(f.after, "handling", record.Text(now))
	return now
}

// An answer that is published gets the time. One made and published at once for
// a matter that its writer did not know to be sensitive stays a draft.
func (f *following) answer() {
	handling := f.handledAsItsMatter()
	a := f.after
	if a.Get("status").Text() != "published" || f.before.Get("status").Text() == "published" {
		return
	}
	if handling == "sensitive" {
		f.set(a, "status", record.Text("draft"))
		return
	}
	if a.Get("published").Absent() {
		f.set(a, "published", f.look.Now().Value())
	}
}

// "Not true" opens the matter again.
func (f *following) telling() {
	if f.after.Get("verdict").Text() != "not_true" || f.before.Get("verdict").Text() == "not_true" {
		return
	}
	a := f.look.Record(answer.Name, f.after.Get("answer").Text())
	m := f.look.Record(matter.Name, a.Get("matter").Text())
	if s := m.Get("status").Text(); s == "decided" || s == "done" {
		f.set(m, "status", record.Text("looking"))
	}
}

// narrowest gives the handling that counts: while a conflict stands, the
// narrowest of what is shown and what was kept.
func narrowest(r *record.Record, field string) string {
	i := r.Collection.Field(field)
	values := r.Collection.Fields[i].Values
	at := slices.Index(values, r.Get(field).Text())
	for _, loser := range r.Losers(i) {
		at = max(at, slices.Index(values, loser.Value.Text()))
	}
	return values[max(at, 0)]
}

func sensitive(r *record.Record) bool { return narrowest(r, "handling") == "sensitive" }

// erasedOnce says whether a field of the record has been redacted.
func erasedOnce(r *record.Record, field string) bool {
	i := r.Collection.Field(field)
	return i < len(r.States) && r.States[i] != nil && r.States[i].Redacted.Seq > 0
}

// A sentence is an entry of a matter's log "said".
type sentence struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	View string `json:"view"`
}

func sentences(m *record.Record) []sentence {
	var all []sentence
	for _, v := range m.Get("said").Elements() {
		var e sentence
		// What stands in a record was checked on its way in.
		if json.Unmarshal([]byte(v), &e) == nil {
			all = append(all, e)
		}
	}
	return all
}

// members gives the values of a set of ids.
func members(v record.Value) []string {
	var all []string
	for _, one := range v.Elements() {
		all = append(all, one.Text())
	}
	return all
}

func has(r *record.Record, set string, v record.Value) bool {
	return !v.Absent() && slices.Contains(r.Get(set).Elements(), v)
}
