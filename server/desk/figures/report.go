package figures

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// A Count is how many there are; [Withheld] where that is not said.
type Count int

// Withheld is a count that is not said, since so few people might be known by it.
const Withheld Count = -1

// MarshalJSON gives null for what is withheld.
func (c Count) MarshalJSON() ([]byte, error) {
	if c == Withheld {
		return []byte("null"), nil
	}
	return fmt.Append(nil, int(c)), nil
}

// A Period is a run of whole months, the first and the last.
type Period struct{ From, To int } // year × 12 + month, January 0

// MonthOf gives the month that a time lies in.
func MonthOf(t time.Time) int { return t.UTC().Year()*12 + int(t.UTC().Month()) - 1 }

// MonthText writes a month as in "2026-07".
func MonthText(month int) string { return fmt.Sprintf("%04d-%02d", month/12, month%12+1) }

// ParseMonth reads what [MonthText] writes.
func ParseMonth(text string) (int, error) {
	t, err := time.Parse("2006-01", text)
	if err != nil {
		return 0, fmt.Errorf("a month is written like 2026-07: %w", err)
	}
	return MonthOf(t), nil
}

// Before is the period of the same length that ends where this one begins.
func (p Period) Before() Period {
	n := p.To - p.From + 1
	return Period{p.From - n, p.From - 1}
}

// gridWeeks is how many weeks a report shows one by one, up to the period's last.
const gridWeeks = 26

// A Report is the figures of a period. Ids stand for what members know by name.
type Report struct {
	From   string   `json:"from"` // months
	To     string   `json:"to"`
	Over   bool     `json:"over"` // the period is
	Now    Totals   `json:"now"`
	Before Totals   `json:"before"` // of the period of the same length before
	Weeks  []string `json:"weeks"`  // Mondays of the grids, the last that have begun by the end of the period

	Services []Service `json:"services"`
	Themes   []Theme   `json:"themes"`
	Kinds    []Named   `json:"kinds"`
	Methods  []Named   `json:"methods"`
	// Volunteers are those who were out; for the desk alone.
	Volunteers []Volunteer `json:"volunteers,omitempty"`

	Loop []Step `json:"loop"`
	// Decisions are those of the period, Outcomes what changed by what was claimed in it.
	Decisions []Named `json:"decisions"`
	Outcomes  []Named `json:"outcomes"`
	Claimed   Count   `json:"claimed"`
	Confirmed Count   `json:"confirmed"`
}

// Totals are the sums of a period.
type Totals struct {
	Visits   Count `json:"visits"`
	Minutes  Count `json:"minutes"`
	Spoken   Count `json:"spoken"`
	Declined Count `json:"declined"`
	Views    Count `json:"views"`
	Out      Count `json:"out"`   // volunteers and outreach workers who were out
	Of       Count `json:"of"`    // volunteers and outreach workers who are active now
	First    Count `json:"first"` // services where something was done for the first time
	// Answer is in how many days half of what was answered in the period's views was; null: nothing was.
	Answer *int `json:"answer"`
}

// A Service is how much was heard at one. A service at which nothing was ever done
// is in no report: the reader has its record.
type Service struct {
	Service string `json:"service"`
	Visits  Count  `json:"visits"`
	Minutes Count  `json:"minutes"`
	Spoken  Count  `json:"spoken"`
	Views   Count  `json:"views"`
	// Last is the last day on which somebody was there or was heard.
	Last string `json:"last,omitempty"`
	// Visited and Heard are visits and views by week.
	Visited []Count `json:"visited"`
	Heard   []Count `json:"heard,omitempty"`
}

// A Theme is how many views are about one, in the period, in the one before and by week.
type Theme struct {
	Theme  string  `json:"theme"`
	Views  Count   `json:"views"`
	Before Count   `json:"before"`
	Heard  []Count `json:"heard,omitempty"`
}

// Named is a count of one value.
type Named struct {
	Name string `json:"name"`
	N    Count  `json:"n"`
}

// A Volunteer is what one member has done.
type Volunteer struct {
	Member  string `json:"member"`
	Visits  Count  `json:"visits"`
	Minutes Count  `json:"minutes"`
	Spoken  Count  `json:"spoken"`
	Views   Count  `json:"views"`
}

// A Step is how many of the period's views have come so far, and in how many days
// half and nine in ten of them had. Waiting are all those that have come no further,
// whenever they were said, and Oldest when the oldest of them was.
type Step struct {
	Step    string `json:"step"`
	N       Count  `json:"n"`
	Half    *int   `json:"half"`
	Slow    *int   `json:"slow"`
	Waiting Count  `json:"waiting"`
	Oldest  string `json:"oldest,omitempty"`
}

// Report counts a period, as it stands on a day. What is later than now counts, since
// a phone's clock may be ahead.
func (f *Facts) Report(p Period, now time.Time) Report {
	f.settle()
	sum, before := f.over(p), f.over(p.Before())
	weeks := gridOf(p, now)
	r := Report{
		From: MonthText(p.From), To: MonthText(p.To),
		Now: f.totals(p, sum), Before: f.totals(p.Before(), before),
		Services: f.services(sum, weeks), Themes: f.themes(sum, before, weeks),
		Kinds: f.named(sum, ofKind), Methods: f.named(sum, byMethod),
		Volunteers: f.volunteers(sum), Loop: f.loop(sum),
	}
	r.Over = MonthOf(now) > p.To
	for _, w := range weeks {
		r.Weeks = append(r.Weeks, w.date().Format(time.DateOnly))
	}
	f.countMatters(&r, p)
	return r
}

// over brings the sums of a period together.
func (f *Facts) over(p Period) bucket {
	all := bucket{}
	for month := p.From; month <= p.To; month++ {
		for k, n := range f.months[month] {
			all[k] += n
		}
	}
	return all
}

// gridOf gives the weeks that a grid shows: none that has not begun.
func gridOf(p Period, now time.Time) []day {
	end := onDay(time.Date((p.To+1)/12, time.Month((p.To+1)%12)+1, 1, 0, 0, 0, 0, time.UTC)) - 1
	last := min(end, onDay(now)).week()
	weeks := make([]day, gridWeeks)
	for i := range weeks {
		weeks[i] = last - day(7*(gridWeeks-1-i))
	}
	return weeks
}

func (b bucket) total(k kind) Count {
	var n int
	for key, one := range b {
		if key.kind == k {
			n += one
		}
	}
	return Count(n)
}

// of gives the names that a kind of sum has, in the order of their texts.
func (f *Facts) of(b bucket, ofKinds ...kind) []name {
	found := map[name]bool{}
	for key := range b {
		if slices.Contains(ofKinds, key.kind) {
			found[key.of] = true
		}
	}
	return f.inOrder(maps.Keys(found))
}

func (f *Facts) totals(p Period, b bucket) Totals {
	t := Totals{
		Visits: b.total(visits), Minutes: b.total(minutes), Spoken: b.total(spoken), Declined: b.total(declined),
		Views: b.total(heard),
	}
	for _, id := range f.of(b, memberVisits, memberViews) {
		if f.members[id].goesOut() {
			t.Out++
		}
	}
	for _, m := range f.members {
		if m.goesOut() && m.status == "active" {
			t.Of++
		}
	}
	for _, days := range f.active {
		first := never
		for d := range days {
			if first == never || d < first {
				first = d
			}
		}
		if first != never && first.month() >= p.From && first.month() <= p.To {
			t.First++
		}
	}
	t.Answer, _ = spread(b, answered)
	return t
}

func (f *Facts) services(b bucket, weeks []day) []Service {
	list := []Service{}
	for _, id := range f.inOrder(maps.Keys(f.active)) {
		if len(f.active[id]) == 0 {
			continue
		}
		one := Service{
			Service: f.names.texts[id],
			Visits:  Count(b[key{kind: visits, of: id}]), Minutes: Count(b[key{kind: minutes, of: id}]),
			Spoken: Count(b[key{kind: spoken, of: id}]), Views: Count(b[key{kind: heard, of: id}]),
			Visited: f.byWeek(weeks, visits, id), Heard: f.byWeek(weeks, heard, id),
			Last: slices.Max(slices.Collect(maps.Keys(f.active[id]))).date().Format(time.DateOnly),
		}
		list = append(list, one)
	}
	return list
}

func (f *Facts) themes(now, before bucket, weeks []day) []Theme {
	list := []Theme{}
	both := maps.Clone(before)
	maps.Copy(both, now)
	for _, id := range f.of(both, about) {
		k := key{kind: about, of: id}
		list = append(list, Theme{f.names.texts[id], Count(now[k]), Count(before[k]), f.byWeek(weeks, about, id)})
	}
	return list
}

func (f *Facts) byWeek(weeks []day, k kind, of name) []Count {
	list := make([]Count, len(weeks))
	for i, w := range weeks {
		list[i] = Count(f.weeks[w][key{kind: k, of: of}])
	}
	return list
}

func (f *Facts) named(b bucket, k kind) []Named {
	list := []Named{}
	for _, id := range f.of(b, k) {
		list = append(list, Named{f.names.texts[id], Count(b[key{kind: k, of: id}])})
	}
	return list
}

func (f *Facts) volunteers(b bucket) []Volunteer {
	var list []Volunteer
	for _, id := range f.of(b, memberVisits, memberViews) {
		if _, known := f.members[id]; !known { // an import, or somebody who was taken off
			continue
		}
		list = append(list, Volunteer{
			f.names.texts[id], Count(b[key{kind: memberVisits, of: id}]), Count(b[key{kind: memberMinutes, of: id}]),
			Count(b[key{kind: memberSpoken, of: id}]), Count(b[key{kind: memberViews, of: id}]),
		})
	}
	return list
}

func (f *Facts) loop(b bucket) []Step {
	list := make([]Step, steps)
	for step := range list {
		one := Step{Step: Steps[step], N: Count(b[key{kind: reached, of: name(step)}])}
		one.Half, one.Slow = spread(b, step)
		oldest := never
		for d, n := range f.waiting[step] {
			one.Waiting += Count(n)
			if oldest == never || d < oldest {
				oldest = d
			}
		}
		if oldest != never {
			one.Oldest = oldest.date().Format(time.DateOnly)
		}
		list[step] = one
	}
	return list
}

// spread gives in how many days half, and nine in ten, of what came to a step had
// come there: the lower median and the nearest rank. nil where nothing did.
func spread(b bucket, step int) (half, slow *int) {
	type some struct{ days, n int }
	var all []some
	total := 0
	for k, n := range b {
		if k.kind == took && k.of == name(step) {
			all = append(all, some{int(k.days), n})
			total += n
		}
	}
	if total == 0 {
		return nil, nil
	}
	slices.SortFunc(all, func(a, b some) int { return cmp.Compare(a.days, b.days) })
	rank := func(r int) *int {
		for _, one := range all {
			if r -= one.n; r <= 0 {
				return &one.days
			}
		}
		return nil
	}
	return rank((total + 1) / 2), rank((total*9 + 9) / 10)
}

// countMatters goes through the matters, which are few.
func (f *Facts) countMatters(r *Report, p Period) {
	decisions, outcomes := map[name]int{}, map[name]int{}
	in := func(d day) bool { return d != never && d.month() >= p.From && d.month() <= p.To }
	for _, m := range f.matters {
		if m.into != none {
			continue
		}
		if in(m.decided) {
			decisions[m.decision]++
		}
		if in(m.claimed) {
			r.Claimed++
			outcomes[m.outcome]++
		}
		if in(m.confirmed) {
			r.Confirmed++
		}
	}
	r.Decisions, r.Outcomes = f.counted(decisions), f.counted(outcomes)
}

func (f *Facts) counted(of map[name]int) []Named {
	list := []Named{}
	for _, id := range f.inOrder(maps.Keys(of)) {
		list = append(list, Named{f.names.texts[id], Count(of[id])})
	}
	return list
}

// inOrder sorts names by their texts.
func (f *Facts) inOrder(all iter.Seq[name]) []name {
	return slices.SortedFunc(all, func(a, b name) int { return cmp.Compare(f.names.texts[a], f.names.texts[b]) })
}
