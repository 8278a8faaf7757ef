package demo

import (
	"fmt"
	"strings"
	"time"

	"earshot/server/programme"
	"earshot/sync/record"
)

// Those whom a visitor meets and cannot be.
const (
	jess    = "Jess"
	dee     = "Dee"
	manager = "Chris"
)

func (m *maker) findThemes() error {
	return m.store.Each(m.ctx, m.dat.Num, "theme", func(r *record.Record) error {
		m.ids[r.Get("code").Text()] = r.ID
		return nil
	})
}

func (m *maker) services() error {
	for _, s := range []struct{ key, name, kind, sector, area, opening string }{
		{"bridge", "Bridge Street exchange", "needle_exchange", "voluntary", "Old town", "Monday to Friday, 9 to 5"},
		{"harbour", "Harbour House", "prescribing", "nhs", "Harbour", "Monday to Friday, 9 to 4.30"},
		{"mill", "Mill Lane pharmacy", "pharmacy", "pharmacy", "Old town", "Every day, 8 to 8"},
		{"anchor", "The Anchor hostel", "hostel", "council", "Harbour", "Day and night"},
		{"van", "The Wharfside van", "outreach", "voluntary", "", "Tuesday and Thursday, 6 to 10"},
		{"kiln", "Kiln Road group", "peer_led", "peer_led", "Kiln Road", "Wednesday, 2 to 4"},
	} {
		if err := m.add(programme.Services, s.key, fields{
			"name": s.name, "kind": s.kind, "sector": s.sector, "area": s.area, "opening": s.opening,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) members() error {
	for _, p := range []struct {
		name, role, cameBy, goal, next, service string
		months                                  int
	}{
		{volunteer, "volunteer", "spoke", "Sit on the panel that picks staff", "Go along to the group once", "", 7},
		{jess, "volunteer", "group", "", "", "", 3},
		{dee, "outreach", "staff", "", "", "", 20},
		{coordinator, "coordinator", "staff", "", "", "", 26},
		{lead, "lead", "staff", "", "", "", 14},
		{manager, "manager", "staff", "", "", "bridge", 31},
	} {
		f := fields{
			"name": p.name, "role": p.role, "status": "active", "came_by": p.cameBy,
			"goal": p.goal, "next_step": p.next, "joined": programme.Date(m.now.AddDate(0, -p.months, 0)),
		}
		if p.service != "" {
			f["services"] = []string{m.ids[p.service]}
		}
		if err := m.add(programme.Members, p.name, f); err != nil {
			return err
		}
	}
	for _, t := range []struct {
		member, module string
		done, expires  int
	}{
		{volunteer, "Listening", -200, 165},
		{volunteer, "Somebody in danger", -190, 175},
		{volunteer, "supervision", -12, 0},
		{jess, "Listening", -85, 280},
		{jess, "Somebody in danger", -357, 8},
		{dee, "Somebody in danger", -120, 245},
	} {
		f := fields{"member": m.ids[t.member], "module": t.module, "done": m.days(t.done)}
		if t.expires != 0 {
			f["expires"] = m.days(t.expires)
		}
		if err := m.add(programme.Trainings, "training "+t.member+t.module, f); err != nil {
			return err
		}
	}
	return nil
}

// settings puts local numbers beside those that hold everywhere.
func (m *maker) settings() error {
	const lines = `[` +
		`{"number":"999","say":"I'm with somebody who needs help now. I am at …","way":"risk","who":"Ambulance, police"},` +
		`{"days":["mon","tue","wed","thu","fri"],"from":"09:00","number":"0113 496 0102","say":"I'm with somebody who needs you now.","service":"BRIDGE","to":"17:00","way":"risk","who":"Bridge Street, duty worker"},` +
		`{"number":"0113 496 0199","say":"I'm with somebody who needs you now.","way":"risk","who":"Crisis line, day and night"},` +
		`{"number":"116 123","say":"I'd like to talk to somebody.","way":"risk","who":"Samaritans, day and night"},` +
		`{"number":"0113 496 0117","say":"Somebody under 18 has spoken to me.","way":"young","who":"Young people's lead"},` +
		`{"number":"0113 496 0131","say":"I've heard of something bad going round.","way":"alert","who":"Drug alert line"},` +
		`{"number":"0113 496 0144","say":"Somebody would like to complain, and wants to know how.","way":"complaint","who":"Complaints, all services"}]`
	return m.op(programme.DATs, m.dat.ID, fields{
		"lines":   record.Value(strings.Replace(lines, "BRIDGE", m.ids["bridge"], 1)),
		"ui_lead": coordinator,
		"cover":   m.ids[coordinator],
		"targets": record.Value(`{"hours":40,"spoken":60,"views":40,"visits":12}`),
	})
}

// visits are the rounds of three people over seven weeks, one that was missed,
// and two that are planned.
func (m *maker) visits() error {
	rounds := []struct{ who, service, method string }{
		{volunteer, "bridge", "nxc"}, {jess, "mill", "conv"}, {dee, "van", "conv"}, {volunteer, "kiln", "grp"}, {jess, "anchor", "conv"},
	}
	for week := range 7 {
		for i, r := range rounds {
			began := m.hour(week*7+i+1, 13*60+i*45)
			ended := began.Add(time.Duration(90+i*15) * time.Minute)
			f := fields{
				"service": m.ids[r.service], "by": m.ids[r.who], "method": r.method,
				"planned": began, "started": began, "ended": ended, "status": "done", "spoken": 5 + (week*3+i*2)%7, "declined": (week + i) % 3,
			}
			name := fmt.Sprint("visit ", week, " ", r.service)
			if week == 3 && i == 4 {
				f = fields{"service": m.ids[r.service], "by": m.ids[r.who], "method": r.method, "planned": began, "status": "missed"}
			} else {
				m.began[name] = began
			}
			if err := m.add(programme.Visits, name, f); err != nil {
				return err
			}
		}
	}
	for i, r := range rounds[:2] {
		at := m.now.AddDate(0, 0, i+1).Truncate(24 * time.Hour).Add(14 * time.Hour)
		if err := m.add(programme.Visits, "planned "+r.service, fields{
			"service": m.ids[r.service], "by": m.ids[r.who], "method": r.method, "planned": at,
		}); err != nil {
			return err
		}
	}
	return nil
}

// escalations are pointers: one in hand, one that nobody has acknowledged yet.
func (m *maker) escalations() error {
	at := m.hour(5, 14*60+20)
	if err := m.add(programme.Escalations, "call in hand", fields{
		"kind": "risk", "service": m.ids["bridge"], "by": m.ids[volunteer], "at": at, "told": "Bridge Street, duty worker",
		"acknowledged": record.Value(fmt.Sprintf(`{"at":"%s","by":"%s"}`, record.At(at.Add(12*time.Minute)), m.ids[coordinator])),
	}); err != nil {
		return err
	}
	return m.add(programme.Escalations, "call waiting", fields{
		"kind": "talk", "by": m.ids[jess], "at": m.now.Add(-3 * time.Hour).Truncate(time.Second), "told": "nobody",
	})
}
