package programme_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"earshot/server/programme"
	"earshot/sync/record"
)

const (
	secretWords   = "WORDS as they were said"
	secretSummary = "SUMMARY of the desk"
	secretReceipt = "PINE-RIVER-LAMP-42"
)

// What ever happens to a view, each reader is let through what domain.md names
// for them and not a field more. The table is written here by hand, apart from
// the declaration that it holds to.
func TestNobodyReadsMoreOfAViewThanTheyMay(t *testing.T) {
	author := []string{
		"visit", "service", "by", "week", "method", "kind", "themes", "feeling", "times", "share", "speaker", "consent",
		"asked", "next", "aware", "handling", "review", "released", "cleared", "matters",
	}
	service := []string{"service", "week", "method", "kind", "themes", "times", "handling", "matters"}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		id := w.id()
		w.must(ash, fmt.Sprintf(`{"c":"view","r":%q,"set":{"service":%q,"method":"conv","share":%q,"words":%q,"receipt":%q,"handling":%q,"consent":1}}`,
			id, riverside, draw(rt, "words", "summary", "team"), secretWords, secretReceipt, draw(rt, "open", "closed", "sensitive")))
		for range rapid.IntRange(0, 8).Draw(rt, "changes") {
			by := rapid.SampledFrom([]person{jo, sam, ash}).Draw(rt, "by")
			base := rapid.Int64Range(1, w.Record("view", id).V).Draw(rt, "base")
			// Refusals are part of it.
			w.says(by, fmt.Sprintf(`{"c":"view","r":%q,"base":%d,%s}`, id, base, draw(rt,
				`"set":{"review":"accepted"}`, `"set":{"review":"new"}`, `"set":{"handling":"open"}`, `"set":{"handling":"closed"}`,
				`"set":{"handling":"sensitive"}`, `"set":{"service":"`+northgate+`"}`, `"set":{"share":"summary"}`, `"set":{"share":"team"}`,
				`"set":{"summary":"`+secretSummary+`"}`, `"set":{"weight":5,"released":"2026-11-04"}`, `"set":{"same_as":"`+northgate+`"}`,
				`"settle":{"handling":"open"}`, `"settle":{"review":"accepted"}`, `"redact":{"words":null}`, `"withdraw":true`,
			)))
			if rapid.Bool().Draw(rt, "a Monday passes") {
				w.now += 7 * 24 * 3600e6
				w.release()
			}
		}
		v := w.Record("view", id)
		if v.Gone {
			for _, p := range everybody {
				if w.reads(p, "view", id) != "" {
					rt.Fatalf("a %s reads a view that was taken back", p.role)
				}
			}
			return
		}
		shown := v.Get("released") != "" && accepted(v) && within(v, "handling", "open", "closed")
		readers := append(slices.Clone(everybody), rapid.SliceOfN(rapid.Custom(anybody), 1, 5).Draw(rt, "readers")...)
		for _, p := range readers {
			fields := map[string]any{}
			if text := w.reads(p, "view", id); text != "" {
				if err := json.Unmarshal([]byte(text), &fields); err != nil {
					rt.Fatal(err)
				}
				if strings.Contains(text, secretReceipt) {
					rt.Fatalf("a %s reads the receipt", p.role)
				}
			}
			if p.role == "coordinator" {
				continue
			}
			var may []string
			if p.id == ash.id {
				may = append(may, author...)
			}
			if p.role == "manager" && shown && slices.Contains(p.services, v.Get("service").Text()) {
				may = append(may, service...)
				if share := v.Get("share").Text(); share == "words" {
					may = append(may, "words", "summary")
				} else if share == "summary" {
					may = append(may, "summary")
				}
			}
			for field := range maps.Keys(fields) {
				if !slices.Contains(may, field) {
					rt.Fatalf("a %s reads %s", p.role, field)
				}
			}
			if len(may) > 0 && len(fields) == 0 {
				rt.Fatalf("a %s does not read what they may", p.role)
			}
		}
	})
}

// anybody is a member of any role, also of no role that there is, with any services.
func anybody(t *rapid.T) person {
	return person{
		id:       rapid.SampledFrom([]string{ash.id, uuid(0xb1), uuid(0xb2), "server", ""}).Draw(t, "id"),
		role:     rapid.SampledFrom(append([]string{"other", ""}, programme.Roles...)).Draw(t, "role"),
		services: rapid.SliceOf(rapid.SampledFrom([]string{riverside, northgate, uuid(0x53)})).Draw(t, "services"),
	}
}

func draw(t *rapid.T, from ...string) string { return rapid.SampledFrom(from).Draw(t, "choice") }

func accepted(v *record.Record) bool { return within(v, "review", "accepted") }

// within says whether the value and every kept loser is one of these.
func within(v *record.Record, field string, values ...string) bool {
	if !slices.Contains(values, v.Get(field).Text()) {
		return false
	}
	return !slices.ContainsFunc(v.Losers(v.Collection.Field(field)), func(l record.Write) bool {
		return !slices.Contains(values, l.Value.Text())
	})
}

func TestWhatAMemberIsIn(t *testing.T) {
	is := func(role string, services ...string) string {
		return strings.Join(programme.Audiences(programme.Member{ID: "me", Role: role, Services: services, Status: "active"}), " ")
	}
	for role, want := range map[string]string{
		"volunteer":   "person:me team",
		"outreach":    "person:me team",
		"coordinator": "desk people person:me team",
		"admin":       "people person:me team",
		"lead":        "board person:me team",
		"manager":     "person:me service:a service:b team",
		"other":       "person:me team",
	} {
		if got := is(role, "b", "a"); got != want {
			t.Errorf("a %s is in %s, want %s", role, got, want)
		}
	}
	if got := programme.Audiences(programme.Member{ID: "me", Role: "coordinator", Status: "left"}); got != nil {
		t.Errorf("one who has left is in %v", got)
	}
}

// Who reads what of the other records, field by field.
func TestWhoReadsWhat(t *testing.T) {
	w, names := furnished(t)
	id := func(name string) string { return names.Replace(name) }
	w.must(jo, names.Replace(`{"c":"matter","r":"MATTER","add":{"notes":[{"id":"NEW","text":"A note"}],"said":[{"id":"NEW","text":"Never any 1 ml","view":"VIEW"}]}}`))
	w.must(jo, names.Replace(`{"c":"member","r":"ASH","set":{"email":"a@example.org","contact":"by post"}}`))
	reads := func(p person, c, name string, want bool, has ...string) {
		t.Helper()
		text := w.reads(p, c, id(name))
		if (text != "") != want {
			t.Errorf("a %s reads a %s: %v, want %v", p.role, c, text != "", want)
		}
		for _, h := range has {
			field, lacks := strings.CutPrefix(h, "no ")
			if strings.Contains(text, field) == lacks {
				t.Errorf("a %s reads of a %s: %s; want %s", p.role, c, text, h)
			}
		}
	}
	reads(jo, "matter", "MATTER", true, `"notes"`, `"said"`, `"view"`)
	reads(kim, "matter", "MATTER", true, `"notes"`, `"said"`, `no "view"`)
	reads(mo, "matter", "MATTER", true, `no "notes"`, `no "said"`)
	reads(ash, "matter", "MATTER", false)
	reads(pat, "matter", "MATTER", false)

	reads(jo, "escalation", "ESCALATION", true)
	reads(ash, "escalation", "ESCALATION", true)
	for _, p := range []person{dee, mo, kim, pat} {
		reads(p, "escalation", "ESCALATION", false)
		reads(p, "visit", "VISIT", false)
	}

	reads(mo, "ask", "ASK", true)
	reads(kim, "ask", "ASK", true)
	reads(ash, "ask", "ASK", false)

	reads(jo, "member", "ASH", true, `"email"`, `"contact"`, `"role"`)
	reads(pat, "member", "ASH", true, `no "email"`, `no "contact"`, `"role"`)
	reads(ash, "member", "ASH", true, `no "email"`, `"role"`)
	reads(dee, "member", "ASH", false)
	reads(dee, "member", "JO", true, `"name"`, `no "role"`)
	reads(dee, "member", "KIM", true, `"name"`, `no "status"`)
	reads(kim, "member", "ASH", false)
}

func TestWhatTheServerWroteIsNobodysOwn(t *testing.T) {
	w := newWorld(t)
	op, problem := w.op(fmt.Sprintf(`{"c":"view","r":%q,"set":{"service":%q,"method":"surv","share":"team","words":"Two buses."}}`, w.id(), riverside))
	if problem != nil {
		t.Fatal(problem)
	}
	op.Changes = append(op.Changes, record.Change{Field: programme.Views.Field("by"), Value: record.Text("server")})
	if p := w.take(record.Writer{Device: "server", Server: true}, op); p != nil {
		t.Fatal(p)
	}
	for _, g := range w.Record("view", op.ID).Grants() {
		if strings.HasPrefix(g.Audience, "person:") {
			t.Errorf("it is in %s", g.Audience)
		}
	}
}
