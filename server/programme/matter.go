package programme

import "earshot/sync/record"

// A matter is what views are brought together in, as in a committee's "matters
// arising". It is raised, looked into, taken to a service or to the DAT, decided
// and done, or parked until there is a way; it goes back a step only with a note
// that says why. It does not end without a decision, a reason in plain words, who
// decided and at which level: "no" is a decision, and "later" has a date.
//
// The desk brings views to it and chooses sentences of them; a lead decides. Its
// services see it without the notes and the sentences, which they have from the
// released views; a sensitive one, about how staff behaved, is for the desk and
// the board alone.
var matter = &record.Collection{
	Name:       "matter",
	Small:      true,
	Service:    "services",
	MadeBy:     []string{coordinator},
	ChangedBy:  []string{coordinator},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "title", Required: true, Redactable: true, Searched: true},
		{Name: "level", Type: record.Enum, Values: []string{"service", "dat"}, Required: true},
		{
			Name: "handling", Type: record.Enum, Values: handlings,
			Required: true, Default: record.Text("open"), Deciding: true,
		},
		{Name: "services", Kind: record.Set, Type: record.Ref, Target: "service"},
		{Name: "themes", Kind: record.Set, Type: record.Ref, Target: "theme"},
		{
			Name: "status", Kind: record.Steps, Type: record.Enum, Values: MatterSteps,
			Required: true, Default: record.Text("raised"),
			SetBy: decides, Steps: matterSteps,
		},
		{Name: "owner", Type: record.Ref, Target: "member"},
		{Name: "due", Type: record.Date},
		{Name: "decision", Type: record.Enum, Values: []string{"yes", "partly", "no", "later"}, SetBy: decides},
		{Name: "again", Type: record.Date, SetBy: decides},
		{Name: "decided_by", Type: record.Object, SetBy: decides, Shape: decidedByShape},
		{Name: "reason", Redactable: true, Searched: true, SetBy: decides},
		{
			Name: "said", Kind: record.Log, Max: wordsMax, Indexed: true, Searched: true,
			Entry: []record.EntryKey{{Name: "view", Target: "view", ReadBy: []string{"desk"}}},
		},
		{Name: "outcome", Type: record.Enum, Values: outcomes},
		{Name: "changed", Redactable: true, Searched: true},
		{Name: "claimed", Type: record.Date},
		{Name: "confirmed", Type: record.Date},
		{Name: "anyway", Type: record.Enum, Values: []string{"no", "hastened", "yes"}},
		{Name: "notes", Kind: record.Log, SetBy: decides, Searched: true},
		{Name: "merged_into", Type: record.Ref, Target: "matter"},
	},
	Rules: []record.Rule{
		everything("desk"), everything("board"),
		{
			Audience: "service:", Of: "services",
			When: []record.Cond{{Field: "handling", In: forServices}},
			But:  []string{"notes", "said"},
		},
	},
	Judge: judge(decidedInFull, notItself("merged_into")),
}

// MatterSteps are the steps of a matter in their usual order.
var MatterSteps = []string{"raised", "looking", "with_service", "with_dat", "decided", "done", "parked"}

// outcomes are the kinds of change that a matter can end in.
var outcomes = []string{
	"location", "opening", "equipment", "attitude", "new_service", "information",
	"place", "policy", "staffing", "process", "involvement", "none",
}

// decides are those who may decide a matter. A lead's steps begin with the DAT.
var decides = []string{coordinator, lead}

var matterSteps = []record.Step{
	{From: []string{"raised"}, To: []string{"looking"}, By: []string{coordinator}},
	{From: []string{"looking"}, To: []string{"with_service"}, By: []string{coordinator}},
	{From: []string{"with_service"}, To: []string{"with_dat"}, By: []string{coordinator}},
	{From: []string{"with_dat"}, To: []string{"with_service", "decided"}, By: decides},
	{From: []string{"decided"}, To: []string{"done"}, By: decides},

	{To: []string{"parked"}, By: []string{coordinator}},
	{From: []string{"with_dat", "decided", "done"}, To: []string{"parked"}, By: []string{lead}},
	{From: []string{"parked"}, To: []string{"looking"}, By: []string{coordinator}},

	// Back one step, with a note in the same op that says why.
	{From: []string{"looking"}, To: []string{"raised"}, By: []string{coordinator}, Note: "notes"},
	{From: []string{"with_service"}, To: []string{"looking"}, By: []string{coordinator}, Note: "notes"},
	{From: []string{"decided"}, To: []string{"with_dat"}, By: decides, Note: "notes"},
	{From: []string{"done"}, To: []string{"decided"}, By: decides, Note: "notes"},
}

// A matter that is decided, or done, says what, why, by whom and at which level.
// Judged when an op takes it there, and when an op takes one of these away.
func decidedInFull(c record.Case) *record.Problem {
	if s := c.After("status").Text(); c.Writer.Server || s != "decided" && s != "done" {
		return nil
	}
	needs := []string{"decision", "decided_by", "reason", "level"}
	if c.After("decision").Text() == "later" {
		needs = append(needs, "again")
	}
	steps := change(c, "status") != nil
	for _, field := range needs {
		if !c.After(field).Absent() {
			continue
		}
		// A reason that names somebody may be erased from a decided matter.
		if ch := change(c, field); !steps && (ch == nil || ch.Verb == record.Redact) && !turnsLater(c, field) {
			continue
		}
		return problem(record.NotARule, field, missing[field])
	}
	return nil
}

// turnsLater says that a decided matter is put off in this op, which needs a date.
func turnsLater(c record.Case, field string) bool {
	return field == "again" && change(c, "decision") != nil
}

var missing = map[string]string{
	"decision":   "Say what was decided: yes, partly, no or later.",
	"decided_by": "Say which body or post decided, and when.",
	"reason":     "Give the reason in plain words: it is what people hear.",
	"level":      "Say whether the service or the DAT decided.",
	"again":      "Say when it will be looked at again.",
}
