package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"earshot/server/programme"
	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// A device is a device as the writer sees it.
type device struct {
	Device
	num  int64
	tip  []byte
	last record.Time // time of its last op
	held int64       // ops of its in quarantine
	// acked shadows Device.Acked, which is that of the read.
	acked int64
}

const deviceColumns = "num, id, dat, member, name, key, enrolled, seen, holds, revoked, acked, tip, last, held, expires, safe"

func scanDevice(r row) *device {
	d := &device{num: r.int(0), acked: r.int(10), tip: r.blob(11), last: record.Time(r.int(12)), held: r.int(13)}
	d.Device = Device{
		ID: r.str(1), DAT: r.int(2), Member: r.str(3), Name: r.str(4), Key: r.str(5),
		Enrolled: record.Time(r.int(6)), Seen: record.Time(r.int(7)), Holds: r.str(8), Revoked: record.Time(r.int(9)),
		Expires: record.Time(r.int(14)),
		Acked:   d.acked, Safe: r.int(15), Tip: d.tip,
	}
	return d
}

// device gives a device, or nil.
func (t *tx) device(id string) (*device, error) {
	if d := t.mem.devices[id]; d != nil {
		return d, nil
	}
	r, err := t.one("SELECT "+deviceColumns+" FROM devices WHERE id = ?", id)
	if err != nil || r == nil {
		return nil, err
	}
	d := scanDevice(r)
	t.mem.devices[id] = d
	return d, nil
}

func (t *tx) deviceNum(num int64) (*device, error) {
	r, err := t.one("SELECT id FROM devices WHERE num = ?", num)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, ErrNotFound
	}
	return t.device(r.str(0))
}

// changed notes that the device's row has to be written with the commit.
func (t *tx) changed(d *device) { t.mem.dirtyDevices[d] = true }

// writer gives for whom a device's ops take effect, with role and services as
// they are now. revoked: none of them may, since it was, or its time is over.
func (t *tx) writer(d *device) (w who, revoked bool, err error) {
	as, left, err := t.rights(d.DAT, d.Member)
	as.Device = d.ID
	return who{device: d.num, Writer: as}, left || d.Ended(t.clock), err
}

// rights gives a member as one who writes, with role and services as they are
// now, and whether they have left. One who is not known here has no role.
func (t *tx) rights(dat int64, member string) (w record.Writer, left bool, err error) {
	w = record.Writer{Member: member}
	m, err := t.member(dat, member)
	if err != nil || m == nil {
		return w, false, err
	}
	w.Role, w.Services = m.Role, m.Services
	return w, m.Status == "left", nil
}

// member gives a member as they are now, or nil.
func (t *tx) member(dat int64, id string) (*programme.Member, error) {
	k := memberKey{dat, id}
	if m := t.mem.members[k]; m != nil {
		return m, nil
	}
	m, err := loadMember(t.conn, t.s.kinds, dat, id)
	if err == nil && m != nil {
		t.mem.members[k] = m
	}
	return m, err
}

func loadMember(c *conn, k *kinds, dat int64, id string) (*programme.Member, error) {
	st, err := load(c, k, dat, programme.Members, id)
	if err != nil || st == nil {
		return nil, err
	}
	if st.rec.Gone {
		// Erased, so nothing says any more what they may do.
		return &programme.Member{ID: id, Status: "left", V: st.rec.V}, nil
	}
	services := st.rec.Get("services")
	return &programme.Member{
		ID: id, Role: st.rec.Get("role").Text(), Status: st.rec.Get("status").Text(),
		Services: setIDs(string(services)), V: st.rec.V,
	}, nil
}

// Member gives a member as they are now, or ErrNotFound.
func (s *Store) Member(ctx context.Context, dat int64, id string) (programme.Member, error) {
	var m programme.Member
	err := s.read(ctx, func(v *snapshot) error {
		p, err := loadMember(v.conn, s.kinds, dat, id)
		if err != nil {
			return err
		}
		if p == nil {
			return ErrNotFound
		}
		m = *p
		return nil
	})
	return m, err
}

// Device gives a device by its id, revoked or not.
func (s *Store) Device(ctx context.Context, id string) (Device, error) {
	var d Device
	err := s.read(ctx, func(v *snapshot) error {
		r, err := v.one("SELECT "+deviceColumns+" FROM devices WHERE id = ?", id)
		if err != nil {
			return err
		}
		if r == nil {
			return ErrNotFound
		}
		d = scanDevice(r).Device
		d.Safe = s.safe(d.Acked, d.Safe)
		return nil
	})
	return d, err
}

// Devices lists the devices of a DAT, in the order of their enrolment, without those
// that were to end by themselves and have.
func (s *Store) Devices(ctx context.Context, dat int64) ([]Device, error) {
	var out []Device
	err := s.read(ctx, func(v *snapshot) error {
		return v.each("SELECT "+deviceColumns+" FROM devices WHERE dat = ? AND (expires = 0 OR expires > ? AND revoked = 0) ORDER BY num", func(r row) error {
			out = append(out, scanDevice(r).Device)
			return nil
		}, dat, int64(record.At(s.o.Now())))
	})
	return out, err
}

// AddDevice enrols a device. A device that is here already for the same member
// keeps its numbering and gets the new name; one of another member, or a revoked
// one, is ErrTaken.
func (s *Store) AddDevice(ctx context.Context, d Device) (Device, error) {
	err := s.write(ctx, func(t *tx) error {
		var err error
		d, err = t.addDevice(d)
		return err
	})
	return d, err
}

// addDevice is AddDevice inside a transaction, for an enrolment that uses up a
// code in the same commit.
func (t *tx) addDevice(d Device) (Device, error) {
	if _, err := t.tenant(d.DAT); err != nil {
		return Device{}, err
	}
	if d.Enrolled == 0 {
		d.Enrolled = t.clock
	}
	known, err := t.device(d.ID)
	if err != nil {
		return Device{}, err
	}
	if known != nil {
		if known.Ended(t.clock) || known.DAT != d.DAT || known.Member != d.Member {
			return Device{}, ErrTaken
		}
		known.Name, known.Expires = d.Name, d.Expires
		if err := t.exec("UPDATE devices SET name = ?, expires = ? WHERE num = ?", d.Name, int64(d.Expires), known.num); err != nil {
			return Device{}, err
		}
	} else if err := t.exec("INSERT INTO devices (id, dat, member, name, key, enrolled, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
		d.ID, d.DAT, d.Member, d.Name, d.Key, int64(d.Enrolled), int64(d.Expires)); err != nil {
		return Device{}, err
	}
	if known, err = t.device(d.ID); err != nil {
		return Device{}, err
	}
	d = known.Device
	d.Acked, d.Tip = known.acked, known.tip
	t.touched(d.DAT, d.Member)
	return d, t.audit(AuditRow{DAT: d.DAT, Device: d.ID, Member: d.Member, What: "device.enrolled"})
}

// Revoke revokes a device, in the name of a member ("" for a command). A second
// time changes nothing.
func (s *Store) Revoke(ctx context.Context, dat int64, id, actor string) error {
	return s.write(ctx, func(t *tx) error {
		d, err := t.device(id)
		if err != nil {
			return err
		}
		if d == nil || d.DAT != dat {
			return ErrNotFound
		}
		if d.Revoked != 0 {
			return nil
		}
		d.Revoked = t.clock
		if err := t.exec("UPDATE devices SET revoked = ? WHERE num = ?", int64(d.Revoked), d.num); err != nil {
			return err
		}
		t.touched(dat, d.Member)
		t.keep(nil, ledger.Entry{Kind: ledger.Revoked, Device: d.ID})
		return t.audit(AuditRow{DAT: dat, Device: d.ID, Member: actor, What: "device.revoked"})
	})
}

// Seen notes a contact with a device and what it said it holds, a small JSON
// object. It does not wait for the commit, and is lost where that fails.
func (s *Store) Seen(id string, holds string) {
	r := &request{ops: 1, done: make(chan struct{})}
	r.run = func(t *tx) error {
		d, err := t.device(id)
		if err != nil || d == nil {
			return err
		}
		d.Seen, d.Holds = t.clock, strings.Clone(holds)
		return t.exec("UPDATE devices SET seen = ?, holds = ? WHERE num = ?", int64(d.Seen), d.Holds, d.num)
	}
	select {
	case s.queue <- r:
	case <-s.closing:
	default: // a full queue has more important things to do
	}
}

// CreateDAT makes a DAT with its first records: its settings and themes.
func (s *Store) CreateDAT(ctx context.Context, name, slug string) (DAT, error) {
	var made DAT
	err := s.write(ctx, func(t *tx) error {
		if r, err := t.one("SELECT 1 FROM dats WHERE slug = ?", slug); err != nil {
			return err
		} else if r != nil {
			return ErrTaken
		}
		ops := programme.NewDAT(name, func() string { return s.newID(t.clock) }, t.clock)
		i := slices.IndexFunc(ops, func(op record.Op) bool { return op.Collection == programme.DATs })
		if i < 0 {
			return errors.New("a new DAT has no record of its own")
		}
		r, err := t.one("INSERT INTO dats (id, slug) VALUES (?, ?) RETURNING num", ops[i].ID, slug)
		if err != nil {
			return err
		}
		made = DAT{Num: r.int(0), ID: ops[i].ID, Slug: slug, Name: name}
		d, err := t.tenant(made.Num)
		if err != nil {
			return err
		}
		for i := range ops {
			out, err := t.serve(d, "", &ops[i])
			if err != nil {
				return err
			}
			if out.status == record.Refused {
				return out.problem
			}
		}
		return nil
	})
	return made, err
}

// DATs lists every DAT, by slug.
func (s *Store) DATs(ctx context.Context) ([]DAT, error) {
	return s.dats(ctx, "SELECT num, id, slug FROM dats ORDER BY slug")
}

// DAT finds one by its slug.
func (s *Store) DAT(ctx context.Context, slug string) (DAT, error) {
	return one(s.dats(ctx, "SELECT num, id, slug FROM dats WHERE slug = ?", slug))
}

// DATByNum finds one by its number.
func (s *Store) DATByNum(ctx context.Context, num int64) (DAT, error) {
	return one(s.dats(ctx, "SELECT num, id, slug FROM dats WHERE num = ?", num))
}

func one(found []DAT, err error) (DAT, error) {
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return DAT{}, err
	}
	return found[0], nil
}

func (s *Store) dats(ctx context.Context, query string, args ...any) ([]DAT, error) {
	var out []DAT
	err := s.read(ctx, func(v *snapshot) error {
		rows, err := v.all(query, args...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			d := DAT{Num: r.int(0), ID: r.str(1), Slug: r.str(2)}
			st, err := load(v.conn, s.kinds, d.Num, programme.DATs, d.ID)
			if err != nil {
				return err
			}
			if st != nil {
				d.Name = st.rec.Get("name").Text()
			}
			out = append(out, d)
		}
		return nil
	})
	return out, err
}
