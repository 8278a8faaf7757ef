package programme

import "earshot/sync/record"

// A telling is one time that an answer was taken back to people: said, put up as a
// poster, read by receipt, told to a group. The listener's own verdict goes with
// it. That people were told is counted from these and never assumed, and "not
// true" opens the matter again.
var telling = &record.Collection{
	Name:       "telling",
	By:         "by",
	Service:    "service",
	MadeBy:     listeners,
	ChangedBy:  []string{},
	WithdrawBy: []string{writer, coordinator, admin},
	Fields: []record.Field{
		{Name: "answer", Kind: record.Once, Type: record.Ref, Target: "answer", Required: true},
		{Name: "service", Kind: record.Once, Type: record.Ref, Target: "service", Required: true},
		{Name: "by", Kind: record.Once, Type: record.Ref, Target: "member", Required: true, Fill: "member"},
		{Name: "at", Kind: record.Once, Type: record.Instant, Required: true, Fill: "time"},
		{Name: "way", Type: record.Enum, Values: []string{"said", "poster", "receipt", "group"}, Required: true, Stands: true},
		{Name: "verdict", Type: record.Enum, Values: []string{"fair", "unfair", "not_true"}, Stands: true},
	},
	Rules: []record.Rule{everything("desk"), theirOwn("by")},
	Judge: judge(asThemselves),
}
