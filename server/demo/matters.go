package demo

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"earshot/server/programme"
	"earshot/sync/record"
)

// matters raises the four that the views of views.csv are brought to, each at
// another step of its way.
func (m *maker) matters() error {
	for _, matter := range []struct {
		key string
		f   fields
	}{
		{"hours", fields{
			"title": "The exchange is shut when people finish work", "level": "service",
			"services": []string{m.ids["bridge"]}, "themes": []string{m.ids["T0302"]},
			"status": "done", "decision": "yes", "decided_by": m.decidedBy("The service's managers", 14), "outcome": "opening",
			"reason":  "Five people said it in five weeks, and the evenings worked before.",
			"changed": "Open until 7 on Thursdays.", "claimed": programme.Date(m.now.AddDate(0, 0, -6)),
		}},
		{"counter", fields{
			"title": "Nobody should be heard, or watched, at the pharmacy counter", "level": "service",
			"services": []string{m.ids["mill"]}, "themes": []string{m.ids["T0906"], m.ids["T0502"]},
			"status": "decided", "decision": "partly", "decided_by": m.decidedBy("The pharmacy and the DAT's pharmacist", 5), "outcome": "place",
			"reason": "The small room is cleared for people who ask. A booth needs a builder, and the owner has not agreed to pay.",
		}},
		{"naloxone", fields{
			"title": "Naloxone at the hostel that people can reach at night", "level": "dat",
			"services": []string{m.ids["anchor"]}, "themes": []string{m.ids["T0404"]},
			"status": "with_dat", "owner": m.ids[coordinator], "due": programme.Date(m.now.AddDate(0, 0, 9)),
		}},
		{"waiting", fields{
			"title": "Six weeks between asking for help and a first appointment", "level": "dat",
			"services": []string{m.ids["harbour"]}, "themes": []string{m.ids["T0202"]},
			"status": "looking", "owner": m.ids[coordinator], "due": programme.Date(m.now.AddDate(0, 0, 16)),
		}},
	} {
		if err := m.add(programme.Matters, matter.key, matter.f); err != nil {
			return err
		}
	}
	return m.commit()
}

// answers publishes two, and has one of them taken back to people.
func (m *maker) answers() error {
	for _, a := range []struct{ key, matter, service, said, did string }{
		{
			"thursdays", "hours", "bridge",
			"The exchange shuts at five, and people who work can't get there.",
			"From this month it is open until 7 on Thursdays. We look at the numbers in March, and at Saturdays then.",
		},
		{
			"room", "counter", "mill",
			"At the pharmacy everybody hears your name and sees what you take.",
			"There is a small room now: ask for it. We did not get a booth; the owner says no for this year, and we ask again in April.",
		},
	} {
		if err := m.add(programme.Answers, a.key, fields{
			"matter": m.ids[a.matter], "services": []string{m.ids[a.service]}, "said": a.said, "did": a.did, "status": "draft",
		}); err != nil {
			return err
		}
	}
	if err := m.commit(); err != nil {
		return err
	}
	for _, key := range []string{"thursdays", "room"} {
		if err := m.op(programme.Answers, m.ids[key], fields{"status": "published"}); err != nil {
			return err
		}
	}
	for i, way := range []string{"said", "group", "said"} {
		if err := m.add(programme.Tellings, fmt.Sprint("telling ", i), fields{
			"answer": m.ids["thursdays"], "service": m.ids["bridge"], "by": m.ids[volunteer],
			"at": m.now.Add(-time.Duration(i+1) * 20 * time.Hour), "way": way, "verdict": "fair",
		}); err != nil {
			return err
		}
	}
	if err := m.said("hours", 8, 16); err != nil {
		return err
	}
	return m.commit()
}

// said puts sentences of these views (rows of views.csv) on a matter, whole.
func (m *maker) said(matter string, rows ...int) error {
	var entries []record.Value
	for _, row := range rows {
		id := m.ids[fmt.Sprint("view ", row)]
		view, err := m.store.Record(m.ctx, m.dat.Num, "view", id)
		if err != nil {
			return fmt.Errorf("looking a view up: %w", err)
		}
		entry, err := uuid.NewV7FromReader(m.random)
		if err != nil {
			return fmt.Errorf("making an id: %w", err)
		}
		entries = append(entries, record.Value(fmt.Sprintf(`{"id":"%s","text":%s,"view":"%s"}`, entry, view.Get("words"), id)))
	}
	return m.op(programme.Matters, m.ids[matter], fields{"said": entries})
}

func (m *maker) decidedBy(body string, daysAgo int) record.Value {
	// Keys in the order of the alphabet, as canonical JSON has them.
	text, err := json.Marshal(struct {
		Body string `json:"body"`
		On   string `json:"on"`
	}{body, m.now.AddDate(0, 0, -daysAgo).Format(time.DateOnly)})
	if err != nil {
		panic("demo: two strings are always JSON: " + err.Error())
	}
	return record.Value(text)
}
