package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"earshot/server/programme"
	"earshot/sync/device"
)

// enough is how many views about one theme at one service make a matter: no count
// below five ever leaves the desk, so fewer could not be answered in public.
const enough = 5

// most is how many matters are raised: the public page shows the newest hundred answers.
const most = 100

// A matter is what the coordinator brings views together in.
type matter struct {
	id             string
	service, theme string // ids
	title          string
	views          []device.Record
	decision       decision
	answer, said   string // the answer's id, and its "You said"
}

// A decision is one of the four that a matter can end in, with what people are told.
type decision struct{ is, reason, did string }

var decisions = []decision{
	{"yes", "So many people said it that it comes first this year.", "The service has begun to change it. Our volunteers come and look whether it is so."},
	{"partly", "There is money for the half of it.", "What can be done with the staff that there are is being done. The rest is asked for again."},
	{"later", "It depends on a contract that runs for another half year.", "Not yet. It is looked at again when the contract is, and we come back to you then."},
	{"no", "Only Parliament could change this.", "This cannot be changed here. We have written to those who could."},
}

// deskWork is what the coordinator does with what came in: accepts each view,
// brings together what is no praise by theme and service, has each matter decided,
// and publishes an answer to it.
func (r *run) deskWork(ctx context.Context) ([]*matter, error) {
	desk := r.crowd.Desk
	began := time.Now()
	names := map[string]string{}
	for _, collection := range []string{"service", "theme"} {
		records, err := desk.Records(collection)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			names[r.ID] = r.Text("name")
		}
	}
	views, err := desk.Records("view")
	if err != nil {
		return nil, err
	}
	matters, err := raise(views, names)
	if err != nil {
		return nil, err
	}
	brought, links, changes := 0, map[string][]any{}, []device.Change{}
	for _, m := range matters {
		changes = append(changes, m.made())
		for _, v := range m.views {
			links[v.ID] = append(links[v.ID], m.id)
		}
	}
	for _, v := range views {
		change := device.Change{Collection: "view", ID: v.ID, Set: map[string]any{"review": "accepted"}}
		if to := links[v.ID]; to != nil {
			change.Add = map[string][]any{"matters": to}
			brought++
		}
		changes = append(changes, change)
	}
	decided := map[string]int{}
	for _, m := range matters {
		decided[m.decision.is]++
		walked, err := m.walked(time.Now())
		if err != nil {
			return nil, err
		}
		changes = append(changes, walked...)
	}
	if err := handIn(ctx, desk, changes); err != nil {
		return nil, err
	}
	fmt.Printf("\nThe coordinator goes through them, in %d changes. %s\n", len(changes), since(began))
	count(len(views), "views accepted")
	count(brought, fmt.Sprintf("of them brought to %d matters, each a theme at a service that %d or more spoke of", len(matters), enough))
	for _, d := range decisions {
		count(decided[d.is], `matters decided with "`+d.is+`"`)
	}
	count(len(matters), "answers published, such as this one:")
	for _, m := range matters[:min(1, len(matters))] {
		fmt.Printf("\n         You said  %s\n         We did    %s\n", m.said, m.decision.did)
	}
	if len(matters) == 0 {
		r.wrong = append(r.wrong, "no matter was raised: too few views speak of the same")
	}
	return matters, nil
}

// raise finds what is spoken of often, the most first. names are those of services
// and themes, by their ids.
func raise(views []device.Record, names map[string]string) ([]*matter, error) {
	type subject struct{ service, theme string }
	spoken := map[subject][]device.Record{}
	for _, v := range views {
		if v.Text("kind") == "praise" {
			continue // nothing is asked for
		}
		var about struct {
			Themes []string `json:"themes"`
		}
		if err := v.Decode(&about); err != nil {
			return nil, err
		}
		for _, theme := range about.Themes {
			of := subject{v.Text("service"), theme}
			spoken[of] = append(spoken[of], v)
		}
	}
	var matters []*matter
	for of, views := range spoken {
		if len(views) < enough {
			continue
		}
		matters = append(matters, &matter{
			service: of.service, theme: of.theme, views: views, title: names[of.theme] + " – " + names[of.service],
		})
	}
	slices.SortFunc(matters, func(a, b *matter) int {
		return cmp.Or(cmp.Compare(len(b.views), len(a.views)), cmp.Compare(a.title, b.title))
	})
	matters = matters[:min(most, len(matters))]
	for i, m := range matters {
		m.decision = decisions[i%len(decisions)]
		m.said = fmt.Sprintf("%s: several of you said that this does not work as it should.", m.title)
		for _, id := range []*string{&m.id, &m.answer} {
			var err error
			if *id, err = programme.NewID(time.Now(), rand.Reader); err != nil {
				return nil, err
			}
		}
	}
	return matters, nil
}

// made is the change that raises a matter.
func (m *matter) made() device.Change {
	return device.Change{
		Collection: "matter", ID: m.id,
		Set: map[string]any{"title": m.title, "level": "service"},
		Add: map[string][]any{"services": {m.service}, "themes": {m.theme}},
	}
}

// walked are the changes that take a matter through its steps, and publish what
// came of it.
func (m *matter) walked(now time.Time) ([]device.Change, error) {
	step := func(status string, more map[string]any) device.Change {
		set := map[string]any{"status": status}
		for name, value := range more {
			set[name] = value
		}
		return device.Change{Collection: "matter", ID: m.id, Set: set}
	}
	today := now.UTC().Format(time.DateOnly)
	decided := map[string]any{
		"decision": m.decision.is, "reason": m.decision.reason,
		"decided_by": map[string]any{"body": "The commissioning group", "on": today},
	}
	if m.decision.is == "later" {
		decided["again"] = now.UTC().AddDate(0, 6, 0).Format(time.DateOnly)
	}
	changes := []device.Change{step("looking", nil)}
	said, err := m.quoted()
	if err != nil {
		return nil, err
	}
	if len(said) > 0 {
		changes = append(changes, device.Change{Collection: "matter", ID: m.id, Add: map[string][]any{"said": said}})
	}
	return append(changes,
		step("with_service", nil), step("with_dat", nil), step("decided", decided),
		device.Change{
			Collection: "answer", ID: m.answer,
			Set: map[string]any{"matter": m.id, "said": m.said, "did": m.decision.did},
			Add: map[string][]any{"services": {m.service}},
		},
		device.Change{Collection: "answer", ID: m.answer, Set: map[string]any{"status": "published"}},
	), nil
}

// quoted chooses up to two of the views whose speakers let their words travel.
func (m *matter) quoted() ([]any, error) {
	var entries []any
	for _, v := range m.views {
		words := v.Text("words")
		if v.Text("share") != "words" || words == "" || len(entries) == 2 {
			continue
		}
		id, err := programme.NewID(time.Now(), rand.Reader)
		if err != nil {
			return nil, err
		}
		entries = append(entries, map[string]any{"id": id, "text": words, "view": v.ID})
	}
	return entries, nil
}

// handIn saves changes and waits until the server has taken each.
func handIn(ctx context.Context, d *device.Device, changes []device.Change) error {
	first, err := d.Save(changes...)
	if err != nil {
		return fmt.Errorf("the coordinator's work can't be saved: %w", err)
	}
	for i, change := range changes {
		item, err := d.Wait(ctx, first+int64(i))
		if err != nil {
			return fmt.Errorf("waiting for the coordinator's work: %w", err)
		}
		if item.Problem != nil {
			return fmt.Errorf("a change to a %s was refused: %s: %s", change.Collection, item.Problem.Field, item.Problem.Message)
		}
	}
	return nil
}
