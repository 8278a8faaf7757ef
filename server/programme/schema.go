package programme

import "earshot/sync/record"

// Version is what ops name as their "schema". A released field, value or limit
// is never taken away, retyped or narrowed for ops of a version that knew it.
const Version = 1

// schema is put together once, in the order in which a first read should come.
var schema = func() *record.Schema {
	s := record.NewSchema(Version,
		dat, service, theme, member, matter, answer, visit,
		view, escalation, ask, telling, training,
		sheet, paper,
	)
	s.AudiencesOf = func(w record.Writer) []string {
		return Audiences(Member{ID: w.Member, Role: w.Role, Services: w.Services})
	}
	return s
}()

// Schema gives every kind of record there is. It is the same one each time, and
// is not to be changed.
func Schema() *record.Schema { return schema }

// Collections by name, for whoever makes ops in the program itself.
var (
	DATs        = dat
	Services    = service
	Themes      = theme
	Members     = member
	Matters     = matter
	Answers     = answer
	Visits      = visit
	Views       = view
	Escalations = escalation
	Asks        = ask
	Tellings    = telling
	Trainings   = training
)

// Who may do what is said with the roles of members, and with these words of
// [record.Field].SetBy.
const (
	volunteer   = "volunteer"
	outreach    = "outreach"
	coordinator = "coordinator"
	manager     = "manager" // of the record's own service
	lead        = "lead"
	admin       = "admin"
	server      = "server" // nobody but the server itself
	writer      = "by"     // the member in the record's By field
	oneself     = "own"    // the member whom the record is about
)

// Roles are those that a member may have.
var Roles = []string{volunteer, outreach, coordinator, manager, lead, admin}

// NameMax is the length of a name, in code points. What has no length of its own has the
// default of sync/record.
const (
	NameMax  = 200
	wordsMax = 8000
)

var (
	yesNo     = []string{"yes", "no"}
	handlings = []string{"open", "closed", "sensitive"} // from the widest to the narrowest
	// whatever a service may be sent at all
	forServices = []string{"open", "closed"}
	// Methods are the channels by which something is heard: formal and informal.
	Methods = []string{
		"conv", "nxc", "kw", "door", "front", "box", "meet", "event", "surv",
		"grp", "comm", "hr", "comp", "advoc", "dir",
	}
)

// for the desk, and whoever else reads everything that a record holds
func everything(audience string) record.Rule { return record.Rule{Audience: audience} }

// for the member whom a field names; what the server or an import wrote is nobody's
func theirOwn(of string, but ...string) record.Rule {
	return record.Rule{
		Audience: "person:", Of: of, But: but,
		When: []record.Cond{{Field: of, In: []string{server}, Not: true}},
	}
}
