package programme

import "earshot/sync/record"

// A training is a module that a member has done, and until when it counts. The
// module "supervision" is a talk with a coordinator: its date stands here, and
// nothing of what was said.
var training = &record.Collection{
	Name:       "training",
	By:         "member",
	MadeBy:     []string{coordinator, admin},
	ChangedBy:  []string{coordinator, admin},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "member", Kind: record.Once, Type: record.Ref, Target: "member", Required: true},
		{Name: "module", Required: true, Redactable: true},
		{Name: "done", Type: record.Date, Required: true},
		{Name: "expires", Type: record.Date},
		{Name: "note", Redactable: true},
	},
	Rules: []record.Rule{everything("people"), theirOwn("member")},
}
