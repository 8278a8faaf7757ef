package figures_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"earshot/server/desk/figures"
	"earshot/server/programme"
	"earshot/sync/record"
)

// recount is the same report by an independent way: slow and plain. It goes through
// all records again for each figure and keeps nothing.
type recount struct {
	records map[string]*record.Record
}

func (c recount) each(collection string, f func(r *record.Record)) {
	for _, r := range c.records {
		if r.Collection.Name == collection && !r.Gone {
			f(r)
		}
	}
}

func (c recount) get(collection, id string) *record.Record {
	r := c.records[id]
	if r == nil || r.Gone || r.Collection.Name != collection {
		return nil
	}
	return r
}

// on is the text of the UTC day of a date or an instant; "" for none.
func on(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.UTC().Format(time.DateOnly)
}

func texts(v record.Value) []string {
	var out []string
	_ = json.Unmarshal([]byte(v), &out)
	return out
}

func days(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	return int(b.Sub(a).Hours() / 24)
}

func (c recount) within(day string, p figures.Period) bool {
	return len(day) >= 7 && day[:7] >= figures.MonthText(p.From) && day[:7] <= figures.MonthText(p.To)
}

func (c recount) visits(p figures.Period) (list []*record.Record) {
	c.each("visit", func(r *record.Record) {
		if s := r.Get("status").Text(); (s == "running" || s == "done") && c.within(on(r.Get("started").Text()), p) {
			list = append(list, r)
		}
	})
	return list
}

func (c recount) views(p figures.Period) (list []*record.Record) {
	c.each("view", func(r *record.Record) {
		if c.within(on(r.Get("at").Text()), p) {
			list = append(list, r)
		}
	})
	return list
}

func minutesOf(visit *record.Record) int {
	began, _ := time.Parse(time.RFC3339Nano, visit.Get("started").Text())
	ended, err := time.Parse(time.RFC3339Nano, visit.Get("ended").Text())
	if err != nil || ended.Before(began) {
		return 0
	}
	return int(min(ended.Sub(began), 12*time.Hour).Minutes())
}

func number(r *record.Record, field string) int {
	n, _ := r.Get(field).Integer()
	return int(n)
}

// mattersOf gives a view's matters, and what these were merged into.
func (c recount) mattersOf(view *record.Record) (all []*record.Record) {
	ids := texts(view.Get("matters"))
	for i := 0; i < len(ids) && i < 200; i++ {
		if m := c.get("matter", ids[i]); m != nil && !slices.Contains(all, m) {
			all = append(all, m)
			if into := m.Get("merged_into").Text(); into != "" {
				ids = append(ids, into)
			}
		}
	}
	return all
}

// way gives the day of each step; "" where a view has not come to it.
func (c recount) way(view *record.Record) (at [6]string) {
	at[0] = on(view.Get("at").Text())
	if view.Get("review").Text() != "new" {
		at[1] = max(at[0], changedOn(view, "review"))
	}
	first := func(i int, day string) {
		if day != "" && (at[i] == "" || day < at[i]) {
			at[i] = day
		}
	}
	for _, m := range c.mattersOf(view) {
		first(2, at[0])
		if s := m.Get("status").Text(); s == "decided" || s == "done" {
			var by struct{ On string }
			_ = json.Unmarshal([]byte(m.Get("decided_by")), &by)
			first(3, by.On)
		}
		c.each("answer", func(a *record.Record) {
			if a.Get("matter").Text() != m.ID || a.Get("status").Text() != "published" {
				return
			}
			first(4, on(a.Get("published").Text()))
			c.each("telling", func(t *record.Record) {
				if t.Get("answer").Text() == a.ID && t.Get("service") == view.Get("service") {
					first(5, on(t.Get("at").Text()))
				}
			})
		})
	}
	return at
}

func changedOn(r *record.Record, field string) string {
	at := r.Made.Time
	if r.States != nil {
		if s := r.States[r.Collection.Field(field)]; s != nil {
			at = s.Writes[len(s.Writes)-1].Time
		}
	}
	return at.Std().Format(time.DateOnly)
}

func (c recount) themesOf(view *record.Record) (all []string) {
	for _, id := range texts(view.Get("themes")) {
		for hops := 0; id != "" && hops < 32; hops++ {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
			theme := c.get("theme", id)
			if theme == nil {
				break
			}
			id = theme.Get("parent").Text()
		}
	}
	return all
}

// count is how many of a list have something.
func count(list []*record.Record, has func(*record.Record) bool) figures.Count {
	n := 0
	for _, r := range list {
		if has(r) {
			n++
		}
	}
	return figures.Count(n)
}

func sum(list []*record.Record, of func(*record.Record) int) figures.Count {
	n := 0
	for _, r := range list {
		n += of(r)
	}
	return figures.Count(n)
}

func (c recount) totals(p figures.Period) figures.Totals {
	visits, views := c.visits(p), c.views(p)
	t := figures.Totals{
		Visits: figures.Count(len(visits)), Minutes: sum(visits, minutesOf), Views: figures.Count(len(views)),
		Spoken:   sum(visits, func(r *record.Record) int { return number(r, "spoken") }),
		Declined: sum(visits, func(r *record.Record) int { return number(r, "declined") }),
	}
	out := distinct(append(slices.Clone(visits), views...), "by")
	c.each("member", func(r *record.Record) {
		if role := r.Get("role").Text(); role != "volunteer" && role != "outreach" {
			return
		}
		if slices.Contains(out, r.ID) {
			t.Out++
		}
		if r.Get("status").Text() == "active" {
			t.Of++
		}
	})
	for _, service := range c.services() {
		if first := slices.Min(c.done(service)); c.within(first, p) {
			t.First++
		}
	}
	t.Answer, _ = c.spread(views, 4)
	return t
}

func distinct(list []*record.Record, field string) []string {
	var all []string
	for _, r := range list {
		if text := r.Get(field).Text(); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

var ever = figures.Period{From: 0, To: 4000 * 12}

func (c recount) services() []string {
	return distinct(append(c.visits(ever), c.views(ever)...), "service")
}

// done gives the days on which something was done at a service.
func (c recount) done(service string) (days []string) {
	for _, r := range c.visits(ever) {
		if r.Get("service").Text() == service {
			days = append(days, on(r.Get("started").Text()))
		}
	}
	for _, r := range c.views(ever) {
		if r.Get("service").Text() == service {
			days = append(days, on(r.Get("at").Text()))
		}
	}
	return days
}

func (c recount) spread(views []*record.Record, step int) (half, slow *int) {
	var took []int
	for _, v := range views {
		if way := c.way(v); way[step] != "" {
			took = append(took, max(0, days(way[0], way[step])))
		}
	}
	if len(took) == 0 {
		return nil, nil
	}
	slices.Sort(took)
	return &took[(len(took)+1)/2-1], &took[(len(took)*9+9)/10-1]
}

func (c recount) inWeek(monday string, day string) bool {
	return days(monday, day) >= 0 && days(monday, day) < 7
}

func (c recount) report(p figures.Period, now time.Time) figures.Report {
	visits, views := c.visits(p), c.views(p)
	r := figures.Report{
		From: figures.MonthText(p.From), To: figures.MonthText(p.To), Over: now.Format("2006-01") > figures.MonthText(p.To), Now: c.totals(p), Before: c.totals(p.Before()),
		Services: []figures.Service{}, Themes: []figures.Theme{}, Kinds: []figures.Named{}, Methods: []figures.Named{},
	}
	end, _ := time.Parse("2006-01", figures.MonthText(p.To+1))
	last := end.AddDate(0, 0, -1)
	if now.Before(last) {
		last = now
	}
	for w := 25; w >= 0; w-- {
		r.Weeks = append(r.Weeks, programme.Monday(last).AddDate(0, 0, -7*w).Format(time.DateOnly))
	}
	byWeek := func(list []*record.Record, at string, has func(*record.Record) bool) (out []figures.Count) {
		for _, w := range r.Weeks {
			out = append(out, count(list, func(one *record.Record) bool { return has(one) && c.inWeek(w, on(one.Get(at).Text())) }))
		}
		return out
	}
	for _, id := range c.services() {
		here := func(one *record.Record) bool { return one.Get("service").Text() == id }
		mine := slices.DeleteFunc(slices.Clone(visits), func(one *record.Record) bool { return !here(one) })
		r.Services = append(r.Services, figures.Service{
			Service: id, Visits: figures.Count(len(mine)), Minutes: sum(mine, minutesOf), Views: count(views, here),
			Spoken: sum(mine, func(one *record.Record) int { return number(one, "spoken") }),
			Last:   slices.Max(c.done(id)), Visited: byWeek(c.visits(ever), "started", here), Heard: byWeek(c.views(ever), "at", here),
		})
	}
	var themes []string
	before := c.views(p.Before())
	for _, v := range append(slices.Clone(views), before...) {
		themes = append(themes, c.themesOf(v)...)
	}
	slices.Sort(themes)
	for _, id := range slices.Compact(themes) {
		has := func(one *record.Record) bool { return slices.Contains(c.themesOf(one), id) }
		r.Themes = append(r.Themes, figures.Theme{Theme: id, Views: count(views, has), Before: count(before, has), Heard: byWeek(c.views(ever), "at", has)})
	}
	for _, kind := range distinct(views, "kind") {
		r.Kinds = append(r.Kinds, figures.Named{Name: kind, N: count(views, func(one *record.Record) bool { return one.Get("kind").Text() == kind })})
	}
	for _, method := range distinct(views, "method") {
		r.Methods = append(r.Methods, figures.Named{Name: method, N: count(views, func(one *record.Record) bool { return one.Get("method").Text() == method })})
	}
	for _, id := range distinct(append(slices.Clone(visits), views...), "by") {
		if c.get("member", id) == nil {
			continue
		}
		mine := func(one *record.Record) bool { return one.Get("by").Text() == id }
		out := slices.DeleteFunc(slices.Clone(visits), func(one *record.Record) bool { return !mine(one) })
		r.Volunteers = append(r.Volunteers, figures.Volunteer{
			Member: id, Visits: figures.Count(len(out)), Minutes: sum(out, minutesOf), Views: count(views, mine),
			Spoken: sum(out, func(one *record.Record) int { return number(one, "spoken") }),
		})
	}
	r.Loop = c.loop(views)
	c.matters(&r, p)
	return r
}

func (c recount) loop(views []*record.Record) (loop []figures.Step) {
	all := c.views(ever)
	for step, name := range figures.Steps {
		one := figures.Step{Step: name, N: count(views, func(v *record.Record) bool { return c.way(v)[step] != "" })}
		if name != "said" && name != "joined" {
			one.Half, one.Slow = c.spread(views, step)
		}
		for _, v := range all {
			way := c.way(v)
			further := strings.Join(way[step+1:], "") != "" || name == "told"
			if way[step] == "" || further || name == "looked" && v.Get("review").Text() == "set_aside" {
				continue
			}
			one.Waiting++
			if one.Oldest == "" || way[0] < one.Oldest {
				one.Oldest = way[0]
			}
		}
		loop = append(loop, one)
	}
	return loop
}

func (c recount) matters(r *figures.Report, p figures.Period) {
	var decided, claimed []*record.Record
	c.each("matter", func(m *record.Record) {
		if m.Get("merged_into").Text() != "" {
			return
		}
		var by struct{ On string }
		_ = json.Unmarshal([]byte(m.Get("decided_by")), &by)
		if s := m.Get("status").Text(); (s == "decided" || s == "done") && c.within(by.On, p) {
			decided = append(decided, m)
		}
		if c.within(m.Get("claimed").Text(), p) {
			claimed = append(claimed, m)
		}
		if c.within(m.Get("confirmed").Text(), p) {
			r.Confirmed++
		}
	})
	r.Claimed = figures.Count(len(claimed))
	named := func(list []*record.Record, field string) []figures.Named {
		out := []figures.Named{}
		for _, one := range distinct(list, field) {
			out = append(out, figures.Named{Name: one, N: count(list, func(m *record.Record) bool { return m.Get(field).Text() == one })})
		}
		return out
	}
	r.Decisions, r.Outcomes = named(decided, "decision"), named(claimed, "outcome")
}
