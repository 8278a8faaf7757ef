package store

import (
	"context"
	"errors"
	"time"

	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// ErrRevoked: the device was revoked, and its key may not come back.
var ErrRevoked = errors.New("store: revoked")

// An Invitation lets one device be enrolled for a member, once.
type Invitation struct {
	// Hash is the HMAC of its code; the code itself is kept nowhere.
	Hash    []byte
	DAT     int64
	Member  string
	Made    record.Time
	Expires record.Time
	Used    record.Time // 0: not yet
	// Life is how long the device that it enrols is one; 0: until it is revoked. Such
	// a code was asked for by the member, by mail.
	Life time.Duration
}

// Invite keeps an invitation, made by a member ("" for a command).
func (s *Store) Invite(ctx context.Context, i Invitation, actor string) error {
	return s.write(ctx, func(t *tx) error {
		err := t.exec(`INSERT INTO invitations (hash, dat, member, made, expires, life) VALUES (?, ?, ?, ?, ?, ?)`,
			i.Hash, i.DAT, i.Member, int64(t.clock), int64(i.Expires), i.Life.Microseconds())
		if err != nil {
			return err
		}
		what := "invited"
		if i.Life > 0 {
			what = "link.sent"
		}
		return t.audit(AuditRow{DAT: i.DAT, Member: actor, What: what, Collection: "member", Record: i.Member})
	})
}

const invitationColumns = `hash, dat, member, made, expires, used, life`

func invitation(r row) Invitation {
	return Invitation{
		Hash: r.blob(0), DAT: r.int(1), Member: r.str(2),
		Made: record.Time(r.int(3)), Expires: record.Time(r.int(4)), Used: record.Time(r.int(5)),
		Life: time.Duration(r.int(6)) * time.Microsecond,
	}
}

// Invitation gives the invitation with this hash, used or expired or not.
func (s *Store) Invitation(ctx context.Context, hash []byte) (Invitation, error) {
	var i Invitation
	err := s.read(ctx, func(n *snapshot) error {
		r, err := n.one(`SELECT `+invitationColumns+` FROM invitations WHERE hash = ?`, hash)
		if err != nil {
			return err
		}
		if r == nil {
			return ErrNotFound
		}
		i = invitation(r)
		return nil
	})
	return i, err
}

// Invitations lists the last 500 invitations of a DAT, newest first, without links
// that members asked for by mail.
func (s *Store) Invitations(ctx context.Context, dat int64) ([]Invitation, error) {
	var list []Invitation
	err := s.read(ctx, func(n *snapshot) error {
		return n.each(`SELECT `+invitationColumns+` FROM invitations WHERE dat = ? AND life = 0 ORDER BY made DESC, hash LIMIT 500`,
			func(r row) error {
				list = append(list, invitation(r))
				return nil
			}, dat)
	})
	return list, err
}

// Enrol uses a code up and enrols a device for the member that it lets in, both
// or neither. A device that is here already for the same member keeps its
// numbering and gets the new name. A code that this very device has used is as good
// as the first time, and nothing changes: the answer may have been lost on the way.
// ErrNotFound: the code is unknown, another device's, or expired. ErrTaken: the
// device is another member's. ErrRevoked: it was revoked.
func (s *Store) Enrol(ctx context.Context, hash []byte, d Device) (Device, error) {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.one(`SELECT dat, member, life, used FROM invitations WHERE hash = ? AND (used = 0 OR device = ?) AND expires > ?`, hash, d.ID, int64(t.clock))
		if err != nil {
			return err
		}
		if r == nil {
			return ErrNotFound
		}
		used := r.int(3) > 0
		d.DAT, d.Member, d.Expires = r.int(0), r.str(1), 0
		if life := r.int(2); life > 0 {
			d.Expires = t.clock + record.Time(life)
		}
		if known, err := t.device(d.ID); err != nil {
			return err
		} else if known != nil && known.Ended(t.clock) {
			return ErrRevoked
		} else if known != nil && used {
			d = known.Device
			return nil
		}
		if d, err = t.addDevice(d); err != nil {
			return err
		}
		t.keep(nil, ledger.Entry{Kind: ledger.Used, Hash: hash, Device: d.ID})
		return t.exec(`UPDATE invitations SET used = ?, device = ? WHERE hash = ?`, int64(t.clock), d.ID, hash)
	})
	if err != nil {
		return Device{}, err
	}
	return d, nil
}

// Once remembers that a device used an assertion, until that has expired, and
// says whether this was the first time.
func (s *Store) Once(ctx context.Context, device, jti string, until record.Time) (first bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		if err := t.exec(`DELETE FROM assertions WHERE until < ?`, int64(t.clock)); err != nil {
			return err
		}
		r, err := t.one(`INSERT INTO assertions (device, jti, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1`,
			device, jti, int64(until))
		first = r != nil
		return err
	})
	return first, err
}
