package identity

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

const (
	// linkLife is how long the code of a link that was mailed is good for.
	linkLife = 15 * time.Minute
	// shortLife is how long the device that it enrols is one: a working day. Where it
	// stands idle, the page ends it long before.
	shortLife = 12 * time.Hour
	// linksIn is how many links a member is mailed within linkLife: an inbox is not to
	// be filled by a stranger.
	linksIn = 3
	// namesakes is how many members of one address are each mailed a link.
	namesakes = 3
	// asking is how many requests wait to be looked at.
	asking = 256
)

// ErrNoMail is given where this server can't mail a link.
var ErrNoMail = problem.New(http.StatusNotFound, "signin_off", "This server sends no mail. Ask your coordinator for a code.")

// ErrNotShort is given to a device that does not end by itself, and would end itself.
var ErrNotShort = problem.New(http.StatusConflict, "not_short", "This device was set up to stay. A coordinator can take it out of use.")

// SignIns mail links by which managers and leads come in again at a shared computer,
// without asking the coordinator: a code for a device that ends by itself, sent to the
// address that stands in their record.
//
// Whoever asks is answered before anything is looked up, so that neither the answer
// nor the time that it takes tells whether an address is known here.
type SignIns struct {
	authority *Authority
	asked     chan string
	asks      *Limiter
	on        bool
	// Mailed is told when there is a mail to send. It may be nil, and does not wait.
	mailed func()
}

// NewSignIns makes SignIns; on says whether this server sends mail at all, and mailed
// is called when it has one to send.
func NewSignIns(a *Authority, on bool, mailed func()) *SignIns {
	return &SignIns{
		authority: a, on: on, mailed: mailed, asked: make(chan string, asking),
		// An office comes in by one address, on the same morning.
		asks: NewLimiter(a.o.Now, Rate{20, 20 * time.Second}, Rate{200, time.Second}),
	}
}

// Post answers POST /v1/signin with {"email"}: 202 whoever asks.
func (s *SignIns) Post(c echo.Context) error {
	var asked struct {
		Email string `json:"email"`
	}
	if err := jsonbody.Read(c, maxBody, &asked); err != nil {
		return err
	}
	if !s.on {
		return ErrNoMail
	}
	if err := s.ask(ClientAddress(c.Request(), s.authority.o.Trusted), asked.Email); err != nil {
		return err
	}
	return jsonbody.Send(c, http.StatusAccepted, map[string]any{"minutes": int(linkLife / time.Minute)})
}

func (s *SignIns) ask(from netip.Addr, email string) error {
	if wait, ok := s.asks.Allow(from); !ok {
		return ErrTooMany.After(wait)
	}
	s.asks.Missed(from) // each costs, known or not
	select {
	case s.asked <- sameAddress(email):
	default:
		return ErrTooMany.After(10 * time.Second)
	}
	return nil
}

// Delete answers DELETE /v1/signin: a short-lived device ends itself.
func (s *SignIns) Delete(c echo.Context) error {
	by := CallerOf(c)
	if by.Ends == 0 {
		return ErrNotShort
	}
	if err := s.authority.store.Revoke(c.Request().Context(), by.DAT, by.Device, by.Member); err != nil {
		return unavailable(err)
	}
	return jsonbody.Send(c, http.StatusOK, map[string]any{"ended": true})
}

// Run looks at who asked, until the context ends.
func (s *SignIns) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case email := <-s.asked:
			if err := s.put(ctx, email); err != nil && ctx.Err() == nil {
				s.authority.o.Log.Error("a link that was asked for could not be made", "error", err)
			}
		}
	}
}

// put puts the mails into the outbox for the members that an address belongs to.
func (s *SignIns) put(ctx context.Context, email string) error {
	if email == "" {
		return nil
	}
	st := s.authority.store
	dats, err := st.DATs(ctx)
	if err != nil {
		return err
	}
	now := s.authority.o.Now()
	found := 0
	for _, dat := range dats {
		var of []string
		err := st.Each(ctx, dat.Num, "member", func(m *record.Record) error {
			if sameAddress(m.Get("email").Text()) == email && mayBeMailed(m) {
				of = append(of, m.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, member := range of {
			if found++; found > namesakes {
				return nil
			}
			if err := s.mail(ctx, dat.Num, member, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *SignIns) mail(ctx context.Context, dat int64, member string, now time.Time) error {
	st := s.authority.store
	n, err := st.MailsSince(ctx, dat, member, programme.NoticeSignIn, record.At(now.Add(-linkLife)))
	if err != nil || n >= linksIn {
		return err
	}
	about, err := programme.NewID(now, s.authority.o.Random)
	if err != nil {
		return err
	}
	_, err = st.PutMails(ctx, dat, []store.Mail{{Member: member, Kind: programme.NoticeSignIn, About: about, Next: record.At(now)}})
	if err == nil && s.mailed != nil {
		s.mailed()
	}
	return err
}

// Link makes a link that lets a member in once, for a device that ends by itself; ""
// where they are not to have one any more.
func (s *SignIns) Link(ctx context.Context, dat int64, id string) (string, error) {
	member, err := s.authority.present(ctx, dat, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !mayBeMailed(member) {
		return "", nil
	}
	if err != nil {
		return "", unavailable(err)
	}
	got, err := s.authority.give(ctx, store.Invitation{
		DAT: dat, Member: id, Expires: record.At(s.authority.o.Now().Add(linkLife)), Life: shortLife,
	}, id, "/in")
	return got.Link, err
}

// mayBeMailed says whether a member comes in by a link: those who sit at computers
// that keep nothing. What a desk or an administrator sees is not to hang on who reads
// an inbox, and a phone keeps who it belongs to.
func mayBeMailed(member *record.Record) bool {
	role := member.Get("role").Text()
	return !member.Gone && member.Get("status").Text() != "left" && (role == "manager" || role == "lead")
}

// sameAddress is how addresses are compared.
func sameAddress(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }
