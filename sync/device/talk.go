package device

import (
	"context"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"earshot/sync/wire"
)

// hello says who we are and what we hold.
func (d *Device) hello(access string, reads, copied bool) wire.Hello {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := wire.Hello{
		Access: access, App: d.o.App, Schema: d.o.Schema.Version, Reads: reads,
		Now: d.now(), Holds: d.holds(), Copied: copied,
	}
	if reads {
		h.Epoch, h.Cursor, h.Again = d.own.Epoch, d.own.Cursor, slices.Clone(d.again)
		d.greeted = d.own.Acked
	}
	return h
}

// welcome takes in the first welcome of a connection. ErrCopied says that
// nothing may go under this key's numbers any more.
func (d *Device) welcome(w *wire.Welcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard(w.Now)
	if d.isCopied(w) {
		return d.markCopied()
	}
	return d.welcomed(w, w.Acked)
}

// welcomeAgain takes in one that says that role or audiences are others now.
func (d *Device) welcomeAgain(w *wire.Welcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard(w.Now)
	// Acks may be on their way, so it says nothing new of what was handed in.
	w.Safe = max(w.Safe, d.own.Safe)
	return d.welcomed(w, d.own.Acked)
}

func (d *Device) welcomed(w *wire.Welcome, acked int64) error {
	d.limits = w.Limits
	if w.Intake != d.own.Intake {
		if err := d.sealTo(w.Intake); err != nil {
			return err
		}
	}
	return d.settle(&wire.Ack{Acked: acked, Safe: min(w.Safe, acked)}, func(o *own) {
		o.Audiences, o.Intake, o.Backed = slices.Clone(w.Audiences), w.Intake, w.Backed
	})
}

// isCopied says whether the server holds, under this device's numbers, something
// that this device never put there. d.mu is held.
func (d *Device) isCopied(w *wire.Welcome) bool {
	if w.Acked > d.own.Sent {
		return true
	}
	if w.Tip == "" || w.Acked == 0 {
		return false
	}
	if i := d.find(w.Acked); i >= 0 && len(d.ops[i].Hash) == 32 {
		return wire.Tip([32]byte(d.ops[i].Hash)) != w.Tip
	}
	return d.own.TipN == w.Acked && d.own.Tip != "" && d.own.Tip != w.Tip
}

// markCopied remembers that this key's numbers are no longer ours alone, and
// gives ErrCopied. d.mu is held.
func (d *Device) markCopied() error {
	if err := d.update(func(_ Tx, o *own) error {
		o.Copied, o.Trouble = true, "copied"
		return nil
	}); err != nil {
		return err
	}
	d.tell()
	return ErrCopied
}

// trouble remembers the code of what went wrong, for the desk to see. It is
// stored with the next change.
func (d *Device) trouble(code string) {
	if code == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.own.Trouble = code
	d.o.Log.Info("trouble with the server", "code", code)
}

// spare is how long before its end a token is renewed, at most a third of its life.
const spare = 90 * time.Second

func (t *token) renewAt() time.Time { return t.until.Add(-min(spare, t.life/3)) }

// Access gives an access token for the server's other calls, a fresh one where
// the last is about to end.
func (d *Device) Access(ctx context.Context) (string, error) {
	d.mu.Lock()
	t := d.token
	d.mu.Unlock()
	if t != nil && d.o.Now().Before(t.renewAt()) {
		return t.access, nil
	}
	return d.renew(ctx)
}

// renew asks for a new token, a second time where the first showed that the
// device's clock is off.
func (d *Device) renew(ctx context.Context) (string, error) {
	for corrected := false; ; corrected = true {
		d.mu.Lock()
		k, id, now := d.key, d.own.Me.Device, d.serverNow()
		d.mu.Unlock()
		if id == "" {
			return "", ErrNotEnrolled
		}
		assertion, err := k.assertion(id, now)
		if err != nil {
			return "", err
		}
		t, err := d.server.token(ctx, assertion, d.o.Now)
		if err != nil {
			r := refusalOf(err)
			if r == nil || r.Code != "clock_skew" || r.Now == 0 || corrected {
				return "", err
			}
			d.mu.Lock()
			d.heard(r.Now)
			d.mu.Unlock()
			continue
		}
		return t.access, d.take(t)
	}
}

// take takes over a token, and the role that it was given for.
func (d *Device) take(t *token) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.token = t
	d.heard(t.now)
	role := roleIn(t.access)
	if role == "" || role == d.own.Me.Role || d.own.Wiped != 0 {
		return nil
	}
	if err := d.update(func(_ Tx, o *own) error { o.Me.Role = role; return nil }); err != nil {
		return err
	}
	d.tell()
	return nil
}

// roleIn reads the role in an access token. What it allows is the server's to
// judge; here it says what is sealed.
func roleIn(access string) string {
	var claims struct {
		jwt.RegisteredClaims
		Role string `json:"role"`
	}
	if _, _, err := jwt.NewParser().ParseUnverified(access, &claims); err != nil {
		return ""
	}
	return claims.Role
}

// dropToken forgets a token that the server did not take.
func (d *Device) dropToken() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.token = nil
}

// renewAt gives when the token has to be renewed; zero where there is none.
func (d *Device) renewAt() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.token == nil {
		return time.Time{}
	}
	return d.token.renewAt()
}
