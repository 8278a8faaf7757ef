package programme

import "earshot/sync/record"

// A visit is a volunteer's time at a service, in which views are heard; or, with
// purpose "check", a visit to see whether a change that was claimed is really
// there. A member makes their own, and a coordinator plans for others. It is for
// that member and the desk: when somebody was where would tell the people who
// are spoken about who heard what.
var visit = &record.Collection{
	Name:       "visit",
	Small:      true,
	By:         "by",
	Service:    "service",
	MadeBy:     []string{writer, coordinator},
	ChangedBy:  []string{writer, coordinator},
	WithdrawBy: []string{writer, coordinator, admin},
	Fields: []record.Field{
		{Name: "service", Kind: record.Once, Type: record.Ref, Target: "service", Required: true},
		{Name: "by", Kind: record.Once, Type: record.Ref, Target: "member", Required: true, Fill: "member"},
		{Name: "method", Type: record.Enum, Values: Methods, Required: true},
		{Name: "planned", Type: record.Instant},
		{Name: "started", Type: record.Instant},
		{Name: "ended", Type: record.Instant},
		{Name: "purpose", Type: record.Enum, Values: []string{"listen", "check"}, Required: true, Default: record.Text("listen")},
		{Name: "matter", Type: record.Ref, Target: "matter"},
		{Name: "spoken", Type: record.Integer, Max: 10_000, Required: true, Default: record.Int(0)},
		{Name: "declined", Type: record.Integer, Max: 10_000, Required: true, Default: record.Int(0)},
		{Name: "fare", Type: record.Integer, Max: 1_000_000}, // pence
		{Name: "fare_paid", Type: record.Date},
		{Name: "note", Redactable: true},
		{
			Name: "status", Kind: record.Steps, Type: record.Enum,
			Values:   []string{"planned", "running", "done", "missed"},
			Required: true, Default: record.Text("planned"),
			Steps: []record.Step{
				{From: []string{"planned"}, To: []string{"running", "missed"}, By: []string{writer, coordinator}},
				{From: []string{"running"}, To: []string{"done"}, By: []string{writer, coordinator}},
			},
		},
	},
	Rules: []record.Rule{everything("desk"), theirOwn("by")},
	Judge: judge(asThemselves),
}
