package wire

import "earshot/sync/record"

// testSchema is a small world with a field of each kind and type.
var testSchema = record.NewSchema(1, &record.Collection{
	Name: "note",
	By:   "by",
	Fields: []record.Field{
		{Name: "title", Max: 20, Required: true},
		{Name: "words", Max: 8000, Redactable: true},
		{Name: "times", Type: record.Integer, Min: 1, Max: 500, Default: "1"},
		{Name: "feeling", Type: record.Integer, Min: -2, Max: 2},
		{Name: "asked", Type: record.Boolean},
		{Name: "due", Type: record.Date},
		{Name: "heard", Kind: record.Once, Type: record.Instant, Fill: "time"},
		{Name: "kind", Type: record.Enum, Values: []string{"praise", "concern"}},
		{Name: "by", Kind: record.Once, Type: record.Ref, Target: "member", Required: true, Fill: "member"},
		{Name: "share", Kind: record.Narrow, Type: record.Enum, Values: []string{"words", "summary", "team"}, Required: true},
		{Name: "review", Kind: record.Steps, Type: record.Enum, Values: []string{"new", "accepted"}, Default: `"new"`},
		{Name: "themes", Kind: record.Set, Type: record.Ref, Target: "theme"},
		{Name: "marks", Kind: record.Set, Type: record.String, Max: 10},
		{Name: "said", Kind: record.Log, Entry: []record.EntryKey{{Name: "view", Target: "view"}, {Name: "way"}}},
		{Name: "targets", Type: record.Object, Shape: func(v record.Value) bool { return v[0] == '{' }},
	},
})

const (
	id1 = "01890a5d-ac96-774b-bcce-b302099a8057"
	id2 = "01890a5d-ac96-774b-bcce-b302099a8058"
)

// plainOp is one of about 600 bytes, as a phone sends it.
const plainOp = `{"n":7,"at":"2026-11-24T09:30:12.345Z","c":"note","r":"` + id1 + `","base":0,"schema":1,"set":{` +
	`"title":"Opening hours","words":"They said the exchange shuts at four and that people who work can never come by before, so they share what they have over the weekend. They would like one late evening, any evening, and someone at the door who does not look at the clock.",` +
	`"times":1,"asked":true,"heard":"2026-11-24T09:29:00Z","kind":"concern","share":"words"},` +
	`"add":{"themes":["` + id1 + `","` + id2 + `"]}}`
