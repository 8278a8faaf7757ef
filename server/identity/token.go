package identity

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Access is what an access token says.
type Access struct {
	Device string `json:"device"`
	Member string `json:"member"`
	DAT    string `json:"dat"`
	Role   string `json:"role"`
	// Wipe marks a token of a revoked device: good for handing in what it still
	// holds and for hearing that it is to be wiped, and for nothing else.
	Wipe bool `json:"wipe,omitempty"`
}

// accessClaims are an access token's content.
type accessClaims struct {
	Access
	jwt.RegisteredClaims
}

// TokenLife is how long an access token is good for, at most.
const TokenLife = 15 * time.Minute

// An access token is for accessAudience and an assertion for assertionAudience,
// so that neither can stand for the other.
const (
	accessIssuer   = "earshot"
	accessAudience = "earshot/1"
)

// maxToken bounds what is looked at as a token, in bytes.
const maxToken = 4096

// errToken is given for any token that is not ours, or no longer.
var errToken = errors.New("identity: no good access token")

func (k *Keys) sign(a Access, now time.Time, life time.Duration) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, accessClaims{a, jwt.RegisteredClaims{
		Issuer: accessIssuer, Audience: jwt.ClaimStrings{accessAudience}, Subject: a.Device,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
	}})
	t.Header["kid"] = k.tokenID
	return t.SignedString(k.token)
}

func (k *Keys) verify(token string, now time.Time) (Access, time.Time, error) {
	if len(token) > maxToken {
		return Access{}, time.Time{}, errToken
	}
	var claims accessClaims
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(accessIssuer), jwt.WithAudience(accessAudience), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithStrictDecoding(),
	).ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != k.tokenID || t.Header["crit"] != nil {
			return nil, errToken
		}
		return k.token.Public().(ed25519.PublicKey), nil
	})
	if err != nil || claims.Device == "" || claims.Subject != claims.Device {
		return Access{}, time.Time{}, errToken
	}
	return claims.Access, claims.ExpiresAt.Time, nil
}
