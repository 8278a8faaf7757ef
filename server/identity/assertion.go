package identity

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"earshot/server/store"
	"earshot/sync/record"
)

const (
	assertionAudience = "earshot"
	// assertionLife is the longest that an assertion may be good for.
	assertionLife = 5 * time.Minute
	// skew is how far a device's clock may be off.
	skew = 30 * time.Second
	// maxJTI bounds what is remembered of an assertion, in bytes.
	maxJTI = 128
)

var (
	errAssertion     = errors.New("identity: no good assertion")
	errClockSkew     = errors.New("identity: the assertion's clock is off")
	errUnknownDevice = errors.New("identity: unknown device")
)

// An assertion is what a device signed to be given a token.
type assertion struct {
	device  string
	jti     string
	expires time.Time // until when the jti has to be remembered
}

// readAssertion checks a device's assertion, but for whether it was used before.
// find gives a device's key; errUnknownDevice goes through as it is.
//
// Signature first, times after it: only the holder of the key is told what
// the time is here.
func readAssertion(ctx context.Context, text string, now time.Time, find func(context.Context, string) (*ecdsa.PublicKey, error)) (assertion, error) {
	if len(text) > maxToken {
		return assertion{}, errAssertion
	}
	var claims jwt.RegisteredClaims
	var finding error
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding(),
	).ParseWithClaims(text, &claims, func(t *jwt.Token) (any, error) {
		if t.Header["crit"] != nil || claims.Subject == "" || claims.Subject != claims.Issuer {
			return nil, errAssertion
		}
		var key *ecdsa.PublicKey
		key, finding = find(ctx, claims.Subject)
		return key, finding
	})
	if finding != nil {
		return assertion{}, finding
	}
	if err != nil || len(claims.Audience) != 1 || claims.Audience[0] != assertionAudience ||
		claims.ID == "" || len(claims.ID) > maxJTI || claims.IssuedAt == nil || claims.ExpiresAt == nil {
		return assertion{}, errAssertion
	}
	issued, expires := claims.IssuedAt.Time, claims.ExpiresAt.Time
	if life := expires.Sub(issued); life <= 0 || life > assertionLife {
		return assertion{}, errAssertion
	}
	if issued.After(now.Add(skew)) || !expires.After(now.Add(-skew)) ||
		claims.NotBefore != nil && claims.NotBefore.After(now.Add(skew)) {
		return assertion{}, errClockSkew
	}
	return assertion{device: claims.Subject, jti: claims.ID, expires: expires.Add(skew)}, nil
}

// Token is what an assertion is exchanged for.
type Token struct {
	Access    string `json:"access"`
	ExpiresIn int    `json:"expires_in"` // seconds
	Now       string `json:"now"`
}

// Token gives an access token for a device's assertion.
func (a *Authority) Token(ctx context.Context, from netip.Addr, text string) (Token, error) {
	if wait, ok := a.refusal.Allow(from); !ok {
		return Token{}, ErrTooMany.After(wait)
	}
	now := a.o.Now()
	device, err := a.asserted(ctx, text, now)
	if err != nil {
		if errors.Is(err, ErrUnknownDevice) || errors.Is(err, ErrAssertion) || errors.Is(err, ErrReplay) {
			a.refusal.Missed(from)
		}
		return Token{}, err
	}
	c, err := a.Standing(ctx, device)
	if err != nil {
		return Token{}, err
	}
	life := TokenLife
	if c.Ends != 0 && !c.Revoked {
		life = min(life, c.Ends.Std().Sub(now)) // not beyond the device's own end
	}
	access, err := a.keys.sign(Access{Device: c.Device, Member: c.Member, DAT: c.DATID, Role: c.Role, Wipe: c.Revoked}, now, life)
	if err != nil {
		return Token{}, fmt.Errorf("identity: signing an access token: %w", err)
	}
	return Token{Access: access, ExpiresIn: max(1, int(life/time.Second)), Now: record.At(now).String()}, nil
}

// asserted gives the device that an assertion is of, and uses the assertion up.
func (a *Authority) asserted(ctx context.Context, text string, now time.Time) (device string, err error) {
	got, err := readAssertion(ctx, text, now, a.deviceKey)
	switch {
	case errors.Is(err, errUnknownDevice):
		return "", ErrUnknownDevice
	case errors.Is(err, errClockSkew):
		return "", ErrClockSkew.With("now", record.At(now).String())
	case errors.Is(err, errAssertion):
		return "", ErrAssertion
	case err != nil:
		return "", unavailable(err)
	}
	fresh, err := a.store.Once(ctx, got.device, got.jti, record.At(got.expires))
	switch {
	case err != nil:
		return "", unavailable(err)
	case !fresh:
		return "", ErrReplay
	}
	return got.device, nil
}

func (a *Authority) deviceKey(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	d, err := a.store.Device(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errUnknownDevice
	}
	if err != nil {
		return nil, err
	}
	key, err := readDeviceKey(jsontext.Value(d.Key))
	return key.public, err
}
