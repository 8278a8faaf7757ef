package identity

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
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
