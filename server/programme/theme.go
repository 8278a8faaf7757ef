package programme

import "earshot/sync/record"

// A theme is what a view is about. A new DAT has twelve, each a tile on the phone
// with a short word and a sign, and finer ones below them that the desk codes
// with; it may add its own under a parent. Codes are stable, so that counts of
// different years and of different DATs can stand side by side: a theme that is
// not wanted is made inactive, not given another meaning.
var theme = &record.Collection{
	Name:       "theme",
	Small:      true,
	MadeBy:     []string{coordinator, admin},
	ChangedBy:  []string{coordinator, admin},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "code", Required: true, Stands: true},
		{Name: "name", Max: NameMax, Required: true, Redactable: true},
		{Name: "short", Redactable: true}, // one or two words, for a tile
		{Name: "sign"},                    // name of an icon
		{Name: "parent", Type: record.Ref, Target: "theme"},
		{Name: "definition", Redactable: true},
		{Name: "hint", Redactable: true},
		{Name: "active", Type: record.Boolean, Required: true, Default: record.Bool(true)},
	},
	Rules: []record.Rule{everything("team")},
	Judge: judge(notItself("parent")),
}
