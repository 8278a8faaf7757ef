package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

const (
	// settling is how long after a commit it is looked at: a crowd's commits are
	// looked at together.
	settling = time.Second
	// round is how often the outbox is looked into where nothing happens.
	round = 30 * time.Second
	// whole is how often everything is looked at, for what time alone makes due.
	whole = 10 * time.Minute
	// lease is how long a mail that is being sent is nobody else's.
	lease = 5 * time.Minute
	// The waits before a mail is tried again: they double from one to the other.
	soonest, latest = time.Minute, 15 * time.Minute
)

// useful is how long a mail is tried; after that it tells nothing that is news.
var useful = map[string]time.Duration{
	programme.NoticeEscalation: 3 * 24 * time.Hour,
	programme.NoticeCover:      10 * 24 * time.Hour, // from when it was put: it waits up to seven days first
	programme.NoticeAsk:        3 * 24 * time.Hour,
	programme.NoticeDigest:     12 * time.Hour,
	programme.NoticeSignIn:     10 * time.Minute,
}

// A Post puts mails into the outbox and sends what is in it. Its methods are for
// one goroutine.
type Post struct {
	Store *store.Store
	// Send hands a mail over: [SMTP.Send].
	Send func(context.Context, Letter) error
	// Origin is where the app is, for links.
	Origin *url.URL
	// SignIn gives the link that lets a member in, "" where they are not to have one.
	SignIn func(ctx context.Context, dat int64, member string) (string, error)
	// Woken, where it is not nil, has the outbox looked into at once.
	Woken <-chan struct{}
	// Hour is when the daily mail goes, in the zone of Now's times.
	Hour int
	Now  func() time.Time
	// After is [time.After], or a clock that a test owns.
	After func(time.Duration) <-chan time.Time
	// Log gets how many mails went and at which step one failed, and nothing of whose.
	Log *slog.Logger

	digested string // the day whose digests were put
}

// Run puts and sends until the context ends.
func (p *Post) Run(ctx context.Context) {
	stirred := make(chan struct{}, 1)
	var mu sync.Mutex
	dats := map[int64]bool{}
	unwatch := p.Store.Watch(func(c store.Commit) {
		if !c.Any && !slices.Contains(c.Audiences, "desk") {
			return
		}
		mu.Lock()
		dats[c.DAT] = true
		mu.Unlock()
		select {
		case stirred <- struct{}{}:
		default:
		}
	})
	defer unwatch()
	var looked time.Time
	for wait := p.After(0); ; wait = p.After(round) {
		select {
		case <-ctx.Done():
			return
		case <-wait:
		case <-p.Woken:
		case <-stirred:
			select {
			case <-ctx.Done():
				return
			case <-p.After(settling):
			}
		}
		mu.Lock()
		some := dats
		dats = map[int64]bool{}
		mu.Unlock()
		if now := p.Now(); now.Sub(looked) >= whole {
			looked, some = now, nil
		}
		if err := p.do(ctx, some); err != nil && ctx.Err() == nil {
			p.Log.Error("mail could not be looked after and is tried again", "error", err)
		}
	}
}

// Do puts what is due into the outbox, of every DAT, and sends what is in it.
func (p *Post) Do(ctx context.Context) error { return p.do(ctx, nil) }

// do looks at some DATs, with nil at all of them, and at what time makes due.
func (p *Post) do(ctx context.Context, some map[int64]bool) error {
	var errs []error
	if some == nil || len(some) > 0 {
		errs = append(errs, p.look(ctx, some))
	}
	return errors.Join(append(errs, p.deliver(ctx))...)
}

func (p *Post) look(ctx context.Context, some map[int64]bool) error {
	dats, err := p.Store.DATs(ctx)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	now := p.Now()
	day := now.Format(time.DateOnly)
	daily := some == nil && now.Hour() >= p.Hour && day != p.digested
	var errs []error
	for _, dat := range dats {
		if some != nil && !some[dat.Num] {
			continue
		}
		notices, err := p.notices(ctx, dat, now, daily, day)
		if err == nil {
			err = p.put(ctx, dat.Num, notices, now)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("mail: looking for what waits: %w", err)
	}
	if daily {
		p.digested = day
	}
	return nil
}

// notices gives who is to be told of something in a DAT; daily says whether of what
// waits at all, too.
func (p *Post) notices(ctx context.Context, dat store.DAT, now time.Time, daily bool, day string) (notices []programme.Notice, err error) {
	members, err := p.all(ctx, dat, "member")
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(members, func(m *record.Record) bool { return !m.Get("email").Absent() }) {
		return nil, nil
	}
	settings, err := p.Store.Record(ctx, dat.Num, "dat", dat.ID)
	if err != nil {
		return nil, err
	}
	for collection, of := range map[string]func(*record.Record) []programme.Notice{
		"escalation": func(r *record.Record) []programme.Notice { return programme.Escalated(now, settings, members, r) },
		"ask":        func(r *record.Record) []programme.Notice { return programme.Asked(now, members, r) },
	} {
		err := p.Store.Each(ctx, dat.Num, collection, func(r *record.Record) error {
			notices = append(notices, of(r)...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if !daily {
		return notices, nil
	}
	desk, board, err := p.waits(ctx, dat, now)
	return append(notices, programme.Digest(day, members, desk, board)...), err
}

func (p *Post) all(ctx context.Context, dat store.DAT, collection string) (all []*record.Record, err error) {
	err = p.Store.Each(ctx, dat.Num, collection, func(r *record.Record) error {
		all = append(all, r)
		return nil
	})
	return all, err
}

// errEnough ends a reading of records early.
var errEnough = errors.New("mail: enough")

// waits says whether anything waits for desk and board.
func (p *Post) waits(ctx context.Context, dat store.DAT, now time.Time) (desk, board bool, err error) {
	for _, collection := range programme.Awaiting {
		err := p.Store.Each(ctx, dat.Num, collection, func(r *record.Record) error {
			desk = desk || programme.WaitsForDesk(now, r)
			board = board || programme.WaitsForBoard(r)
			if desk && (board || collection != "matter") {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return false, false, err
		}
	}
	return desk, board, nil
}

func (p *Post) put(ctx context.Context, dat int64, notices []programme.Notice, now time.Time) error {
	mails := make([]store.Mail, len(notices))
	for i, n := range notices {
		mails[i] = store.Mail{Member: n.Member, Kind: n.Kind, About: n.About, Next: record.At(now.Add(n.After))}
	}
	_, err := p.Store.PutMails(ctx, dat, mails)
	return err
}

// deliver sends what is due. Where the mail server can't be had it ends: the others
// would meet the same.
func (p *Post) deliver(ctx context.Context) error {
	for ctx.Err() == nil {
		m, err := p.Store.TakeMail(ctx, lease)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("mail: taking one out: %w", err)
		}
		letter, moot, err := p.letter(ctx, m)
		if err == nil && moot == "" {
			err = p.Send(ctx, letter)
		}
		// What was handed over is noted also where the server is told to stop meanwhile.
		note := context.WithoutCancel(ctx)
		switch {
		case moot != "":
			err = p.Store.MailDone(note, m.Num, moot)
		case errors.Is(err, ErrRefused):
			p.Log.Warn("a mail found nobody: look at the member's address", "kind", m.Kind)
			err = p.Store.MailDone(note, m.Num, store.MailRefused)
		case err != nil:
			p.Log.Warn("a mail could not be sent and is tried again", "kind", m.Kind, "tries", m.Tries, "error", err)
			return p.Store.MailAgain(note, m.Num, record.At(p.Now().Add(backoff(m.Tries))))
		default:
			p.Log.Info("a mail was sent", "kind", m.Kind)
			err = p.Store.MailDone(note, m.Num, store.MailSent)
		}
		if err != nil {
			return fmt.Errorf("mail: noting what became of one: %w", err)
		}
	}
	return nil
}

func backoff(tries int64) time.Duration {
	return min(soonest<<min(tries-1, 10), latest)
}

// letter writes a mail, as things are now; moot says why it is not to be sent.
func (p *Post) letter(ctx context.Context, m store.Mail) (l Letter, moot string, err error) {
	says, known := sayings[m.Kind]
	if !known {
		return l, store.MailMoot, nil // of a later release
	}
	if p.Now().Sub(m.Made.Std()) > useful[m.Kind] {
		return l, store.MailLate, nil
	}
	if collection := programme.CollectionOf(m.Kind); collection != "" {
		about, err := p.Store.Record(ctx, m.DAT, collection, m.About)
		if errors.Is(err, store.ErrNotFound) || err == nil && !programme.StillWaits(m.Kind, about) {
			return l, store.MailMoot, nil
		}
		if err != nil {
			return l, "", err
		}
	}
	member, err := p.Store.Record(ctx, m.DAT, "member", m.Member)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && (member.Gone || member.Get("status").Text() == "left"):
		return l, store.MailMoot, nil
	case err != nil:
		return l, "", err
	}
	to, ok := Address(member.Get("email").Text())
	if !ok {
		return l, store.MailNowhere, nil
	}
	link := p.link()
	if m.Kind == programme.NoticeSignIn {
		// Drawn anew at each try, since a code is kept nowhere.
		if link, err = p.SignIn(ctx, m.DAT, m.Member); err != nil {
			return l, "", fmt.Errorf("mail: making a link: %w", err)
		}
		if link == "" {
			return l, store.MailMoot, nil
		}
	}
	return Letter{To: to, Subject: says.subject, Body: wrote(says.text, link), ID: messageID(p.Store.Epoch(), m)}, "", nil
}

func (p *Post) link() string { return strings.TrimRight(p.Origin.String(), "/") + "/in" }

// messageID is the same at each try of what says the same, and tells nothing.
func messageID(epoch string, m store.Mail) string {
	if m.Kind == programme.NoticeSignIn {
		m.About += fmt.Sprint("|", m.Tries)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "earshot/mail/1|%s|%d|%s|%s|%s", epoch, m.DAT, m.Member, m.Kind, m.About))
	return hex.EncodeToString(sum[:16])
}

// Address gives the address that a member's record names, as it is compared; false
// where it is none.
func Address(typed string) (string, bool) {
	a, err := netmail.ParseAddress(strings.TrimSpace(typed))
	if err != nil || a.Name != "" || len(a.Address) > 254 {
		return "", false
	}
	return a.Address, true
}
