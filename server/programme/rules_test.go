package programme_test

import (
	"fmt"
	"strings"
	"testing"

	"earshot/sync/record"
)

// Each case is one op on a world that holds a view, a matter, an ask, an answer
// and a member of each role. VIEW, MATTER, ASK, ANSWER, VISIT, NEW and the names
// of people and services stand for their ids.
func TestWhoMayDoWhat(t *testing.T) {
	const (
		taken       = ""
		notAllowed  = "not_allowed"
		notARule    = "not_a_rule"
		wrongStep   = "wrong_step"
		wrongKind   = "wrong_kind"
		wrongType   = "wrong_type"
		missing     = "missing_field"
		once        = "once"
		early       = "early"
		setRevAcc   = `"set":{"review":"accepted"}`
		decided     = `"decision":"yes","decided_by":{"body":"Commissioning group","on":"2026-11-03"},"reason":"It was asked for by many."`
		viewBy      = `{"c":"view","r":"NEW","set":{"service":"RIVERSIDE","method":"conv","share":"words","words":"Two buses."`
		visitBy     = `{"c":"visit","r":"NEW","set":{"service":"RIVERSIDE","method":"conv"`
		escalation  = `{"c":"escalation","r":"NEW","set":{"kind":"risk","told":"nobody"`
		matterChain = `{"c":"matter","r":"MATTER","set":{"status":`
	)
	cases := []struct {
		promise string
		who     person
		before  []string // by Jo, who may
		says    string
		code    string
	}{
		// views
		{"a volunteer writes a view down", ash, nil, viewBy + `}}`, taken},
		{"an outreach worker too", dee, nil, viewBy + `}}`, taken},
		{"not in somebody else's name", ash, nil, viewBy + `,"by":"DEE"}}`, notAllowed},
		{"the desk may, for others", jo, nil, viewBy + `,"by":"DEE"}}`, taken},
		{"a manager hears people at the open door", mo, nil, strings.Replace(viewBy, "conv", "door", 1) + `}}`, taken},
		{"and on a shift at the front", mo, nil, strings.Replace(viewBy, "conv", "front", 1) + `}}`, taken},
		{"not by another way", mo, nil, viewBy + `}}`, notAllowed},
		{"and not for another service", mo, nil, strings.NewReplacer("conv", "door", "RIVERSIDE", "NORTHGATE").Replace(viewBy) + `}}`, notAllowed},
		{"a lead does not make views", kim, nil, viewBy + `}}`, notAllowed},
		{"nor an administrator", pat, nil, viewBy + `}}`, notAllowed},
		{"three taps do: a theme and no words", ash, nil, `{"c":"view","r":"NEW","set":{"service":"RIVERSIDE","method":"nxc","share":"team"},"add":{"themes":["NORTHGATE"]}}`, taken},
		{"neither words nor a theme is no view", ash, nil, `{"c":"view","r":"NEW","set":{"service":"RIVERSIDE","method":"nxc","share":"team"}}`, notARule},
		{"how far words travel is never guessed", ash, nil, `{"c":"view","r":"NEW","set":{"service":"RIVERSIDE","method":"conv","words":"Two buses."}}`, early},
		{"a device does not say the week", ash, nil, viewBy + `,"week":"2026-11-02"}}`, notAllowed},
		{"a volunteer does not weigh", ash, nil, viewBy + `,"weight":4}}`, notAllowed},
		{"nor accept what they write down", ash, nil, viewBy + `,"review":"accepted"}}`, wrongStep},
		{"the desk may accept what it writes down itself", jo, nil, viewBy + `,"review":"accepted"}}`, taken},
		{"nobody edits words", jo, nil, `{"c":"view","r":"VIEW","set":{"words":"Better words."}}`, notAllowed},
		{"the desk erases them", jo, nil, `{"c":"view","r":"VIEW","redact":{"words":"Never any 1 ml."}}`, taken},
		{"altogether if need be", jo, nil, `{"c":"view","r":"VIEW","redact":{"words":null}}`, taken},
		{"a volunteer does not", ash, nil, `{"c":"view","r":"VIEW","redact":{"words":null}}`, notAllowed},
		{"the desk writes a summary", jo, nil, `{"c":"view","r":"VIEW","set":{"summary":"Needle sizes; closing time."}}`, taken},
		{"how many said it stands as it was said", jo, nil, `{"c":"view","r":"VIEW","set":{"times":8}}`, notAllowed},
		{"whoever took a view narrows how far it travels", ash, nil, `{"c":"view","r":"VIEW","set":{"share":"team"}}`, taken},
		{"the desk does not", jo, nil, `{"c":"view","r":"VIEW","set":{"share":"team"}}`, notAllowed},
		{"another volunteer has nothing to do with it", dee, nil, `{"c":"view","r":"VIEW","set":{"share":"team"}}`, notAllowed},
		{"the desk corrects the service", jo, nil, `{"c":"view","r":"VIEW","set":{"service":"NORTHGATE"}}`, taken},
		{"until the view is accepted", jo, []string{`{"c":"view","r":"VIEW",` + setRevAcc + `}`}, `{"c":"view","r":"VIEW","set":{"service":"NORTHGATE"}}`, notARule},
		{"while it accepts it", jo, nil, `{"c":"view","r":"VIEW","set":{"service":"NORTHGATE","review":"accepted"}}`, taken},
		{"and again when it goes back to new", jo, []string{`{"c":"view","r":"VIEW",` + setRevAcc + `}`}, `{"c":"view","r":"VIEW","set":{"service":"NORTHGATE","review":"new"}}`, taken},
		{"a rule does not bind one who had not seen it", sam, []string{`{"c":"view","r":"VIEW",` + setRevAcc + `}`}, `{"c":"view","r":"VIEW","base":1,"set":{"service":"NORTHGATE"}}`, taken},
		{"from accepted to set aside goes by new", jo, []string{`{"c":"view","r":"VIEW",` + setRevAcc + `}`}, `{"c":"view","r":"VIEW","set":{"review":"set_aside"}}`, wrongStep},
		{"what is light is not released by hand", jo, nil, `{"c":"view","r":"VIEW","set":{"weight":3,"released":"2026-11-04"}}`, notARule},
		{"what is very serious is", jo, nil, `{"c":"view","r":"VIEW","set":{"weight":4,"released":"2026-11-04"}}`, taken},
		{"a view does not repeat itself", jo, nil, `{"c":"view","r":"VIEW","set":{"same_as":"VIEW"}}`, notARule},
		{"a manager changes no view", mo, nil, `{"c":"view","r":"VIEW","set":{"handling":"closed"}}`, notAllowed},
		{"a weight beyond five is none", jo, nil, `{"c":"view","r":"VIEW","set":{"weight":6}}`, wrongType},

		// visits
		{"a member makes their own visit", ash, nil, visitBy + `}}`, taken},
		{"a running one at once", ash, nil, visitBy + `,"status":"running"}}`, taken},
		{"a coordinator plans for others", jo, nil, visitBy + `,"by":"ASH"}}`, taken},
		{"a volunteer does not", dee, nil, visitBy + `,"by":"ASH"}}`, notAllowed},
		{"it goes on by its own member", ash, nil, `{"c":"visit","r":"VISIT","set":{"status":"running","spoken":3}}`, taken},
		{"or a coordinator", jo, nil, `{"c":"visit","r":"VISIT","set":{"status":"missed"}}`, taken},
		{"and by nobody else", dee, nil, `{"c":"visit","r":"VISIT","set":{"status":"missed"}}`, notAllowed},
		{"it is not done before it runs", ash, nil, `{"c":"visit","r":"VISIT","set":{"status":"done"}}`, wrongStep},

		// escalations
		{"a pointer comes from whoever listens", ash, nil, escalation + `}}`, taken},
		{"from a manager without a service too", mo, nil, escalation + `}}`, taken},
		{"or with their own", mo, nil, escalation + `,"service":"RIVERSIDE"}}`, taken},
		{"not with another's", mo, nil, escalation + `,"service":"NORTHGATE"}}`, notAllowed},
		{"a lead calls", kim, nil, escalation + `}}`, notAllowed},
		{"whoever made it does not acknowledge it", ash, nil, `{"c":"escalation","r":"ESCALATION","set":{"acknowledged":{"by":"ASH","at":"2026-11-04T10:00:00Z"}}}`, notAllowed},
		{"the desk does", jo, nil, `{"c":"escalation","r":"ESCALATION","set":{"acknowledged":{"by":"JO","at":"2026-11-04T10:00:00Z"}}}`, taken},

		// matters
		{"a coordinator raises a matter", jo, nil, `{"c":"matter","r":"NEW","set":{"title":"Van stops","level":"dat"}}`, taken},
		{"a lead does not", kim, nil, `{"c":"matter","r":"NEW","set":{"title":"Van stops","level":"dat"}}`, notAllowed},
		{"it has a level", jo, nil, `{"c":"matter","r":"NEW","set":{"title":"Van stops"}}`, early},
		{"it is looked into first", jo, nil, matterChain + `"with_dat"}}`, wrongStep},
		{"then goes on", jo, nil, matterChain + `"looking"}}`, taken},
		{"back a step needs a note", jo, []string{matterChain + `"looking"}}`}, matterChain + `"raised"}}`, wrongStep},
		{"in the same op", jo, []string{matterChain + `"looking"}}`}, matterChain + `"raised"},"add":{"notes":[{"id":"NEW","text":"Too soon."}]}}`, taken},
		{"it may be parked from anywhere", jo, nil, matterChain + `"parked"}}`, taken},
		{"and is taken up by looking", jo, []string{matterChain + `"parked"}}`}, matterChain + `"looking"}}`, taken},
		{"not by deciding", jo, []string{matterChain + `"parked"}}`}, matterChain + `"decided",` + decided + `}}`, wrongStep},
		{"a lead parks what is not with the DAT yet: no", kim, nil, matterChain + `"parked"}}`, wrongStep},
		{"a lead decides what is with the DAT", kim, withDAT, matterChain + `"decided",` + decided + `}}`, taken},
		{"not without a decision", kim, withDAT, matterChain + `"decided"}}`, notARule},
		{"nor a reason", kim, withDAT, matterChain + `"decided","decision":"no","decided_by":{"body":"Group","on":"2026-11-03"}}}`, notARule},
		{"nor who decided", kim, withDAT, matterChain + `"decided","decision":"no","reason":"Money."}}`, notARule},
		{"later has a date", kim, withDAT, strings.Replace(matterChain+`"decided",`+decided+`}}`, `"yes"`, `"later"`, 1), notARule},
		{"and is a decision with it", kim, withDAT, strings.Replace(matterChain+`"decided","again":"2027-03-01",`+decided+`}}`, `"yes"`, `"later"`, 1), taken},
		{"a lead does not rename a matter", kim, withDAT, `{"c":"matter","r":"MATTER","set":{"title":"Other"}}`, notAllowed},
		{"a manager decides nothing", mo, withDAT, matterChain + `"decided",` + decided + `}}`, notAllowed},
		{"a reason is not taken from what is decided", jo, append(withDAT, matterChain+`"decided",`+decided+`}}`), `{"c":"matter","r":"MATTER","set":{"reason":null}}`, notARule},
		{"but it can be erased", jo, append(withDAT, matterChain+`"decided",`+decided+`}}`), `{"c":"matter","r":"MATTER","redact":{"reason":null}}`, taken},
		{"and another thing changed afterwards", jo, append(withDAT, matterChain+`"decided",`+decided+`}}`, `{"c":"matter","r":"MATTER","redact":{"reason":null}}`), `{"c":"matter","r":"MATTER","set":{"owner":"JO"}}`, taken},
		{"what is put off later needs its date too", jo, append(withDAT, matterChain+`"decided",`+decided+`}}`), `{"c":"matter","r":"MATTER","set":{"decision":"later"}}`, notARule},
		{"a matter is not merged into itself", jo, nil, `{"c":"matter","r":"MATTER","set":{"merged_into":"MATTER"}}`, notARule},
		{"decided_by has a body and a date", jo, nil, `{"c":"matter","r":"MATTER","set":{"decided_by":{"body":"Group"}}}`, wrongType},

		// asks, answers, tellings
		{"a manager replies for their own service", mo, nil, `{"c":"ask","r":"ASK","set":{"reply":"From Monday.","promise":{"what":"Order 1 ml","by":"2026-11-09","who":"Stock lead"}}}`, taken},
		{"but does not change the question", mo, nil, `{"c":"ask","r":"ASK","set":{"question":"Is all well?"}}`, notAllowed},
		{"nobody but the server says how it is handled", jo, nil, `{"c":"ask","r":"ASK","set":{"handling":"open"}}`, notAllowed},
		{"a coordinator publishes", jo, nil, `{"c":"answer","r":"ANSWER","set":{"status":"published"}}`, taken},
		{"and does not say when", jo, nil, `{"c":"answer","r":"ANSWER","set":{"published":"2026-11-04T10:00:00Z"}}`, notAllowed},
		{"nothing sensitive", jo, []string{`{"c":"matter","r":"MATTER","set":{"handling":"sensitive"}}`}, `{"c":"answer","r":"ANSWER","set":{"status":"published"}}`, notARule},
		{"a lead does not publish", kim, nil, `{"c":"answer","r":"ANSWER","set":{"status":"published"}}`, notAllowed},
		{"a volunteer takes an answer back to people", ash, nil, `{"c":"telling","r":"NEW","set":{"answer":"ANSWER","service":"RIVERSIDE","way":"said","verdict":"fair"}}`, taken},

		// settings, services, themes
		{"a service is added by the desk", jo, nil, `{"c":"service","r":"NEW","set":{"name":"Van","kind":"outreach","sector":"voluntary"}}`, taken},
		{"or an administrator", pat, nil, `{"c":"theme","r":"NEW","set":{"code":"X01","name":"Foil"}}`, taken},
		{"not by a volunteer", ash, nil, `{"c":"service","r":"NEW","set":{"name":"Van","kind":"outreach","sector":"voluntary"}}`, notAllowed},
		{"a DAT's settings are made once, with it", jo, nil, `{"c":"dat","r":"NEW","set":{"name":"Second"}}`, notAllowed},

		// members
		{"a coordinator invites a volunteer", jo, nil, `{"c":"member","r":"NEW","set":{"name":"Lou","role":"volunteer"}}`, taken},
		{"not another coordinator", jo, nil, `{"c":"member","r":"NEW","set":{"name":"Lou","role":"coordinator"}}`, notAllowed},
		{"an administrator does", pat, nil, `{"c":"member","r":"NEW","set":{"name":"Lou","role":"coordinator"}}`, taken},
		{"and changes roles", pat, nil, `{"c":"member","r":"ASH","set":{"role":"coordinator"}}`, taken},
		{"which nobody else does", jo, nil, `{"c":"member","r":"ASH","set":{"role":"outreach"}}`, notAllowed},
		{"least of all for themselves", ash, nil, `{"c":"member","r":"ASH","set":{"role":"admin"}}`, notAllowed},
		{"somebody sets a goal of their own", ash, nil, `{"c":"member","r":"ASH","set":{"goal":"Chair a group","next_step":"Sit in on one"}}`, taken},
		{"and not another's", ash, nil, `{"c":"member","r":"DEE","set":{"goal":"Chair a group"}}`, notAllowed},
		{"a coordinator lets a volunteer go", jo, nil, `{"c":"member","r":"ASH","set":{"status":"left"}}`, taken},
		{"not the lead", jo, nil, `{"c":"member","r":"KIM","set":{"status":"left"}}`, notAllowed},
		{"nor by taking their record back", jo, nil, `{"c":"member","r":"KIM","withdraw":true}`, notAllowed},
		{"a volunteer's they may", jo, nil, `{"c":"member","r":"ASH","withdraw":true}`, taken},
		{"an administrator everybody's", pat, nil, `{"c":"member","r":"KIM","withdraw":true}`, taken},
		{"but keeps right how to reach them", jo, nil, `{"c":"member","r":"KIM","set":{"email":"k@example.org"}}`, taken},
		{"which an administrator can't read, and so not write", pat, nil, `{"c":"member","r":"ASH","set":{"email":"a@example.org"}}`, notAllowed},
		{"a role is not changed unseen", pat, []string{`{"c":"member","r":"ASH","set":{"status":"resting"}}`}, `{"c":"member","r":"ASH","base":1,"set":{"status":"left"}}`, "stale"},
		{"a volunteer's training is noted by the desk", jo, nil, `{"c":"training","r":"NEW","set":{"member":"ASH","module":"Listening","done":"2026-10-01"}}`, taken},
		{"not by themselves", ash, nil, `{"c":"training","r":"NEW","set":{"member":"ASH","module":"Listening","done":"2026-10-01"}}`, notAllowed},
		// taking back
		{"whoever wrote a view down takes it back", ash, nil, `{"c":"view","r":"VIEW","withdraw":true}`, taken},
		{"a coordinator does", jo, nil, `{"c":"view","r":"VIEW","withdraw":true}`, taken},
		{"an administrator does, without reading it", pat, nil, `{"c":"view","r":"VIEW","withdraw":true}`, taken},
		{"another volunteer does not", dee, nil, `{"c":"view","r":"VIEW","withdraw":true}`, notAllowed},
		{"a manager does not", mo, nil, `{"c":"view","r":"VIEW","withdraw":true}`, notAllowed},
		{"a lead takes no matter back", kim, nil, `{"c":"matter","r":"MATTER","withdraw":true}`, notAllowed},
		{"nobody takes a DAT's numbers and script away", jo, nil, `{"c":"dat","r":"DAT","withdraw":true}`, notAllowed},
		{"they are changed", pat, nil, `{"c":"dat","r":"DAT","set":{"hold_minutes":10}}`, taken},
		{"and never emptied", jo, nil, `{"c":"dat","r":"DAT","set":{"lines":null}}`, missing},

		{"whose it is stands", jo, nil, `{"c":"visit","r":"VISIT","set":{"by":"DEE"}}`, once},
		{"a set is not set", jo, nil, `{"c":"view","r":"VIEW","set":{"themes":["NEW"]}}`, wrongKind},
		{"a title is not taken away", jo, nil, `{"c":"matter","r":"MATTER","set":{"title":null}}`, missing},
	}
	for _, c := range cases {
		t.Run(c.promise, func(t *testing.T) {
			w, names := furnished(t)
			for _, before := range c.before {
				w.must(jo, names.Replace(before))
			}
			if got := w.says(c.who, names.Replace(c.says)); got != c.code {
				t.Errorf("got %q, want %q", got, c.code)
			}
		})
	}
}

var withDAT = []string{
	`{"c":"matter","r":"MATTER","set":{"status":"looking"}}`,
	`{"c":"matter","r":"MATTER","set":{"status":"with_service"}}`,
	`{"c":"matter","r":"MATTER","set":{"status":"with_dat"}}`,
}

// furnished gives a world with one of each, and their ids by name.
func furnished(t *testing.T) (*world, *strings.Replacer) {
	w := newWorld(t)
	view := w.view("")
	for i, p := range everybody {
		w.must(pat, fmt.Sprintf(`{"c":"member","r":%q,"set":{"name":"Person %d","role":%q}}`, p.id, i, p.role))
	}
	matter, ask, answer, visit, escalation := w.matter(""), w.id(), w.id(), w.id(), w.id()
	w.must(jo, fmt.Sprintf(`{"c":"ask","r":%q,"set":{"matter":%q,"service":%q,"question":"Why?"}}`, ask, matter, riverside))
	w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"No 1 ml","did":"Ordered"},"add":{"services":[%q]}}`, answer, matter, riverside))
	w.must(ash, fmt.Sprintf(`{"c":"visit","r":%q,"set":{"service":%q,"method":"conv"}}`, visit, riverside))
	w.must(ash, fmt.Sprintf(`{"c":"escalation","r":%q,"set":{"kind":"alert","told":"duty worker"}}`, escalation))
	op, problem := w.op(fmt.Sprintf(`{"c":"dat","r":%q,"set":{"name":"Ourtown"}}`, uuid(0xda)))
	if problem == nil {
		problem = w.take(record.Writer{Device: "server", Server: true}, op)
	}
	if problem != nil {
		t.Fatal(problem)
	}
	return w, strings.NewReplacer(
		"DAT", uuid(0xda),
		"VIEW", view, "MATTER", matter, "ASK", ask, "ANSWER", answer, "VISIT", visit, "ESCALATION", escalation, "NEW", w.id(),
		"RIVERSIDE", riverside, "NORTHGATE", northgate,
		"ASH", ash.id, "DEE", dee.id, "JO", jo.id, "KIM", kim.id,
	)
}
