package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"earshot/sync/record"
)

// The audit of a DAT is a chain: each row holds the hash of what it says and of the
// row before, so that none can be altered or taken out without all after it, and
// whoever has kept a hash can tell that what led to it is as it was.

// An AuditRow says who did what to which record, and never a word of it.
type AuditRow struct {
	Num        int64 // in its DAT, from 1 without gaps
	DAT        int64
	At         record.Time
	Device     string // "server" for what the server did by itself
	Member     string // "" for a command
	What       string // "made", "changed", "withdrawn", "redacted", "exported", "imported", "device.revoked", …
	Collection string
	Record     string
	Fields     []string
	Seq        int64
	// Hash is SHA-256 over Before, the hash of row Num-1 (zeros for the first); Num,
	// At in microseconds and Seq, each as 8 bytes with the greatest first; Device ("" for
	// the server), Member and the words What, Collection and Fields (these joined by
	// ","), one blank between, each of the three with a zero byte behind; and Record,
	// a UUID as its 16 bytes.
	Before, Hash [32]byte
}

// An AuditQuery says which rows are asked for. What is zero is left open.
type AuditQuery struct {
	DAT                                      int64
	Member, Device, What, Collection, Record string
	From, To                                 record.Time // To is not among them
	Before                                   int64       // rows with a smaller Num; 0: all
	Most                                     int         // rows that are given
}

// A Chain is what going along a DAT's whole audit has shown.
type Chain struct {
	Rows int64
	Head [32]byte // the last row's hash
	// Broken is the first row that does not follow from the one before it, 0 where all do.
	Broken int64
}

const (
	linkColumns = "a.num, a.at, coalesce(d.id, ''), a.member, a.seq, coalesce(n.name, ''), a.record, a.hash"
	links       = "audit a LEFT JOIN names n ON n.num = a.what LEFT JOIN devices d ON d.num = a.device"

	// auditScan bounds the rows that one call looks at.
	auditScan = 50_000
)

// Audit gives rows of the audit, newest first, and where to go on: the Before of the
// next call, 0 where there is nothing left. A call that looks for what is rare may
// give few rows, or none, and still say where to go on.
func (s *Store) Audit(ctx context.Context, q AuditQuery) (rows []AuditRow, next int64, err error) {
	if q.Before <= 0 {
		q.Before = 1 << 62
	}
	err = s.read(ctx, func(v *snapshot) error {
		seen := 0
		return v.each("SELECT "+linkColumns+", (SELECT b.hash FROM audit b WHERE b.dat = a.dat AND b.num = a.num - 1) FROM "+links+
			" WHERE a.dat = ?+0 AND a.num < ?+0 ORDER BY a.num DESC", func(r row) error {
			if len(rows) == q.Most || seen == auditScan {
				return errStop
			}
			seen, next = seen+1, r.int(0)
			a := auditRow(q.DAT, r)
			copy(a.Before[:], r.blob(8))
			if q.matches(&a) {
				rows = append(rows, a)
			}
			return nil
		}, q.DAT, q.Before)
	})
	if next <= 1 {
		next = 0
	}
	return rows, next, err
}

// auditRow reads a row of linkColumns.
func auditRow(dat int64, r row) AuditRow {
	a := AuditRow{
		Num: r.int(0), DAT: dat, At: record.Time(r.int(1)), Device: r.str(2), Member: r.str(3), Seq: r.int(4), Record: textID(r.blob(6)),
	}
	if a.Device == "" {
		a.Device = serverDevice
	}
	a.What, a.Collection, a.Fields = parseAudit(r.str(5))
	copy(a.Hash[:], r.blob(7))
	return a
}

func (q *AuditQuery) matches(a *AuditRow) bool {
	for _, f := range [...]struct{ asked, is string }{
		{q.Member, a.Member}, {q.Device, a.Device}, {q.What, a.What}, {q.Collection, a.Collection}, {q.Record, a.Record},
	} {
		if f.asked != "" && f.asked != f.is {
			return false
		}
	}
	return a.At >= q.From && (q.To == 0 || a.At < q.To)
}

// AuditChain goes along a DAT's whole audit, some at a time: rows are only added.
func (s *Store) AuditChain(ctx context.Context, dat int64) (Chain, error) {
	at, broken := follower{dat: dat}, int64(0)
	for more := true; more; {
		more = false
		err := s.read(ctx, func(v *snapshot) error {
			rows, err := v.all("SELECT "+linkColumns+" FROM "+links+" WHERE a.dat = ?+0 AND a.num > ?+0 ORDER BY a.num LIMIT 5000", dat, at.num)
			for _, r := range rows {
				more = true
				if gap, bad := at.next(r); (gap || bad) && broken == 0 {
					broken = at.num
				}
			}
			return err
		})
		if err != nil {
			return Chain{}, err
		}
	}
	return Chain{Rows: at.rows, Head: at.hash, Broken: broken}, nil
}

// A follower goes along the chain of one DAT.
type follower struct {
	dat, num, rows int64
	hash           [32]byte
	text           []byte
}

// next takes the next row of linkColumns, and says whether rows before it are
// missing, else whether it says something else than its hash.
func (f *follower) next(r row) (gap, broken bool) {
	gap = r.int(0) != f.num+1
	f.num, f.rows = r.int(0), f.rows+1
	f.text = appendLink(f.text[:0], f.hash, f.num, record.Time(r.int(1)), r.int(4), r.str(2), r.str(3), r.str(5), r.blob(6))
	var said [32]byte
	copy(said[:], r.blob(7))
	broken, f.hash = sha256.Sum256(f.text) != said, said
	return gap, broken
}

// Note adds a link to the audit for what was done with a DAT, or a whole collection
// of it, and changes no record: an export. Num, At, Seq and the hashes are not the
// caller's to say; Device and Member are "" for a command.
func (s *Store) Note(ctx context.Context, a AuditRow) error {
	return s.write(ctx, func(t *tx) error {
		a.At, a.Seq = 0, 0
		return t.audit(a)
	})
}

// audit adds a link to the chain of a DAT. At is filled in where it is 0.
func (t *tx) audit(a AuditRow) error {
	d, err := t.tenant(a.DAT)
	if err != nil {
		return err
	}
	device := int64(0)
	if a.Device != "" && a.Device != serverDevice {
		d, err := t.device(a.Device)
		if err != nil {
			return err
		}
		if d != nil {
			device = d.num
		}
	}
	if a.At == 0 {
		a.At = t.clock
	}
	return t.link(d, a.At, device, a.Device, a.Member, a.Seq, auditText(a.What, a.Collection, a.Fields), rawID(a.Record))
}

func auditText(what, collection string, fields []string) string {
	return strings.Join(slices.DeleteFunc([]string{what, collection, strings.Join(fields, ",")}, func(s string) bool { return s == "" }), " ")
}

func parseAudit(text string) (what, collection string, fields []string) {
	what, rest, _ := strings.Cut(text, " ")
	collection, list, _ := strings.Cut(rest, " ")
	if list != "" {
		fields = strings.Split(list, ",")
	}
	return what, collection, fields
}

// link writes one row of the chain.
func (t *tx) link(d *tenant, at record.Time, device int64, deviceID, member string, seq int64, text string, id []byte) error {
	if d.links < 0 {
		r, err := t.one("SELECT num, hash FROM audit WHERE dat = ? ORDER BY num DESC LIMIT 1", d.Num)
		if err != nil {
			return err
		}
		d.links, d.chain = 0, [32]byte{}
		if r != nil {
			d.links = r.int(0)
			copy(d.chain[:], r.blob(1))
		}
	}
	what, err := t.name(text)
	if err != nil {
		return err
	}
	if device == 0 {
		deviceID = ""
	}
	t.mem.link = appendLink(t.mem.link[:0], d.chain, d.links+1, at, seq, deviceID, member, text, id)
	hash := sha256.Sum256(t.mem.link)
	if err := t.exec("INSERT INTO audit (dat, num, at, device, member, seq, what, record, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.Num, d.links+1, int64(at), device, member, seq, what, id, hash[:]); err != nil {
		return err
	}
	d.links, d.chain = d.links+1, hash
	return nil
}

// appendLink appends what the hash of one row of the chain is over; see [AuditRow].
func appendLink(b []byte, before [32]byte, num int64, at record.Time, seq int64, device, member, text string, id []byte) []byte {
	b = append(b, before[:]...)
	for _, n := range [...]int64{num, int64(at), seq} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	for _, s := range [...]string{device, member, text} {
		b = append(b, s...)
		b = append(b, 0)
	}
	return append(b, id...)
}
