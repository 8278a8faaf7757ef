package programme_test

import (
	"fmt"
	"testing"

	"earshot/server/programme"
	"earshot/sync/record"
)

func (w *world) want(what, collection, id, field, value string) {
	w.t.Helper()
	if got := w.get(collection, id, field); got != value {
		w.t.Errorf("%s: %s.%s is %s, want %s", what, collection, field, got, value)
	}
}

// quote chooses a sentence of a view for a matter.
func (w *world) quote(matter, view string) {
	w.t.Helper()
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"add":{"said":[{"id":%q,"text":"Never any 1 ml","view":%q}]}}`, matter, w.id(), view))
}

func (w *world) link(view, matter string) {
	w.t.Helper()
	w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"add":{"matters":[%q]}}`, view, matter))
}

func TestAViewsWeekIsTheMondayOfItsISOWeek(t *testing.T) {
	for at, week := range map[string]string{
		"2026-11-02T00:00:00Z":      "2026-11-02",
		"2026-11-08T23:59:59Z":      "2026-11-02",
		"2026-11-09T00:30:00+01:00": "2026-11-02", // still Sunday in UTC
		"2027-01-01T12:00:00Z":      "2026-12-28",
		"2024-02-29T12:00:00Z":      "2024-02-26",
		"0000-01-03T00:00:00Z":      "0000-01-03",
		"0000-01-01T00:00:00Z":      "", // its Monday is before all dates
	} {
		w := newWorld(t)
		id := w.id()
		w.must(ash, fmt.Sprintf(`{"c":"view","r":%q,"set":{"at":%q,"service":%q,"method":"conv","share":"team","words":"Two buses."}}`, id, at, riverside))
		want := ""
		if week != "" {
			want = string(record.Text(week))
		}
		w.want(at, "view", id, "week", want)
	}
}

// Whichever change brings a sensitive view and a matter that its service sees
// together, the link goes, and with it the sentences; the change itself stands.
func TestASensitiveViewAndAMatterThatItsServiceSeesAreTakenApart(t *testing.T) {
	set := func(c, id, fields string) string { return fmt.Sprintf(`{"c":%q,"r":%q,"set":{%s}}`, c, id, fields) }
	cases := []struct {
		by string
		do func(w *world) (view, matter string)
	}{
		{"the link", func(w *world) (string, string) {
			v, m := w.view(`"set":{"handling":"sensitive"}`), w.matter("")
			w.link(v, m)
			return v, m
		}},
		{"the view's handling", func(w *world) (string, string) {
			v, m := w.view(""), w.matter("")
			w.link(v, m)
			w.quote(m, v)
			w.must(jo, set("view", v, `"handling":"sensitive"`))
			return v, m
		}},
		{"the view's service", func(w *world) (string, string) {
			v, m := w.view(`"set":{"handling":"sensitive","service":"`+northgate+`"}`), w.matter("")
			w.link(v, m)
			w.quote(m, v)
			w.must(jo, set("view", v, `"service":"`+riverside+`"`))
			return v, m
		}},
		{"the matter's services", func(w *world) (string, string) {
			v, m := w.view(`"set":{"handling":"sensitive"}`), w.id()
			w.must(jo, set("matter", m, `"title":"Attitude at the desk","level":"service"`))
			w.link(v, m)
			w.quote(m, v)
			w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"add":{"services":[%q]}}`, m, riverside))
			return v, m
		}},
		{"the matter's handling", func(w *world) (string, string) {
			v, m := w.view(`"set":{"handling":"sensitive"}`), w.matter(`,"handling":"sensitive"`)
			w.link(v, m)
			w.quote(m, v)
			w.must(jo, set("matter", m, `"handling":"closed"`))
			return v, m
		}},
	}
	for _, c := range cases {
		t.Run(c.by, func(t *testing.T) {
			w := newWorld(t)
			view, matter := c.do(w)
			w.want("the link", "view", view, "matters", `[]`)
			w.want("the sentences", "matter", matter, "said", `[]`)
			w.want("the view", "view", view, "handling", `"sensitive"`)
			w.want("the matter", "matter", matter, "services", `["`+riverside+`"]`)
		})
	}
	t.Run("a conflict counts as its narrowest", func(t *testing.T) {
		w := newWorld(t)
		v, m := w.view(""), w.matter("")
		w.link(v, m)
		base := w.Record("view", v).V
		w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"base":%d,"set":{"handling":"sensitive"}}`, v, base))
		w.must(sam, fmt.Sprintf(`{"c":"view","r":%q,"base":%d,"set":{"handling":"closed"}}`, v, base))
		w.want("the later stands", "view", v, "handling", `"closed"`)
		w.link(v, m)
		w.want("and the loser counts", "view", v, "matters", `[]`)
	})
	t.Run("what may be together stays", func(t *testing.T) {
		w := newWorld(t)
		v, m := w.view(`"set":{"handling":"sensitive"}`), w.matter(`,"handling":"sensitive"`)
		w.link(v, m)
		w.want("both sensitive", "view", v, "matters", `["`+m+`"]`)
		v2 := w.view(`"set":{"handling":"closed"}`)
		w.link(v2, w.matter(""))
		if w.get("view", v2, "matters") == "[]" {
			t.Error("a closed view may be linked to an open matter")
		}
	})
}

func TestSentencesFallWithTheirView(t *testing.T) {
	cases := map[string]string{
		"taken back":         `{"c":"view","r":%q,"withdraw":true}`,
		"erased":             `{"c":"view","r":%q,"redact":{"words":"It shuts at five."}}`,
		"narrowed":           `{"c":"view","r":%q,"set":{"share":"summary"}}`,
		"narrowed to a tick": `{"c":"view","r":%q,"set":{"share":"team"}}`,
	}
	for name, op := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v, other, m := w.view(""), w.view(""), w.matter("")
			linked, unlinked := m, w.matter("")
			w.link(v, linked)
			for _, m := range []string{linked, unlinked} {
				w.quote(m, v)
				w.quote(m, other)
			}
			by := ash
			if name == "erased" {
				by = jo
			}
			w.must(by, fmt.Sprintf(op, v))
			for _, m := range []string{linked, unlinked} {
				if said := w.Record("matter", m).Get("said").Elements(); len(said) != 1 {
					t.Errorf("%d sentences are left, want the other view's alone: %s", len(said), said)
				}
			}
			// Chosen by somebody who had not seen it: it falls as it comes.
			w.quote(linked, v)
			if said := w.Record("matter", linked).Get("said").Elements(); len(said) != 1 {
				t.Errorf("a sentence came back: %s", said)
			}
		})
	}
	t.Run("what still stands may be said again", func(t *testing.T) {
		w := newWorld(t)
		v, m := w.view(""), w.matter("")
		w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"redact":{"words":"Never any 1 ml."}}`, v))
		w.quote(m, v)
		if w.get("matter", m, "said") == "[]" {
			t.Error("a sentence of the words as they stand is gone")
		}
	})
}

func TestAMatterStartsAsTheNarrowestOfItsViewsUnlessItSays(t *testing.T) {
	for said, want := range map[string]string{"": `"sensitive"`, `,"handling":"closed"`: `"closed"`} {
		w := newWorld(t)
		v, m := w.view(`"set":{"handling":"sensitive"}`), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"add":{"matters":[%q]}}`, v, m)) // the link came first
		w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"title":"Attitude","level":"service"%s}}`, m, said))
		w.want("a matter made after its link", "matter", m, "handling", want)
	}
}

func TestAsksAndAnswersAreHandledAsTheirMatter(t *testing.T) {
	w := newWorld(t)
	m := w.matter(`,"handling":"closed"`)
	ask, answer := w.id(), w.id()
	w.must(jo, fmt.Sprintf(`{"c":"ask","r":%q,"set":{"matter":%q,"service":%q,"question":"Why?"}}`, ask, m, riverside))
	w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b"}}`, answer, m))
	w.want("when made", "ask", ask, "handling", `"closed"`)
	w.want("when made", "answer", answer, "handling", `"closed"`)

	base := w.Record("matter", m).V
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"base":%d,"set":{"handling":"sensitive"}}`, m, base))
	w.must(sam, fmt.Sprintf(`{"c":"matter","r":%q,"base":%d,"set":{"handling":"open"}}`, m, base))
	w.want("while two differ", "ask", ask, "handling", `"sensitive"`)
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"settle":{"handling":"open"}}`, m))
	w.want("when that is settled", "ask", ask, "handling", `"open"`)
	w.want("when that is settled", "answer", answer, "handling", `"open"`)

	t.Run("also where the matter comes after them", func(t *testing.T) {
		w := newWorld(t)
		m, ask := w.id(), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"ask","r":%q,"set":{"matter":%q,"service":%q,"question":"Why?"}}`, ask, m, riverside))
		if w.reads(mo, "ask", ask) != "" {
			t.Error("the manager reads it while nobody can say that its matter is not sensitive")
		}
		w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"title":"Attitude","level":"service","handling":"sensitive"}}`, m))
		w.want("an ask of a matter that came later", "ask", ask, "handling", `"sensitive"`)
		if w.reads(mo, "ask", ask) != "" {
			t.Error("the manager reads it")
		}
	})
	t.Run("an answer published before its matter is here is told when that is", func(t *testing.T) {
		w := newWorld(t)
		m, answer := w.id(), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b","status":"published"},"add":{"services":[%q]}}`, answer, m, riverside))
		if w.reads(ash, "answer", answer) != "" || w.reads(mo, "answer", answer) != "" {
			t.Error("it is told while nobody can say that its matter is not sensitive")
		}
		w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"title":"Opening times","level":"service"}}`, m))
		w.want("an answer of a matter that came later", "answer", answer, "status", `"published"`)
		if w.reads(ash, "answer", answer) == "" || w.reads(mo, "answer", answer) == "" {
			t.Error("it is not told")
		}
	})
}

func TestPublishingGetsItsTimeFromTheServer(t *testing.T) {
	w := newWorld(t)
	m, answer := w.matter(""), w.id()
	w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b"}}`, answer, m))
	w.want("a draft", "answer", answer, "published", "")
	if w.reads(ash, "answer", answer) != "" {
		t.Error("a volunteer reads a draft")
	}
	w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"status":"published"}}`, answer))
	if _, err := record.ParseTime(w.Record("answer", answer).Get("published").Text()); err != nil {
		t.Errorf("published is %s", w.get("answer", answer, "published"))
	}
	if w.reads(ash, "answer", answer) == "" {
		t.Error("a volunteer does not read what is published")
	}
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"handling":"sensitive"}}`, m))
	if w.reads(ash, "answer", answer) != "" || w.reads(mo, "answer", answer) != "" {
		t.Error("a sensitive matter's answer is read outside desk and board")
	}

	t.Run("also when it is made and published at once", func(t *testing.T) {
		w := newWorld(t)
		m, answer := w.matter(""), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b","status":"published"}}`, answer, m))
		if w.get("answer", answer, "published") == "" {
			t.Error("it has no time")
		}
	})
	t.Run("made and published at once, for a matter that is sensitive, it stays a draft", func(t *testing.T) {
		w := newWorld(t)
		m, answer := w.matter(`,"handling":"sensitive"`), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b","status":"published"}}`, answer, m))
		w.want("the answer", "answer", answer, "status", `"draft"`)
		w.want("the answer", "answer", answer, "published", "")
	})
}

func TestNotTrueOpensADecidedMatterAgain(t *testing.T) {
	for _, c := range []struct{ verdict, status, after string }{
		{"not_true", "decided", "looking"},
		{"not_true", "done", "looking"},
		{"not_true", "with_dat", "with_dat"},
		{"unfair", "decided", "decided"},
		{"fair", "done", "done"},
	} {
		w := newWorld(t)
		m, answer := w.matter(`,"status":"`+c.status+`","decision":"yes","decided_by":{"body":"Group","on":"2026-11-03"},"reason":"Asked for."`), w.id()
		w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b","status":"published"}}`, answer, m))
		w.must(ash, fmt.Sprintf(`{"c":"telling","r":%q,"set":{"answer":%q,"service":%q,"way":"said","verdict":%q}}`, w.id(), answer, riverside, c.verdict))
		w.want(c.verdict, "matter", m, "status", `"`+c.after+`"`)
	}
}

func TestNoManagerOwnsASensitiveMatterOfTheirOwnService(t *testing.T) {
	w := newWorld(t)
	w.must(pat, fmt.Sprintf(`{"c":"member","r":%q,"set":{"name":"Mo","role":"manager"},"add":{"services":[%q]}}`, mo.id, riverside))
	m := w.matter(`,"owner":"` + mo.id + `"`)
	w.want("an open matter", "matter", m, "owner", `"`+mo.id+`"`)
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"handling":"sensitive"}}`, m))
	w.want("a sensitive one", "matter", m, "owner", "")
	w.must(jo, fmt.Sprintf(`{"c":"matter","r":%q,"set":{"owner":%q}}`, m, jo.id))
	w.want("of the desk's", "matter", m, "owner", `"`+jo.id+`"`)
}

func TestServicesSeeViewsFromTheMondayAfterTheirWeekAllAtOnce(t *testing.T) {
	w := newWorld(t) // Wednesday 4 November
	early, late, unread := w.view(`"set":{"review":"accepted"}`), w.view(""), w.view("")
	w.release()
	if w.reads(mo, "view", early) != "" {
		t.Error("the service sees a view in its own week")
	}
	w.at("2026-11-08T23:59:59Z")
	w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"set":{"review":"accepted"}}`, late))
	w.at("2026-11-09T00:00:01Z")
	w.release()
	for _, v := range []string{early, late} {
		w.want("on Monday", "view", v, "released", `"2026-11-09"`)
		if w.reads(mo, "view", v) == "" {
			t.Error("the service does not see it on Monday")
		}
	}
	w.want("one not accepted", "view", unread, "released", "")

	w.at("2026-11-10T09:00:00Z")
	w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"set":{"review":"accepted"}}`, unread))
	w.release()
	w.want("accepted on Tuesday", "view", unread, "released", "")
	w.at("2026-11-16T00:00:00Z")
	w.release()
	w.want("a week on", "view", unread, "released", `"2026-11-16"`)
	w.want("the first", "view", early, "released", `"2026-11-09"`)
}

func TestAPlannedVisitThatNobodyMadeIsMissedWhenTheNextDayIsOver(t *testing.T) {
	w := newWorld(t)
	id := w.id()
	w.must(ash, fmt.Sprintf(`{"c":"visit","r":%q,"set":{"service":%q,"method":"conv","planned":"2026-11-05T14:00:00Z"}}`, id, riverside))
	missed := func(when string) int {
		w.at(when)
		ops := programme.Missed(w.now.Std(), []*record.Record{w.Record("visit", id)})
		for i := range ops {
			if p := w.take(record.Writer{Device: "server", Server: true}, &ops[i]); p != nil {
				t.Fatal(p)
			}
		}
		return len(ops)
	}
	base := w.Record("visit", id).V
	if missed("2026-11-06T23:59:59Z") != 0 {
		t.Error("it is missed while a phone may still come home")
	}
	if missed("2026-11-07T00:00:00Z") != 1 || missed("2026-11-08T00:00:00Z") != 0 {
		t.Error("it is not missed, or twice")
	}
	// The phone was there, and had no signal: it is believed.
	w.must(ash, fmt.Sprintf(`{"c":"visit","r":%q,"base":%d,"at":"2026-11-05T14:02:00Z","set":{"status":"running"}}`, id, base))
	w.want("a visit that did take place", "visit", id, "status", `"running"`)
}

func TestAViewOnWhichTwoPeopleDifferIsNotReleased(t *testing.T) {
	w := newWorld(t)
	v := w.view("")
	base := w.Record("view", v).V
	w.must(jo, fmt.Sprintf(`{"c":"view","r":%q,"base":%d,"set":{"review":"set_aside"}}`, v, base))
	w.must(sam, fmt.Sprintf(`{"c":"view","r":%q,"base":%d,"set":{"review":"accepted"}}`, v, base))
	w.at("2026-11-16T00:00:00Z")
	w.release()
	w.want("while they differ", "view", v, "released", "")
}
