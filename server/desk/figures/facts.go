package figures

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/server/programme"
	"earshot/sync/record"
)

// Facts is what is counted of one DAT's records. It is not safe for concurrent use.
type Facts struct {
	names    names
	views    map[string]*view
	visits   map[string]*visit
	matters  map[name]*matter
	answers  map[name]*answer
	tellings map[string]telling
	parents  map[name]name // of themes
	members  map[name]member

	linked map[name]map[*view]struct{} // the views of a matter
	merged map[name]map[name]struct{}  // the matters that were merged into one
	dirty  []*view                     // out of the sums, and to be put back

	sums
}

// A day is the number of days since 1970-01-01; never stands for none.
type day int32

const never day = -1 << 31

// A view, as far as it is counted.
type view struct {
	at                        day
	service, by, kind, method name
	themes, matters           []name
	looked                    day  // when it was; never where nobody has
	aside                     bool // it goes no further
	summed, gone              bool
}

type visit struct {
	at                  day
	service, by, method name
	minutes             int
	spoken, declined    int
}

type matter struct {
	here               bool
	into               name // what it was merged into
	decided            day  // never: it is not
	decision, outcome  name
	claimed, confirmed day
	answers            map[name]struct{}
}

type answer struct {
	matter    name
	published day // never: it is not
	tellings  map[string]struct{}
}

type telling struct {
	answer, service name
	at              day
}

type member struct{ role, status string }

func (m member) goesOut() bool { return m.role == "volunteer" || m.role == "outreach" }

// NewFacts gives the facts of a DAT of which nothing is known.
func NewFacts() *Facts {
	return &Facts{
		names: newNames(), views: map[string]*view{}, visits: map[string]*visit{}, matters: map[name]*matter{},
		answers: map[name]*answer{}, tellings: map[string]telling{}, parents: map[name]name{}, members: map[name]member{},
		linked: map[name]map[*view]struct{}{}, merged: map[name]map[name]struct{}{}, sums: newSums(),
	}
}

// Take takes a record in as it is now, or out where it is gone. The sums hold after
// the next [Facts.Report].
func (f *Facts) Take(r *record.Record) {
	switch r.Collection.Name {
	case "view":
		f.takeView(r)
	case "visit":
		f.takeVisit(r)
	case "matter":
		f.takeMatter(r)
	case "answer":
		f.takeAnswer(r)
	case "telling":
		f.takeTelling(r)
	case "theme":
		f.takeTheme(r)
	case "member":
		id := f.names.of(r.ID)
		delete(f.members, id)
		if !r.Gone {
			f.members[id] = member{r.Get("role").Text(), r.Get("status").Text()}
		}
	}
}

func (f *Facts) takeView(r *record.Record) {
	if was := f.views[r.ID]; was != nil {
		f.out(was)
		was.gone = true
		for _, m := range was.matters {
			delete(f.linked[m], was)
		}
		delete(f.views, r.ID)
	}
	at, ok := dayOf(r.Get("at"))
	if r.Gone || !ok {
		return
	}
	v := &view{
		at: at, looked: never,
		service: f.names.of(r.Get("service").Text()), by: f.names.of(r.Get("by").Text()),
		kind: f.names.of(r.Get("kind").Text()), method: f.names.of(r.Get("method").Text()),
		themes: f.names.all(r.Get("themes")), matters: f.names.all(r.Get("matters")),
	}
	review := r.Get("review").Text()
	v.aside = review == "set_aside"
	if review != "new" {
		v.looked = max(at, written(r, "review"))
	}
	f.views[r.ID] = v
	for _, m := range v.matters {
		if f.linked[m] == nil {
			f.linked[m] = map[*view]struct{}{}
		}
		f.linked[m][v] = struct{}{}
	}
	f.dirty = append(f.dirty, v)
}

func (f *Facts) takeVisit(r *record.Record) {
	if was := f.visits[r.ID]; was != nil {
		f.addVisit(was, -1)
		delete(f.visits, r.ID)
	}
	status := r.Get("status").Text()
	at, ok := dayOf(r.Get("started"))
	if r.Gone || !ok || status != "running" && status != "done" {
		return
	}
	v := &visit{at: at, service: f.names.of(r.Get("service").Text()), by: f.names.of(r.Get("by").Text()), method: f.names.of(r.Get("method").Text())}
	v.spoken, v.declined = integer(r, "spoken"), integer(r, "declined")
	began, _ := record.ParseTime(r.Get("started").Text())
	if ended, err := record.ParseTime(r.Get("ended").Text()); err == nil {
		v.minutes = int(min(max(ended.Std().Sub(began.Std()), 0), longest).Minutes())
	}
	f.visits[r.ID] = v
	f.addVisit(v, 1)
}

// longest is what counts of a visit that nobody has ended in time.
const longest = 12 * time.Hour

func (f *Facts) takeMatter(r *record.Record) {
	id := f.names.of(r.ID)
	f.outAll(id)
	m := f.matter(id)
	delete(f.merged[m.into], id)
	*m = matter{decided: never, claimed: never, confirmed: never, answers: m.answers}
	if r.Gone {
		return
	}
	m.here = true
	if m.into = f.names.of(r.Get("merged_into").Text()); m.into != none {
		if f.merged[m.into] == nil {
			f.merged[m.into] = map[name]struct{}{}
		}
		f.merged[m.into][id] = struct{}{}
	}
	if status := r.Get("status").Text(); status == "decided" || status == "done" {
		m.decided = decidedOn(r)
		m.decision = f.names.of(r.Get("decision").Text())
	}
	m.outcome = f.names.of(r.Get("outcome").Text())
	m.claimed, m.confirmed = dayOr(r.Get("claimed")), dayOr(r.Get("confirmed"))
}

// decidedOn is the day that the decision itself names; else that on which it was written down.
func decidedOn(r *record.Record) day {
	var by struct {
		On string `json:"on"`
	}
	if err := json.Unmarshal([]byte(r.Get("decided_by")), &by); err == nil {
		if at, ok := dayOf(record.Text(by.On)); ok {
			return at
		}
	}
	return written(r, "status")
}

func (f *Facts) takeAnswer(r *record.Record) {
	id := f.names.of(r.ID)
	a := f.answer(id)
	f.outAll(a.matter)
	delete(f.matter(a.matter).answers, id)
	a.matter, a.published = none, never
	if r.Gone {
		return
	}
	a.matter = f.names.of(r.Get("matter").Text())
	f.outAll(a.matter)
	if r.Get("status").Text() == "published" {
		a.published = dayOr(r.Get("published"))
	}
	f.matter(a.matter).answers[id] = struct{}{}
}

func (f *Facts) takeTelling(r *record.Record) {
	if was, ok := f.tellings[r.ID]; ok {
		f.outAll(f.answer(was.answer).matter)
		delete(f.answer(was.answer).tellings, r.ID)
		delete(f.tellings, r.ID)
	}
	at, ok := dayOf(r.Get("at"))
	if r.Gone || !ok {
		return
	}
	t := telling{f.names.of(r.Get("answer").Text()), f.names.of(r.Get("service").Text()), at}
	f.outAll(f.answer(t.answer).matter)
	f.tellings[r.ID] = t
	f.answer(t.answer).tellings[r.ID] = struct{}{}
}

// takeTheme counts every view again where a theme moves below another: that is rare.
func (f *Facts) takeTheme(r *record.Record) {
	id, parent := f.names.of(r.ID), none
	if !r.Gone {
		parent = f.names.of(r.Get("parent").Text())
	}
	if f.parents[id] == parent {
		return
	}
	for _, v := range f.views {
		f.out(v)
	}
	f.parents[id] = parent
}

// matter gives a matter, also one that has only been named so far.
func (f *Facts) matter(id name) *matter {
	m := f.matters[id]
	if m == nil {
		m = &matter{decided: never, claimed: never, confirmed: never, answers: map[name]struct{}{}}
		f.matters[id] = m
	}
	return m
}

func (f *Facts) answer(id name) *answer {
	a := f.answers[id]
	if a == nil {
		a = &answer{published: never, tellings: map[string]struct{}{}}
		f.answers[id] = a
	}
	return a
}

// dayOf reads a date or an instant.
func dayOf(v record.Value) (day, bool) {
	text := v.Text()
	if text == "" {
		return never, false
	}
	if !strings.Contains(text, "T") {
		text += "T00:00:00Z"
	}
	at, err := record.ParseTime(text)
	if err != nil {
		return never, false
	}
	return onDay(at.Std()), true
}

func dayOr(v record.Value) day {
	d, _ := dayOf(v)
	return d
}

// written is the day on which a field was last changed.
func written(r *record.Record, field string) day {
	var at record.Time
	if i := r.Collection.Field(field); r.States != nil && r.States[i] != nil {
		for _, w := range r.States[i].Writes {
			if w.Until == 0 {
				at = max(at, w.Time)
			}
		}
	}
	if at == 0 { // nobody has since it was made
		at = r.Made.Time
	}
	return onDay(at.Std())
}

func onDay(t time.Time) day { return day(t.Unix()/86_400 - daysBefore(t)) }

// daysBefore rounds down before 1970 too.
func daysBefore(t time.Time) int64 {
	if t.Unix() < 0 && t.Unix()%86_400 != 0 {
		return 1
	}
	return 0
}

func (d day) date() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

func (d day) month() int { return int(d.date().Year())*12 + int(d.date().Month()) - 1 }

func (d day) week() day { return onDay(programme.Monday(d.date())) }

func integer(r *record.Record, field string) int {
	n, err := r.Get(field).Integer()
	if err != nil {
		return 0
	}
	return int(n)
}

// A name is an id, or a value of an enum, as a small number.
type name uint32

// none is the name of nothing.
const none name = 0

type names struct {
	nums  map[string]name
	texts []string
}

func newNames() names { return names{map[string]name{"": none}, []string{""}} }

func (n *names) of(text string) name {
	num, ok := n.nums[text]
	if !ok {
		num = name(len(n.texts))
		n.nums[text], n.texts = num, append(n.texts, text)
	}
	return num
}

func (n *names) all(set record.Value) []name {
	var out []name
	for _, one := range set.Elements() {
		out = append(out, n.of(one.Text()))
	}
	return out
}
