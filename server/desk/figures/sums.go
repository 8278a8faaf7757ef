package figures

// A kind says what a sum is of, and thereby what its name names.
type kind uint8

const (
	visits kind = iota // by service
	minutes
	spoken
	declined
	heard       // views by service
	ofKind      // views by kind
	byMethod    // views by method
	visitMethod // visits by method
	about       // views by theme
	memberVisits
	memberMinutes
	memberSpoken
	memberViews
	reached // views by step
	took    // views by step and days
	kinds   // how many there are
)

// A key is one sum of a month or a week.
type key struct {
	kind kind
	of   name
	days uint16 // of took
}

type bucket map[key]int

// sums are what reports are made from.
type sums struct {
	months map[int]bucket
	weeks  map[day]bucket
	// active is how much was done at a service on a day: visits and views.
	active map[name]map[day]int
	// waiting is how many views have come no further than a step and are to, by the
	// day on which they were said.
	waiting [steps]map[day]int
}

func newSums() sums {
	s := sums{months: map[int]bucket{}, weeks: map[day]bucket{}, active: map[name]map[day]int{}}
	for i := range s.waiting {
		s.waiting[i] = map[day]int{}
	}
	return s
}

// The steps that a view goes.
const (
	said = iota
	lookedAt
	joined
	decided
	answered
	toldBack
	steps
)

// Steps are the names of the steps in a report.
var Steps = [steps]string{"said", "looked", "joined", "decided", "answered", "told"}

// longestTook is the greatest number of days that is told apart.
const longestTook = 3650

// out takes a view out of the sums, until they are made to hold again.
func (f *Facts) out(v *view) {
	if v.summed {
		f.addView(v, -1)
		v.summed = false
		f.dirty = append(f.dirty, v)
	}
}

// outAll takes out the views of a matter, and of those that were merged into it.
func (f *Facts) outAll(id name) {
	f.outFrom(id, map[name]bool{})
}

func (f *Facts) outFrom(id name, been map[name]bool) {
	if id == none || been[id] {
		return
	}
	been[id] = true
	for v := range f.linked[id] {
		f.out(v)
	}
	for from := range f.merged[id] {
		f.outFrom(from, been)
	}
}

// settle puts back what was taken out, as it is now.
func (f *Facts) settle() {
	for _, v := range f.dirty {
		if !v.gone && !v.summed {
			f.addView(v, 1)
			v.summed = true
		}
	}
	f.dirty = f.dirty[:0]
}

func (s *sums) month(at day) bucket {
	m := at.month()
	if s.months[m] == nil {
		s.months[m] = bucket{}
	}
	return s.months[m]
}

func (s *sums) week(at day) bucket {
	w := at.week()
	if s.weeks[w] == nil {
		s.weeks[w] = bucket{}
	}
	return s.weeks[w]
}

func (b bucket) add(k kind, of name, n int) { b.addKey(key{kind: k, of: of}, n) }

func (b bucket) addKey(k key, n int) {
	if n == 0 {
		return
	}
	if b[k] += n; b[k] == 0 {
		delete(b, k)
	}
}

func addDay(days map[day]int, at day, n int) {
	if days[at] += n; days[at] == 0 {
		delete(days, at)
	}
}

func (s *sums) addActive(service name, at day, n int) {
	if s.active[service] == nil {
		s.active[service] = map[day]int{}
	}
	addDay(s.active[service], at, n)
}

// addVisit adds a visit to the sums, or takes it out where n is -1.
func (f *Facts) addVisit(v *visit, n int) {
	month := f.month(v.at)
	month.add(visits, v.service, n)
	month.add(minutes, v.service, n*v.minutes)
	month.add(spoken, v.service, n*v.spoken)
	month.add(declined, v.service, n*v.declined)
	month.add(visitMethod, v.method, n)
	month.add(memberVisits, v.by, n)
	month.add(memberMinutes, v.by, n*v.minutes)
	month.add(memberSpoken, v.by, n*v.spoken)
	f.week(v.at).add(visits, v.service, n)
	f.addActive(v.service, v.at, n)
}

// addView adds a view to the sums as it stands now, or takes it out where n is -1.
func (f *Facts) addView(v *view, n int) {
	month, week := f.month(v.at), f.week(v.at)
	month.add(heard, v.service, n)
	month.add(ofKind, v.kind, n)
	month.add(byMethod, v.method, n)
	month.add(memberViews, v.by, n)
	week.add(heard, v.service, n)
	for _, theme := range f.themesOf(v) {
		month.add(about, theme, n)
		week.add(about, theme, n)
	}
	f.addActive(v.service, v.at, n)
	last := said
	for step, at := range f.way(v) {
		if at == never {
			continue
		}
		last = step
		month.add(reached, name(step), n)
		if step != said && step != joined { // nobody writes down when it was joined
			days := min(max(at-v.at, 0), longestTook)
			month.addKey(key{kind: took, of: name(step), days: uint16(days)}, n)
		}
	}
	if last != toldBack && !(last == lookedAt && v.aside) {
		addDay(f.waiting[last], v.at, n)
	}
}

// themesOf gives the themes of a view and those above them, each once.
func (f *Facts) themesOf(v *view) []name {
	var all []name
	for _, theme := range v.themes {
		for hops := 0; theme != none && hops < mostHops; hops++ {
			if !contains(all, theme) {
				all = append(all, theme)
			}
			theme = f.parents[theme]
		}
	}
	return all
}

// mostHops ends a way that leads around in a circle, which no phone can be kept from making.
const mostHops = 32

// way gives the day of each step that a view has come to; never for the others.
// When it was joined is not known: there the day stands for that it was.
func (f *Facts) way(v *view) [steps]day {
	at := [steps]day{said: v.at, lookedAt: v.looked, joined: never, decided: never, answered: never, toldBack: never}
	first := func(step int, d day) {
		if d != never && (at[step] == never || d < at[step]) {
			at[step] = d
		}
	}
	var been []name
	for _, id := range v.matters {
		for hops := 0; id != none && hops < mostHops && !contains(been, id); hops++ {
			been = append(been, id)
			m := f.matters[id]
			if m == nil || !m.here {
				break // still to come, or withdrawn
			}
			first(joined, v.at)
			first(decided, m.decided)
			for a := range m.answers {
				f.follow(f.answers[a], v, first)
			}
			id = m.into
		}
	}
	return at
}

func (f *Facts) follow(a *answer, v *view, first func(int, day)) {
	if a.published == never {
		return
	}
	first(answered, a.published)
	for id := range a.tellings {
		if t := f.tellings[id]; t.service == v.service {
			first(toldBack, t.at)
		}
	}
}

func contains(list []name, one name) bool {
	for _, it := range list {
		if it == one {
			return true
		}
	}
	return false
}
