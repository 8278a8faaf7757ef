package programme

import "earshot/sync/record"

// An answer is "You said, we did" for a matter, in words for the people who said
// it. Published, it goes to everybody in the DAT, to be told back where it was
// heard, and to the public page, but for a closed matter's. It is handled as its
// matter is, which the server sees to; a sensitive matter has no answer published.
var answer = &record.Collection{
	Name:       "answer",
	Small:      true,
	Service:    "services",
	MadeBy:     []string{coordinator},
	ChangedBy:  []string{coordinator},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "matter", Kind: record.Once, Type: record.Ref, Target: "matter", Required: true, Indexed: true},
		{Name: "said", Required: true, Redactable: true, Searched: true},
		{Name: "did", Required: true, Redactable: true, Searched: true},
		{Name: "services", Kind: record.Set, Type: record.Ref, Target: "service"},
		{
			Name: "status", Kind: record.Steps, Type: record.Enum, Deciding: true,
			Values:   []string{"draft", "published", "withdrawn"},
			Required: true, Default: record.Text("draft"),
			Steps: []record.Step{
				{From: []string{"draft"}, To: []string{"published"}, By: []string{coordinator}},
				{From: []string{"published"}, To: []string{"withdrawn"}, By: []string{coordinator}},
			},
		},
		{Name: "published", Type: record.Instant, SetBy: []string{server}},
		{
			Name: "handling", Type: record.Enum, Values: handlings, SetBy: []string{server},
			Required: true, Default: record.Text("open"), Deciding: true,
		},
	},
	Rules: []record.Rule{
		everything("desk"), everything("board"),
		{Audience: "service:", Of: "services", When: []record.Cond{{Field: "handling", In: forServices}}},
		{Audience: "team", When: []record.Cond{
			{Field: "status", In: []string{"published"}},
			{Field: "handling", In: forServices},
		}},
	},
	Judge: judge(nothingSensitivePublished),
}

func nothingSensitivePublished(c record.Case) *record.Problem {
	ch := change(c, "status")
	if ch == nil || ch.Value.Text() != "published" || c.Writer.Server || c.After("handling").Text() != "sensitive" {
		return nil
	}
	return problem(record.NotARule, "status", "This matter is sensitive: its answer is not published. Speak to the person through whoever heard them.")
}
