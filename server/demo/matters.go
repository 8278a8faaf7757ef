package demo

import (
	"fmt"
	"strconv"
	"time"

	"earshot/server/programme"
	"earshot/sync/record"
)

// matters raises those that the views of views.csv are brought to: one at each
// step, a "no", a "later", and one about staff that no service sees.
func (m *maker) matters() error {
	for _, matter := range []struct {
		key, title, level, service, status string
		themes                             []string
		more                               fields
	}{
		{"estate", "The van does not come up to the estate", "dat", "van", "raised", []string{"T0303"}, nil},
		{"waiting", "Six weeks between asking for help and a first appointment", "dat", "harbour", "looking", []string{"T0202"},
			fields{"owner": m.ids[coordinator], "due": m.days(16)}},
		{"texts", "Appointments are moved by texts that people can't answer", "service", "harbour", "with_service", []string{"T0203", "T0201"},
			fields{"owner": m.ids[coordinator], "due": m.days(5)}},
		{"naloxone", "Naloxone at the hostel that people can reach at night", "dat", "anchor", "with_dat", []string{"T0404"},
			fields{"owner": m.ids[lead], "due": m.days(9)}},
		{"counter", "Nobody should be heard, or watched, at the pharmacy counter", "service", "mill", "decided", []string{"T0906", "T0502"},
			fields{
				"decision": "partly", "decided_by": m.decidedBy("The pharmacy and the DAT's pharmacist", -5), "outcome": "place",
				"reason": "The small room is cleared for people who ask. A booth needs a builder, and the owner has not agreed to pay.",
			}},
		{"hours", "The exchange is shut when people finish work", "service", "bridge", "done", []string{"T0302"},
			fields{
				"decision": "yes", "decided_by": m.decidedBy("The service's managers", -14), "outcome": "opening", "anyway": "hastened",
				"reason":  "People said it week after week, and the evenings worked before.",
				"changed": "Open until 7 on Thursdays.", "claimed": m.days(-6),
			}},
		{"saturday", "Saturday mornings at the exchange", "service", "bridge", "decided", []string{"T0302"},
			fields{
				"decision": "later", "again": m.days(120), "decided_by": m.decidedBy("The commissioning group", -13), "outcome": "none",
				"reason": "There is money for one more evening this year and not for both. It is looked at again with the numbers from Thursdays.",
			}},
		{"panel", "People who use the services on the panels that pick staff", "dat", "", "parked", []string{"T0704"},
			fields{"owner": m.ids[lead]}},
		{"attitude", "How one worker speaks to people at Harbour House", "service", "harbour", "looking", []string{"T0101", "T0102"},
			fields{"handling": "sensitive", "owner": m.ids[lead], "due": m.days(3)}},
	} {
		f := fields{"title": matter.title, "level": matter.level, "status": matter.status}
		for _, code := range matter.themes {
			f["themes"] = append(list(f["themes"]), m.ids[code])
		}
		if matter.service != "" {
			f["services"] = []string{m.ids[matter.service]}
		}
		for name, value := range matter.more {
			f[name] = value
		}
		if err := m.add(programme.Matters, matter.key, f); err != nil {
			return err
		}
	}
	return nil
}

func list(v any) []string {
	l, _ := v.([]string)
	return l
}

// said chooses up to two sentences for each matter, of views whose speakers let
// their words be used.
func (m *maker) said() error {
	for _, matter := range []string{"hours", "counter", "naloxone", "waiting", "texts", "saturday"} {
		var entries []record.Value
		for _, q := range m.quotes[matter][:min(2, len(m.quotes[matter]))] {
			id, err := programme.NewID(m.now, m.random)
			if err != nil {
				return err
			}
			entries = append(entries, record.Value(fmt.Sprintf(`{"id":"%s","text":%s,"view":"%s"}`, id, record.Text(q.words), q.view)))
		}
		if err := m.op(programme.Matters, m.ids[matter], fields{"said": entries}); err != nil {
			return err
		}
	}
	return nil
}

// asks are what services are waited for, and what one has promised.
func (m *maker) asks() error {
	if err := m.add(programme.Asks, "ask texts", fields{
		"matter": m.ids["texts"], "service": m.ids["harbour"], "due": m.days(5),
		"question": "Can people answer your texts, and what happens to somebody who can't?",
	}); err != nil {
		return err
	}
	return m.add(programme.Asks, "ask hours", fields{
		"matter": m.ids["hours"], "service": m.ids["bridge"], "due": m.days(-16), "status": "answered",
		"question": "What would it take to open one evening a week?",
		"reply":    "Two workers until seven. We can do Thursdays, and would rather do it well on one evening than badly on three.",
		"known":    "A third of packs go out in the last hour before we shut.",
		"promise":  record.Value(fmt.Sprintf(`{"by":%s,"what":"Thursdays until 7","who":"Service manager"}`, m.days(-7))),
	})
}

// answers publishes three, has one of them taken back to people, and leaves one
// in draft.
func (m *maker) answers() error {
	for _, a := range []struct{ matter, service, status, said, did string }{
		{
			"hours", "bridge", "published",
			"The exchange shuts at five, and people who work can't get there.",
			"From this month it is open until 7 on Thursdays. We look at the numbers in spring.",
		},
		{
			"counter", "mill", "published",
			"At the pharmacy everybody hears your name and sees what you take.",
			"There is a small room now: ask for it. We did not get a booth; the owner says no for this year, and we ask again in spring.",
		},
		{
			"saturday", "bridge", "published",
			"Open the exchange on Saturday mornings.",
			"Not yet. There is money for one more opening time this year, and it went to Thursday evenings. We look at Saturdays again in four months.",
		},
		{
			"naloxone", "anchor", "draft",
			"The kit at the hostel is locked away at night.",
			"The DAT decides this month whether there is a kit on each floor.",
		},
	} {
		if err := m.add(programme.Answers, "answer "+a.matter, fields{
			"matter": m.ids[a.matter], "services": []string{m.ids[a.service]}, "said": a.said, "did": a.did, "status": a.status,
		}); err != nil {
			return err
		}
	}
	for i, told := range []struct{ who, service, answer, way, verdict string }{
		{volunteer, "bridge", "hours", "said", "fair"}, {volunteer, "kiln", "hours", "group", "fair"}, {volunteer, "bridge", "hours", "poster", ""},
		{dee, "van", "hours", "said", "fair"}, {jess, "mill", "counter", "said", "unfair"},
	} {
		if err := m.add(programme.Tellings, "telling "+strconv.Itoa(i), fields{
			"answer": m.ids["answer "+told.answer], "service": m.ids[told.service], "by": m.ids[told.who],
			"at": m.now.Add(-time.Duration(i+1) * 20 * time.Hour), "way": told.way, "verdict": told.verdict,
		}); err != nil {
			return err
		}
	}
	return nil
}

// decidedBy says who decided, so many days from now.
func (m *maker) decidedBy(body string, days int) record.Value {
	return record.Value(fmt.Sprintf(`{"body":%s,"on":%s}`, record.Text(body), m.days(days)))
}
