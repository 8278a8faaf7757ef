package programme

import "earshot/sync/record"

// A view is what one person said, kept in their words, exactly as said; nobody
// edits them, the desk writes a summary instead. The person says how far their
// words may travel, and may take everything back. The desk reads it, gives it
// themes, accepts it or sets it aside, and brings it to matters; its service sees
// it from the Monday after its week, and never who heard it, or on which day;
// the volunteer who wrote it down sees what became of it, and no words, so that a
// lost phone tells nothing.
//
// The phone gives a view an id whose time is the start of its week and sends the
// version of the script that was read out. Both are the phone's own duty: no view
// is refused for want of either.
var view = &record.Collection{
	Name:       "view",
	By:         "by",
	Service:    "service",
	MadeBy:     listeners,
	ChangedBy:  []string{coordinator},
	WithdrawBy: []string{writer, coordinator, admin},
	Fields: []record.Field{
		{Name: "visit", Kind: record.Once, Type: record.Ref, Target: "visit"},
		{Name: "service", Type: record.Ref, Target: "service", Required: true},
		{Name: "by", Kind: record.Once, Type: record.Ref, Target: "member", Required: true, Fill: "member"},
		{Name: "at", Kind: record.Once, Type: record.Instant, Required: true, Fill: "time"},
		{Name: "week", Type: record.Date, SetBy: []string{server}, Derive: weekHeard},
		{Name: "method", Kind: record.Once, Type: record.Enum, Values: Methods, Required: true},
		{Name: "kind", Type: record.Enum, Values: ViewKinds},
		{Name: "words", Max: wordsMax, Redactable: true, Searched: true, Stands: true},
		{Name: "summary", Redactable: true, Searched: true},
		{Name: "themes", Kind: record.Set, Type: record.Ref, Target: "theme"},
		{Name: "feeling", Type: record.Integer, Min: -2, Max: 2, Stands: true},
		{Name: "times", Type: record.Integer, Min: 1, Max: 10_000, Required: true, Default: record.Int(1), Stands: true},
		{
			// It is the person's own answer, so nothing stands here by itself.
			Name: "share", Kind: record.Narrow, Type: record.Enum, Required: true,
			Values: []string{"words", "summary", "team"},
			SetBy:  []string{writer, coordinator},
		},
		{
			Name: "speaker", Type: record.Enum, Required: true, Default: record.Text("unsaid"), Stands: true,
			Values: []string{"user", "former_user", "carer", "staff", "unsaid"},
		},
		{Name: "consent", Kind: record.Once, Type: record.Integer, Min: 1},
		{Name: "asked", Type: record.Enum, Values: yesNo, Stands: true},
		{Name: "next", Type: record.Enum, Values: []string{"none", "hear", "part"}, Stands: true},
		{Name: "aware", Type: record.Enum, Values: yesNo, Stands: true},
		{
			Name: "handling", Type: record.Enum, Values: handlings,
			Required: true, Default: record.Text("open"), Deciding: true,
		},
		{Name: "weight", Type: record.Integer, Min: 0, Max: 5, SetBy: []string{coordinator}},
		{Name: "receipt", Kind: record.Once, Private: true},
		{
			Name: "review", Kind: record.Steps, Type: record.Enum, Deciding: true,
			Values:   []string{"new", "accepted", "set_aside"},
			Required: true, Default: record.Text("new"),
			Steps: []record.Step{
				{From: []string{"new"}, To: []string{"accepted", "set_aside"}, By: []string{coordinator}},
				{From: []string{"accepted", "set_aside"}, To: []string{"new"}, By: []string{coordinator}},
			},
		},
		{Name: "released", Type: record.Date, SetBy: []string{server, coordinator}},
		{Name: "cleared", Kind: record.Set, SetBy: []string{coordinator}}, // "kind:start-end" of each mark let stand
		{Name: "same_as", Type: record.Ref, Target: "view", SetBy: []string{coordinator}},
		{Name: "matters", Kind: record.Set, Type: record.Ref, Target: "matter", SetBy: []string{coordinator}, Indexed: true},
	},
	Rules: []record.Rule{
		everything("desk"),
		theirOwn("by", "at", "words", "summary", "weight", "same_as"),
		{
			Audience: "service:", Of: "service",
			When: []record.Cond{
				{Field: "released"},
				{Field: "review", In: []string{"accepted"}},
				{Field: "handling", In: forServices},
			},
			Fields: []record.Show{
				{Field: "service"}, {Field: "week"}, {Field: "method"}, {Field: "kind"}, {Field: "themes"},
				{Field: "times"}, {Field: "handling"}, {Field: "matters"},
				{Field: "words", When: []record.Cond{{Field: "share", In: []string{"words"}}}},
				{Field: "summary", When: []record.Cond{{Field: "share", In: []string{"words", "summary"}}}},
			},
		},
	},
	Judge: judge(
		asThemselves, managersInPerson,
		narrowedByItsWriter, saysSomething, servicePlaced, releasedByHand, notItself("same_as"),
	),
}

// ViewKinds are what a view may be.
var ViewKinds = []string{"praise", "concern", "idea", "gap", "question"}

// listeners are those who write down what people say.
var listeners = []string{volunteer, outreach, coordinator, manager}

// A manager hears people at an open door, or while working a shift at the front.
func managersInPerson(c record.Case) *record.Problem {
	if !c.Making || c.Writer.Server || c.Writer.Role != manager {
		return nil
	}
	if m := c.After("method").Text(); m == "door" || m == "front" {
		return nil
	}
	return problem(record.NotAllowed, "method", "A manager writes down what was said at the open door or while working the front line.")
}

// How far words may travel is the speaker's answer. Whoever took it may narrow it
// for them; the desk gives it only with a view that it writes down for somebody.
func narrowedByItsWriter(c record.Case) *record.Problem {
	if c.Making || c.Writer.Server || change(c, "share") == nil || c.Before("by").Text() == c.Writer.Member {
		return nil
	}
	return problem(record.NotAllowed, "share", "Only the member who took this view may narrow how far it travels. To stop it altogether, take it back.")
}

// A view without words says at least what it is about.
func saysSomething(c record.Case) *record.Problem {
	if !c.After("words").Absent() || !empty(c.After("themes")) {
		return nil
	}
	// Words may always be erased; nobody is asked to name a theme for that first.
	if ch := change(c, "words"); ch != nil && ch.Verb == record.Redact {
		return nil
	}
	if !c.Making && !removes(c, "themes") {
		return nil
	}
	return problem(record.NotARule, "words", "Write down the words, or choose at least one theme.")
}

// Its service stands once a view is accepted: from then on a service may see it.
func servicePlaced(c record.Case) *record.Problem {
	if c.Making || c.Writer.Server || change(c, "service") == nil || c.After("service") == c.Before("service") {
		return nil
	}
	if c.Before("review").Text() == "accepted" && c.After("review").Text() == "accepted" {
		return problem(record.NotARule, "service", "This view is accepted. Set it back to new, then correct its service.")
	}
	return nil
}

// What is very serious need not wait for Monday.
func releasedByHand(c record.Case) *record.Problem {
	if c.Writer.Server || change(c, "released") == nil {
		return nil
	}
	if w := c.After("weight"); w == record.Int(4) || w == record.Int(5) {
		return nil
	}
	return problem(record.NotARule, "released", "Only views of weight 4 and 5 are released by hand; the others go on the Monday after their week.")
}
