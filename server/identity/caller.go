package identity

import (
	"context"
	"errors"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// A Caller is who speaks, as they are now.
type Caller struct {
	DAT      int64
	DATID    string
	Device   string
	Member   string
	Role     string
	Services []string
	Status   string
	// MemberV is the version of the member's record that says so.
	MemberV int64
	// Audiences that the member has now, sorted.
	Audiences []string
	// Ends is when the device ends by itself; 0: it does not.
	Ends record.Time
	// Revoked: the device is revoked or its time is over, or its member has left. It may hand in what
	// it holds, into quarantine, and is to be wiped.
	Revoked bool
	// Acked and Tip are how far the device has handed in, Safe how much of that is safe.
	Acked, Safe int64
	Tip         []byte
	// Expires is when the token that was shown ends; zero where none was.
	Expires time.Time
}

// Reader gives what the store has to know of a caller who reads.
func (c Caller) Reader() store.Reader {
	return store.Reader{
		DAT: c.DAT, Member: c.Member, Role: c.Role, Services: c.Services, Audiences: c.Audiences,
		MemberV: c.MemberV, Device: c.Device,
	}
}

// Caller says who an access token speaks for, as they are now. A revoked
// device's token is good here too: see Caller.Revoked.
func (a *Authority) Caller(ctx context.Context, token string) (Caller, error) {
	access, expires, err := a.keys.verify(token, a.o.Now())
	if err != nil {
		return Caller{}, ErrToken
	}
	c, err := a.Standing(ctx, access.Device)
	if err != nil {
		return Caller{}, err
	}
	if access.Member != c.Member || access.DAT != c.DATID || access.Wipe && !c.Revoked {
		return Caller{}, ErrToken // the device has been enrolled anew, or is welcome again
	}
	c.Expires = expires
	return c, nil
}

// Standing gives a device's member as they are now.
func (a *Authority) Standing(ctx context.Context, device string) (Caller, error) {
	d, err := a.store.Device(ctx, device)
	if errors.Is(err, store.ErrNotFound) {
		return Caller{}, ErrUnknownDevice
	}
	if err != nil {
		return Caller{}, unavailable(err)
	}
	dat, err := a.store.DATByNum(ctx, d.DAT)
	if err != nil {
		return Caller{}, unavailable(err)
	}
	member, err := a.store.Member(ctx, d.DAT, d.Member)
	if errors.Is(err, store.ErrNotFound) {
		return Caller{}, ErrUnknownDevice // restored from before the member was made
	}
	if err != nil {
		return Caller{}, unavailable(err)
	}
	c := Caller{
		DAT: d.DAT, DATID: dat.ID, Device: d.ID, Member: d.Member,
		Role: member.Role, Services: member.Services, Status: member.Status, MemberV: member.V,
		Acked: d.Acked, Safe: d.Safe, Tip: d.Tip,
		Revoked: d.Ended(record.At(a.o.Now())) || member.Status == "left", Ends: d.Expires,
	}
	if !c.Revoked {
		c.Audiences = programme.Audiences(member)
	}
	return c, nil
}
