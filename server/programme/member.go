package programme

import "earshot/sync/record"

// A member is a person with a role in a DAT. Everybody in the DAT knows the names
// of coordinators and leads, to have somebody to turn to; the rest is for
// coordinators and administrators, and for the member themselves, who sets a goal
// and a next step of their own. How to reach somebody is for the desk alone.
// What a member may do is looked up as it is now, so nobody changes a role, the
// services or the status without having seen the last one.
var member = &record.Collection{
	Name:       "member",
	Small:      true,
	MadeBy:     []string{coordinator, admin},
	ChangedBy:  []string{coordinator, admin},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "name", Max: NameMax, Required: true, Redactable: true, SetBy: themselves},
		{Name: "role", Type: record.Enum, Values: Roles, Required: true, Stale: true},
		{Name: "services", Kind: record.Set, Type: record.Ref, Target: "service", Stale: true},
		{Name: "joined", Type: record.Date},
		{Name: "came_by", Type: record.Enum, Values: []string{"spoke", "group", "staff", "other"}},
		{Name: "goal", Redactable: true, SetBy: themselves},
		{Name: "next_step", Redactable: true, SetBy: themselves},
		{
			Name: "status", Type: record.Enum, Values: []string{"invited", "active", "resting", "left"},
			Required: true, Default: record.Text("invited"), Stale: true,
		},
		{Name: "contact", Redactable: true},
		{Name: "email", Redactable: true},
	},
	Rules: []record.Rule{
		{Audience: "people", But: []string{"contact", "email"}},
		{Audience: "person:", Of: "id", But: []string{"contact", "email"}},
		{Audience: "desk", Fields: []record.Show{{Field: "contact"}, {Field: "email"}}},
		{
			Audience: "team",
			When:     []record.Cond{{Field: "role", In: []string{coordinator, lead}}},
			Fields:   []record.Show{{Field: "name"}},
		},
	},
	Judge: judge(coordinatorsInvite, rolesByAdmin),
}

var (
	themselves = []string{coordinator, admin, oneself}
	// whom a coordinator invites and looks after
	lookedAfter = map[string]bool{volunteer: true, outreach: true, manager: true}
)

// A coordinator invites and looks after volunteers, outreach workers and service
// managers; the others are an administrator's. How to reach a member is known to
// the desk alone, so only a coordinator can keep that right, whoever's it is.
func coordinatorsInvite(c record.Case) *record.Problem {
	if c.Writer.Server || c.Writer.Role != coordinator {
		return nil
	}
	role := c.Before("role").Text()
	if c.Making {
		role = c.After("role").Text()
	}
	if lookedAfter[role] {
		return nil
	}
	if c.Op.Withdraw {
		return problem(record.NotAllowed, "", "Ask an administrator: coordinators look after volunteers, outreach workers and managers.")
	}
	own := c.Op.ID == c.Writer.Member
	for i := range c.Op.Changes {
		switch name := c.Op.Collection.Fields[c.Op.Changes[i].Field].Name; name {
		case "name", "goal", "next_step":
			if c.Making || !own {
				return problem(record.NotAllowed, name, "Ask an administrator: coordinators look after volunteers, outreach workers and managers.")
			}
		case "contact", "email":
			if c.Making {
				return problem(record.NotAllowed, name, "Ask an administrator: coordinators invite volunteers, outreach workers and managers.")
			}
		default:
			return problem(record.NotAllowed, name, "Ask an administrator: coordinators look after volunteers, outreach workers and managers.")
		}
	}
	return nil
}

// A coordinator names a role when inviting somebody; after that it is an
// administrator's to change.
func rolesByAdmin(c record.Case) *record.Problem {
	if c.Making || c.Writer.Server || c.Writer.Role == admin || change(c, "role") == nil {
		return nil
	}
	return problem(record.NotAllowed, "role", "Ask an administrator to change a role.")
}
