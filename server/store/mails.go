package store

import (
	"context"
	"time"

	"earshot/sync/record"
)

// A Mail says that one member is to be told by mail that something waits for them.
// It holds no address and no word of what waits.
type Mail struct {
	Num    int64
	DAT    int64
	Member string
	Kind   string // what makes it due, as the programme names it
	About  string // the record that it is about, or a day
	Made   record.Time
	Next   record.Time // when it is due, or tried again
	Tries  int64       // this one included
}

// How a mail ended.
const (
	MailSent    = "sent"
	MailMoot    = "moot"    // it waits no more
	MailLate    = "late"    // it could not be sent for so long that it is of no use
	MailRefused = "refused" // the mail server does not know the address
	MailNowhere = "nowhere" // the member has no address that a mail could go to
)

// mailKept is how long the row of a mail stays: far longer than what it is about
// is looked at, so that nobody is told a second time.
const mailKept = 60 * 24 * time.Hour

// PutMails puts mails into the outbox, with Member, Kind, About and Next, and says
// how many were new: one member is told of one thing once.
func (s *Store) PutMails(ctx context.Context, dat int64, mails []Mail) (put int, err error) {
	var fresh []Mail
	err = s.read(ctx, func(v *snapshot) error {
		for _, m := range mails {
			r, err := v.one("SELECT 1 FROM mails WHERE dat = ? AND member = ? AND kind = ? AND about = ?", dat, m.Member, m.Kind, m.About)
			if err != nil {
				return err
			}
			if r == nil {
				fresh = append(fresh, m)
			}
		}
		return nil
	})
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	err = s.write(ctx, func(t *tx) error {
		put = 0
		if err := t.exec("DELETE FROM mails WHERE made < ?+0 AND done > 0", int64(record.At(t.clock.Std().Add(-mailKept)))); err != nil {
			return err
		}
		for _, m := range fresh {
			r, err := t.one(`INSERT INTO mails (dat, member, kind, about, made, next) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT DO NOTHING RETURNING 1`, dat, m.Member, m.Kind, m.About, int64(t.clock), int64(m.Next))
			if err != nil {
				return err
			}
			if r != nil {
				put++
			}
		}
		return nil
	})
	return put, err
}

const (
	mailColumns = "num, dat, member, kind, about, made, next, tries"
	mailDue     = "SELECT " + mailColumns + " FROM mails WHERE done = 0 AND next <= ?+0 ORDER BY kind = 'digest', next, num LIMIT 1"
)

// TakeMail gives the mail that is due first, and notes that it is being tried: until
// the lease has run out nobody else is given it, and after that it is tried again,
// since whoever took it has ended. A digest goes after what cannot wait.
// ErrNotFound: none is due.
func (s *Store) TakeMail(ctx context.Context, lease time.Duration) (m Mail, err error) {
	err = s.read(ctx, func(v *snapshot) error {
		r, err := v.one(mailDue, int64(record.At(s.o.Now())))
		if err == nil && r == nil {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return Mail{}, err
	}
	err = s.write(ctx, func(t *tx) error {
		r, err := t.one(mailDue, int64(t.clock))
		if err != nil {
			return err
		}
		if r == nil {
			return ErrNotFound
		}
		m = Mail{
			Num: r.int(0), DAT: r.int(1), Member: r.str(2), Kind: r.str(3), About: r.str(4),
			Made: record.Time(r.int(5)), Next: record.At(t.clock.Std().Add(lease)), Tries: r.int(7) + 1,
		}
		return t.exec("UPDATE mails SET next = ?, tries = ? WHERE num = ?", int64(m.Next), m.Tries, m.Num)
	})
	return m, err
}

// MailsSince counts the mails of a kind that were put for a member since a time.
func (s *Store) MailsSince(ctx context.Context, dat int64, member, kind string, since record.Time) (n int64, err error) {
	err = s.read(ctx, func(v *snapshot) error {
		r, err := v.one("SELECT count(*) FROM mails WHERE dat = ? AND member = ? AND kind = ? AND made >= ?+0", dat, member, kind, int64(since))
		if err == nil {
			n = r.int(0)
		}
		return err
	})
	return n, err
}

// MailAgain has a mail tried again at a time.
func (s *Store) MailAgain(ctx context.Context, num int64, next record.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.exec("UPDATE mails SET next = ? WHERE num = ? AND done = 0", int64(next), num)
	})
}

// MailDone says how a mail ended: MailSent, or why it was not.
func (s *Store) MailDone(ctx context.Context, num int64, how string) error {
	return s.write(ctx, func(t *tx) error {
		return t.exec("UPDATE mails SET done = ?, how = ? WHERE num = ? AND done = 0", int64(t.clock), how, num)
	})
}

// Mails is how a DAT's mail stands.
type Mails struct {
	Sent    record.Time // when the last one went; 0: none has
	Stuck   int64       // mails that were tried and have not gone
	Since   record.Time // when the oldest of those was put
	Refused []string    // members whose last mail found no address, or one that nobody knows
}

// MailState says how a DAT's mail stands.
func (s *Store) MailState(ctx context.Context, dat int64) (m Mails, err error) {
	err = s.read(ctx, func(v *snapshot) error {
		r, err := v.one(`SELECT
			coalesce(max(done) FILTER (WHERE how = 'sent'), 0),
			count(*) FILTER (WHERE done = 0 AND tries > 0), coalesce(min(made) FILTER (WHERE done = 0 AND tries > 0), 0)
			FROM mails WHERE dat = ?`, dat)
		if err != nil {
			return err
		}
		m.Sent, m.Stuck, m.Since = record.Time(r.int(0)), r.int(1), record.Time(r.int(2))
		// Beside max(), SQLite gives the other columns of the row that has it.
		return v.each(`SELECT member, how, max(done) FROM mails WHERE dat = ? AND how IN ('sent', 'refused', 'nowhere') GROUP BY member ORDER BY member`,
			func(r row) error {
				if r.str(1) != MailSent {
					m.Refused = append(m.Refused, r.str(0))
				}
				return nil
			}, dat)
	})
	return m, err
}
