package programme

import (
	"slices"

	"earshot/sync/record"
)

// An escalation is a pointer: somebody may be in danger now, is under 18, spoke of
// a bad batch, wants to complain formally, or the member who was there would like
// a call. It says who was told and nothing of what was said. The desk is shown it
// until a coordinator has said that it is in hand.
var escalation = &record.Collection{
	Name:       "escalation",
	By:         "by",
	MadeBy:     listeners,
	ChangedBy:  []string{coordinator},
	WithdrawBy: []string{writer, coordinator, admin},
	Fields: []record.Field{
		{Name: "kind", Type: record.Enum, Values: escalationKinds, Required: true, Stands: true},
		{Name: "service", Kind: record.Once, Type: record.Ref, Target: "service"},
		{Name: "by", Kind: record.Once, Type: record.Ref, Target: "member", Required: true, Fill: "member"},
		{Name: "at", Kind: record.Once, Type: record.Instant, Required: true, Fill: "time"},
		{Name: "told", Required: true, Redactable: true, Stands: true},
		{Name: "acknowledged", Type: record.Object, SetBy: []string{coordinator}, Shape: acknowledgedShape, Refs: acknowledgedRefs},
		{Name: "knew", Type: record.Enum, Values: yesNo, Stands: true},
	},
	Rules: []record.Rule{everything("desk"), theirOwn("by")},
	Judge: judge(asThemselves, pointsFromHere),
}

// A manager's need not name a service, and if it does, it is their own.
func pointsFromHere(c record.Case) *record.Problem {
	if !c.Making || c.Writer.Server || c.Writer.Role != manager {
		return nil
	}
	if s := c.After("service"); !s.Absent() && !slices.Contains(c.Writer.Services, s.Text()) {
		return problem(record.NotAllowed, "service", "Leave the service out, or name one of your own.")
	}
	return nil
}

// escalationKinds are the ways out of a conversation, and the one for oneself.
var escalationKinds = []string{"risk", "young", "alert", "complaint", "talk"}
