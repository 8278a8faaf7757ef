package programme

import "earshot/sync/record"

// A DAT's settings are one record, made with the DAT: what the partnership calls
// itself, whom to call when somebody is in danger, the consent that is read out,
// how long words are kept, who leads user involvement. Everybody in the DAT reads
// them, since a phone without signal must know whom to call; coordinators and
// administrators write them. Nobody withdraws them: a DAT without its numbers
// and its script would send volunteers out with neither.
var dat = &record.Collection{
	Name:       "dat",
	Small:      true,
	MadeBy:     []string{server},
	ChangedBy:  []string{coordinator, admin},
	WithdrawBy: []string{server},
	Fields: []record.Field{
		{Name: "name", Max: NameMax, Required: true, Redactable: true},
		{Name: "term", Max: NameMax, Required: true, Default: record.Text("Drug Action Team"), Redactable: true},
		// Kept readable on a locked phone.
		{Name: "lines", Type: record.Object, Max: guidanceMax, Required: true, Default: defaultLines, Shape: linesShape, Refs: linesRefs},
		{Name: "script", Type: record.Object, Max: guidanceMax, Required: true, Default: defaultScript, Shape: scriptShape},
		{Name: "capture_locked", Type: record.Boolean, Required: true, Default: record.Bool(true)},
		{Name: "hold_minutes", Type: record.Integer, Required: true, Default: record.Int(5), Max: 24 * 60},
		{Name: "keep_months", Type: record.Integer, Required: true, Default: record.Int(12), Min: 1, Max: 120},
		{Name: "lease_days", Type: record.Integer, Required: true, Default: record.Int(14), Min: 1, Max: 365},
		{Name: "escalate_minutes", Type: record.Integer, Required: true, Default: record.Int(30), Min: 1, Max: 7 * 24 * 60},
		{Name: "cover", Type: record.Ref, Target: "member"},
		{Name: "ui_lead", Redactable: true},
		{Name: "training_blocks", Type: record.Boolean, Required: true, Default: record.Bool(false)},
		{Name: "targets", Type: record.Object, Shape: targetsShape},
		{Name: "paths", Type: record.Object, Shape: pathsShape, Refs: pathsRefs},
		{Name: "publishes", Type: record.Boolean},
		{Name: "signed", Type: record.Object, Shape: signedShape},
	},
	Rules: []record.Rule{everything("team")},
}
