package programme

import (
	"slices"
	"strings"
)

// A Member is what of a member decides what they read, as it is now.
type Member struct {
	ID       string
	Role     string
	Services []string // ids of the services that a manager manages
	Status   string
	V        int64 // of the record that this was read from
}

// Audiences gives the sets of readers that a member is in, sorted. One who has
// left is in none: their devices are treated as revoked.
func Audiences(m Member) []string {
	if m.Status == "left" {
		return nil
	}
	a := []string{"team", "person:" + m.ID}
	switch m.Role {
	case coordinator:
		a = append(a, "desk", "people")
	case admin:
		a = append(a, "people")
	case manager:
		for _, s := range m.Services {
			a = append(a, "service:"+s)
		}
	case lead:
		a = append(a, "board")
	}
	slices.Sort(a)
	return slices.Compact(a)
}

// ByRole gives of a member's audiences those that they have because of their role:
// all but the one that is theirs as a person.
func ByRole(audiences []string) []string {
	return slices.DeleteFunc(slices.Clone(audiences), func(a string) bool { return strings.HasPrefix(a, "person:") })
}
