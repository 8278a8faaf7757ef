package programme

import "earshot/sync/record"

// A sheet holds a year's figures as they were returned, and a paper what a
// committee was handed for a period, kept as it was on that day. Both are made by
// a coordinator and are for the desk and the board.
var (
	sheet = &record.Collection{
		Name:       "sheet",
		MadeBy:     []string{coordinator},
		ChangedBy:  []string{coordinator},
		WithdrawBy: []string{coordinator, admin},
		Fields: []record.Field{
			{Name: "year", Kind: record.Once, Type: record.Integer, Min: 1990, Max: 2999, Required: true},
			{Name: "figures", Type: record.Object, Required: true},
		},
		Rules: []record.Rule{everything("desk"), everything("board")},
	}
	paper = &record.Collection{
		Name:       "paper",
		MadeBy:     []string{coordinator},
		ChangedBy:  []string{coordinator},
		WithdrawBy: []string{coordinator, admin},
		Fields: []record.Field{
			{Name: "made", Kind: record.Once, Type: record.Instant, Required: true, Fill: "time"},
			{Name: "from", Type: record.Date, Required: true},
			{Name: "to", Type: record.Date, Required: true},
			{Name: "content", Type: record.Object, Max: contentMax, Required: true, Shape: contentShape},
		},
		Rules: []record.Rule{everything("desk"), everything("board")},
	}
)
