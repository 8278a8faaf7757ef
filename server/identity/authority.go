package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// An Authority enrols devices, gives out tokens, and says who a token speaks for.
type Authority struct {
	keys  *Keys
	store *store.Store
	o     Options

	guesses *Limiter // codes of invitations
	refusal *Limiter // assertions that were not good
}

// Options are what an Authority is told from outside.
type Options struct {
	Now    func() time.Time // nil: time.Now
	Random io.Reader
	Log    *slog.Logger
	// Origin is where the app is, for links; nil leaves them out.
	Origin *url.URL
	// Trusted are the networks of proxies that tell us a client's address.
	Trusted []netip.Prefix
}

// New makes an Authority.
func New(keys *Keys, s *store.Store, o Options) *Authority {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Authority{
		keys: keys, store: s, o: o,
		// A code has 60 bits: these bounds keep guessing hopeless and loud, and let a
		// training room with one address mistype.
		guesses: NewLimiter(o.Now, Rate{20, time.Minute}, Rate{500, time.Second}),
		refusal: NewLimiter(o.Now, Rate{200, time.Second / 5}, Rate{2000, time.Second / 100}),
	}
}

// The problems of this package. What they say is for a person to act on.
var (
	ErrInvitation    = problem.New(http.StatusForbidden, "invitation_invalid", "This code is not known. Check the letters, or ask for a new one.")
	ErrKey           = problem.New(http.StatusBadRequest, "key_invalid", "The key is no public EC key on the curve P-256. Make one and try again; the code is still good.")
	ErrDeviceRevoked = problem.New(http.StatusForbidden, "device_revoked", "This device was taken out of use. Make a new key and ask for a new code.")
	ErrKeyTaken      = problem.New(http.StatusConflict, "key_taken", "This key belongs to another member. Make a new one and try again; the code is still good.")
	ErrTooMany       = problem.New(http.StatusTooManyRequests, "too_many_tries", "There were too many tries from here. Wait a little, then try again.")
	ErrAssertion     = problem.New(http.StatusUnauthorized, "assertion_invalid", "The assertion is not good. Sign a new one with the device's key.")
	ErrReplay        = problem.New(http.StatusUnauthorized, "assertion_replayed", "This assertion was used before. Sign a new one with a fresh jti.")
	ErrClockSkew     = problem.New(http.StatusUnauthorized, "clock_skew", "The device's clock is off. Sign again with the time given in now.")
	ErrUnknownDevice = problem.New(http.StatusUnauthorized, "unknown_device", "This server does not know the device. Keep all that it holds, and enrol again with the same key and a new code.")
	ErrToken         = problem.New(http.StatusUnauthorized, "token_invalid", "The access token is missing, expired or not from here. Get a new one at /v1/token.")
	ErrRevokedToken  = problem.New(http.StatusForbidden, "device_revoked", "This device was taken out of use.")
	ErrNotAllowed    = problem.New(http.StatusForbidden, "not_allowed", "Your role does not do this. Ask somebody in the team whose role does.")
)

// unavailable turns what the store says into a problem, where it is none of ours.
func unavailable(err error) error {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		return problem.Unavailable.Because(err)
	}
	return err
}

// Enrolment is what a device asks for with a code.
type Enrolment struct {
	Code string         `json:"code"`
	Key  jsontext.Value `json:"key"`
	Name string         `json:"name"`
}

// Enrolled is what a new device needs to begin.
type Enrolled struct {
	Device string  `json:"device"`
	Member string  `json:"member"`
	Name   string  `json:"name"` // the member's
	Role   string  `json:"role"`
	DAT    DATInfo `json:"dat"`
	Intake Intake  `json:"intake"`
	Epoch  string  `json:"epoch"`
	Now    string  `json:"now"`
	// Expires is when the device ends by itself; "" where it does not.
	Expires string `json:"expires,omitzero"`
}

// DATInfo names a DAT.
type DATInfo struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// Intake is the key that devices seal to.
type Intake struct {
	ID  string `json:"id"`
	Key string `json:"key"` // base64url of the raw uncompressed point
}

// Intake gives the key that devices seal to now.
func (a *Authority) Intake() Intake {
	id, public := a.keys.Intake()
	return Intake{ID: id, Key: base64.RawURLEncoding.EncodeToString(public)}
}

// maxDeviceName is in code points; a longer name is cut, since a device must
// not fail to enrol for what it calls itself.
const maxDeviceName = 200

// Enrol brings a device's key together with a code. A key that is not one
// leaves the code unused, and so does one that may not be enrolled.
func (a *Authority) Enrol(ctx context.Context, from netip.Addr, e Enrolment) (Enrolled, error) {
	if wait, ok := a.guesses.Allow(from); !ok {
		return Enrolled{}, ErrTooMany.After(wait)
	}
	device, err := a.enrol(ctx, e)
	if errors.Is(err, ErrInvitation) {
		a.guesses.Missed(from)
	}
	if err != nil {
		return Enrolled{}, err
	}
	return a.welcome(ctx, device)
}

func (a *Authority) enrol(ctx context.Context, e Enrolment) (store.Device, error) {
	key, err := readDeviceKey(e.Key)
	if err != nil {
		return store.Device{}, ErrKey
	}
	code := readCode(e.Code)
	if code == "" {
		return store.Device{}, ErrInvitation
	}
	hash := a.keys.hash("invitation", code)
	if err := a.expected(ctx, hash); err != nil {
		return store.Device{}, err
	}
	device, err := a.store.Enrol(ctx, hash, store.Device{
		ID: key.id, Key: string(key.jwk), Name: cut(e.Name, maxDeviceName),
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Device{}, ErrInvitation
	case errors.Is(err, store.ErrRevoked):
		return store.Device{}, ErrDeviceRevoked
	case errors.Is(err, store.ErrTaken):
		return store.Device{}, ErrKeyTaken
	case err != nil:
		return store.Device{}, unavailable(err)
	}
	return device, nil
}

// expected says whether a code lets somebody in who is still with us.
func (a *Authority) expected(ctx context.Context, hash []byte) error {
	i, err := a.store.Invitation(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return ErrInvitation
	}
	if err != nil {
		return unavailable(err)
	}
	if _, err := a.present(ctx, i.DAT, i.Member); errors.Is(err, store.ErrNotFound) {
		return ErrInvitation
	} else if err != nil {
		return unavailable(err)
	}
	return nil
}

// present gives the record of a member who is with us, store.ErrNotFound where
// there is none, or they have left.
func (a *Authority) present(ctx context.Context, dat int64, id string) (*record.Record, error) {
	member, err := a.store.Record(ctx, dat, "member", id)
	if err == nil && (member.Gone || member.Get("status").Text() == "left") {
		err = store.ErrNotFound
	}
	return member, err
}

func (a *Authority) welcome(ctx context.Context, d store.Device) (Enrolled, error) {
	dat, err := a.store.DATByNum(ctx, d.DAT)
	if err != nil {
		return Enrolled{}, unavailable(err)
	}
	member, err := a.store.Record(ctx, d.DAT, "member", d.Member)
	if err != nil {
		return Enrolled{}, unavailable(err)
	}
	if member.Get("status").Text() == "invited" {
		if err := a.become(ctx, d.DAT, member, "active"); err != nil {
			return Enrolled{}, err
		}
	}
	expires := ""
	if d.Expires != 0 {
		expires = d.Expires.String()
	}
	return Enrolled{
		Expires: expires,
		Device:  d.ID, Member: d.Member, Name: member.Get("name").Text(), Role: member.Get("role").Text(),
		DAT:    DATInfo{ID: dat.ID, Name: dat.Name, Slug: dat.Slug},
		Intake: a.Intake(), Epoch: a.store.Epoch(), Now: record.At(a.o.Now()).String(),
	}, nil
}

// become gives a member another status, as the server.
func (a *Authority) become(ctx context.Context, dat int64, member *record.Record, status string) error {
	c := member.Collection
	results, err := a.store.Do(ctx, dat, "", []*record.Op{{
		Collection: c, ID: member.ID, Schema: programme.Schema().Version,
		Changes: []record.Change{{Field: c.Field("status"), Verb: record.SetTo, Value: record.Text(status)}},
	}})
	if err != nil {
		return unavailable(err)
	}
	if p := results[0].Problem; p != nil {
		return fmt.Errorf("identity: a member's status was refused: %s", p.Code)
	}
	return nil
}

func cut(s string, points int) string {
	n := 0
	for i := range s {
		if n == points {
			return s[:i]
		}
		n++
	}
	return s
}
