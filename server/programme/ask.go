package programme

import "earshot/sync/record"

// An ask is what the desk wants to know from a service about a matter: a question
// with a date. Its manager replies, says what the service knows beside what people
// said, and promises what will be done, by when, as whose job. It is handled as
// its matter is, which the server sees to: a sensitive matter's asks are for the
// desk and the board alone.
var ask = &record.Collection{
	Name:       "ask",
	Service:    "service",
	MadeBy:     []string{coordinator},
	ChangedBy:  []string{coordinator},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "matter", Kind: record.Once, Type: record.Ref, Target: "matter", Required: true, Indexed: true},
		{Name: "service", Kind: record.Once, Type: record.Ref, Target: "service", Required: true},
		{Name: "question", Required: true, Redactable: true, Searched: true},
		{Name: "due", Type: record.Date},
		{
			Name: "status", Kind: record.Steps, Type: record.Enum,
			Values:   []string{"asked", "answered", "withdrawn"},
			Required: true, Default: record.Text("asked"),
			Steps: []record.Step{
				{From: []string{"asked"}, To: []string{"answered"}, By: []string{coordinator}},
				{From: []string{"answered"}, To: []string{"withdrawn"}, By: []string{coordinator}},
			},
		},
		{Name: "reply", Redactable: true, Searched: true, SetBy: []string{coordinator, manager}},
		{Name: "known", Redactable: true, Searched: true, SetBy: []string{coordinator, manager}},
		{Name: "promise", Type: record.Object, SetBy: []string{coordinator, manager}, Shape: promiseShape},
		{
			Name: "handling", Type: record.Enum, Values: handlings, SetBy: []string{server},
			Required: true, Default: record.Text("open"), Deciding: true,
		},
	},
	Rules: []record.Rule{
		everything("desk"), everything("board"),
		{Audience: "service:", Of: "service", When: []record.Cond{{Field: "handling", In: forServices}}},
	},
}
