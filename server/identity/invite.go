package identity

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// InvitationLife is how long a code is good for, unless said otherwise.
const InvitationLife = 7 * 24 * time.Hour

// An Invite asks for a code: for a member that is here (Member), or for a new
// one (Name, Role, Services).
type Invite struct {
	Member   string   `json:"member"`
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Services []string `json:"services"`
	// Life is how long the code is good for; 0 means InvitationLife.
	Life time.Duration `json:"-"`
}

// An Invitation is what an Invite yields. The code is shown once and kept nowhere.
type Invitation struct {
	Code    string `json:"code"`
	Link    string `json:"link"` // "" where the origin is not known
	Member  string `json:"member"`
	Expires string `json:"expires"`
}

// ErrMember is given for an invitation of a member who is not here, or has left.
var ErrMember = problem.New(http.StatusNotFound, "member_unknown", "There is no such member, or they have left. Look again in the list of members.")

// ErrService is given for an invitation to a service that is not here.
var ErrService = problem.New(http.StatusUnprocessableEntity, "service_unknown", "There is no such service here. Look again in the list of services.").With("field", "services")

// Invite makes a one-time code, and where none is named, the member that it
// lets in. by is the member who invites; its zero value is a command, which may
// invite anybody.
func (a *Authority) Invite(ctx context.Context, dat int64, by Caller, i Invite) (Invitation, error) {
	member, err := a.invited(ctx, dat, by, i)
	if err != nil {
		return Invitation{}, err
	}
	life := i.Life
	if life <= 0 {
		life = InvitationLife
	}
	return a.give(ctx, store.Invitation{DAT: dat, Member: member, Expires: record.At(a.o.Now().Add(life))}, by.Member, "/enrol")
}

// give draws the code of an invitation, keeps it as a hash, and gives it with the link
// to the page where it is used.
func (a *Authority) give(ctx context.Context, i store.Invitation, actor, page string) (Invitation, error) {
	code, err := newCode(a.o.Random)
	if err != nil {
		return Invitation{}, err
	}
	i.Hash = a.keys.hash("invitation", readCode(code))
	if err := a.store.Invite(ctx, i, actor); err != nil {
		return Invitation{}, unavailable(err)
	}
	got := Invitation{Code: code, Member: i.Member, Expires: i.Expires.String()}
	if a.o.Origin != nil {
		// In the fragment, which browsers send to nobody: a code never reaches a log.
		got.Link = strings.TrimRight(a.o.Origin.String(), "/") + page + "#" + code
	}
	return got, nil
}

// mayInvite says whether a member may give somebody of this role a device. Who
// could invite an admin could become one.
func mayInvite(by Caller, member, role string) bool {
	switch by.Role {
	case "", "admin":
		return true
	case "coordinator":
		return slices.Contains([]string{"volunteer", "outreach", "manager"}, role) || member != "" && member == by.Member
	}
	return false
}

// invited gives the id of the member that is invited, making the record where it is a new one.
func (a *Authority) invited(ctx context.Context, dat int64, by Caller, i Invite) (string, error) {
	if i.Member != "" {
		m, err := a.present(ctx, dat, i.Member)
		if errors.Is(err, store.ErrNotFound) {
			return "", ErrMember
		}
		if err != nil {
			return "", unavailable(err)
		}
		if !mayInvite(by, m.ID, m.Get("role").Text()) {
			return "", ErrNotAllowed
		}
		return m.ID, nil
	}
	if !mayInvite(by, "", i.Role) {
		return "", ErrNotAllowed
	}
	for _, service := range i.Services {
		// A phone's op may wait for a service that is on its way. Whoever invites waits for none.
		switch _, err := a.store.Record(ctx, dat, "service", service); {
		case errors.Is(err, store.ErrNotFound):
			return "", ErrService
		case err != nil:
			return "", unavailable(err)
		}
	}
	id, err := programme.NewID(a.o.Now(), a.o.Random)
	if err != nil {
		return "", err
	}
	refused, err := a.store.Create(ctx, dat, by.Member, store.Creation{
		Collection: "member", ID: id,
		Set: map[string]any{"name": i.Name, "role": i.Role, "status": "invited"}, Add: map[string][]string{"services": i.Services},
	})
	if err != nil {
		return "", unavailable(err)
	}
	if refused != nil {
		return "", problem.New(http.StatusUnprocessableEntity, refused.Code, refused.Message).With("field", refused.Field)
	}
	return id, nil
}
