package server_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"earshot/server/desk/figures"
)

// month is the present one, in which everything of a test is done.
func month() string { return time.Now().UTC().Format("2006-01") }

func (w *world) programme(p *phone) (r figures.Report) {
	w.t.Helper()
	w.get("/v1/reports/programme?from="+month()+"&to="+month(), p.access).want(200, &r)
	return r
}

func TestTheProgrammeIsCountedFromTheRecordsAndFollowsThem(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, volunteer := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	l, _ := desk.connect(pushing)
	out, _ := volunteer.connect(pushing)
	service := desk.service(l, "Riverside")
	now := time.Now().UTC().Format(time.RFC3339)
	visit, first, second, matter, answer := newID(), newID(), newID(), newID(), newID()
	out.applied(volunteer.op("visit", visit, 0, frame{"set": frame{"service": service, "method": "conv", "status": "running", "started": now, "spoken": 3}}))
	out.applied(volunteer.view(first, service, "The van did not come"))
	out.applied(volunteer.view(second, service, "Nor on Tuesday"))

	r := w.programme(desk)
	if r.Now.Visits != 1 || r.Now.Spoken != 3 || r.Now.Views != 2 || r.Now.Out != 1 || r.Now.First != 1 || r.Before.Views != 0 {
		t.Errorf("after a visit and two views it counts %+v", r.Now)
	}
	if len(r.Services) != 1 || r.Services[0].Service != service || r.Services[0].Heard[25] != 2 || r.Services[0].Last != now[:10] {
		t.Errorf("of the service it counts %+v", r.Services)
	}
	if len(r.Volunteers) != 1 || r.Volunteers[0].Visits != 1 || r.Volunteers[0].Views != 2 {
		t.Errorf("of volunteers it counts %+v", r.Volunteers)
	}

	l.applied(desk.op("matter", matter, 0, frame{"set": frame{"title": "The van", "level": "service"}, "add": frame{"services": []string{service}}}))
	l.applied(desk.op("view", first, desk.version("view/"+first), frame{"set": frame{"review": "accepted"}, "add": frame{"matters": []string{matter}}}))
	for _, status := range []string{"looking", "with_service", "with_dat"} {
		l.applied(desk.op("matter", matter, desk.version("matter/"+matter), frame{"set": frame{"status": status}}))
	}
	l.applied(desk.op("matter", matter, desk.version("matter/"+matter), frame{"set": frame{"status": "decided", "decision": "yes", "reason": "It was ill", "decided_by": frame{"body": "The managers", "on": now[:10]}}}))
	l.applied(desk.op("answer", answer, 0, frame{"set": frame{"matter": matter, "said": "The van", "did": "It comes"}, "add": frame{"services": []string{service}}}))
	l.applied(desk.op("answer", answer, desk.version("answer/"+answer), frame{"set": frame{"status": "published"}}))
	out.applied(volunteer.op("telling", newID(), 0, frame{"set": frame{"answer": answer, "service": service, "way": "said"}}))
	loop := func(r figures.Report) (n []figures.Count) {
		for _, s := range r.Loop {
			n = append(n, s.N)
		}
		return n
	}
	want := func(what string, counts ...figures.Count) {
		t.Helper()
		got := loop(w.programme(desk))
		for i := range counts {
			if got[i] != counts[i] {
				t.Fatalf("%s the loop is %v, not %v", what, got, counts)
			}
		}
	}
	want("with one of two told back", 2, 1, 1, 1, 1, 1)
	if r = w.programme(desk); len(r.Decisions) != 1 || r.Decisions[0] != (figures.Named{Name: "yes", N: 1}) || *r.Now.Answer != 0 {
		t.Errorf("it counts the decisions %v, in %v days", r.Decisions, r.Now.Answer)
	}
	out.applied(volunteer.op("view", first, desk.version("view/"+first), frame{"withdraw": true}))
	want("with that one withdrawn", 1, 0, 0, 0, 0, 0)
}

func TestALeadReadsNoFigureThatPeopleCouldBeKnownBy(t *testing.T) {
	w := start(t)
	d, other := w.dat("north"), w.dat("south")
	desk, lead := w.enrol(d, "coordinator"), w.enrol(d, "lead")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	for range 7 {
		l.applied(desk.view(newID(), service, "The van did not come"))
	}
	got := w.get("/v1/reports/programme", lead.access)
	got.want(200, nil)
	for _, secret := range []string{desk.member, `"heard":`, `"volunteers":`} {
		if strings.Contains(string(got.body), secret) {
			t.Errorf("a lead is sent %s", secret)
		}
	}
	for _, query := range []string{"?for=board", "?for=board&from=2026-01&to=2026-03"} {
		paper := w.get("/v1/reports/programme"+query, desk.access)
		paper.want(200, nil)
		if body := string(paper.body); strings.Contains(body, `"volunteers":`) || strings.Contains(body, `"heard":`) {
			t.Errorf("for a committee's paper %s the desk is sent %s", query, body)
		}
	}
	w.get("/v1/reports/programme?for=board&from=2026-02&to=2026-02", desk.access).want(422, nil)
	var r struct {
		Over bool
		Now  map[string]json.RawMessage
	}
	got.want(200, &r)
	if r.Over || string(r.Now["views"]) != "null" {
		t.Errorf("in the midst of a quarter a lead is sent %v", r)
	}
	for query, status := range map[string]int{"?from=2026-01&to=2026-03": 200, "?from=2026-02&to=2026-04": 422, "?from=2026-01&to=2026-12": 422, "?from=2026-01": 422} {
		w.get("/v1/reports/programme"+query, lead.access).want(status, nil)
	}
	if r := w.programme(w.enrol(other, "admin")); r.Now.Views != 0 || len(r.Services) != 0 {
		t.Errorf("another DAT is sent %+v", r)
	}
	for _, query := range []string{"?from=x&to=y", "?from=2026-03&to=2026-01", "?from=1990-01&to=2026-01"} {
		w.get("/v1/reports/programme"+query, desk.access).want(422, nil)
	}
}
