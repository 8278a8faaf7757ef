package device

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// assertionLife is how long an assertion counts. The protocol allows 5 minutes.
const assertionLife = 2 * time.Minute

// A key is the device's own: who it is.
type key struct{ private *ecdsa.PrivateKey }

func newKey() (key, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return key{}, fmt.Errorf("device: make a key: %w", err)
	}
	return key{k}, nil
}

func parseKey(der []byte) (key, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return key{}, fmt.Errorf("device: read the key: %w", err)
	}
	private, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return key{}, fmt.Errorf("device: the stored key is a %T", k)
	}
	return key{private}, nil
}

func (k key) der() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("device: write the key: %w", err)
	}
	return der, nil
}

// A jwk is a public key as RFC 7517 writes it, its members in the order of
// their names, as RFC 7638 wants them.
type jwk struct {
	Crv string `json:"crv"`
	Kty string `json:"kty"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

func (k key) public() (jwk, error) {
	point, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return jwk{}, fmt.Errorf("device: the public key: %w", err)
	}
	enc := base64.RawURLEncoding
	return jwk{"P-256", "EC", enc.EncodeToString(point[1:33]), enc.EncodeToString(point[33:65])}, nil
}

// thumbprint gives the key's RFC 7638 thumbprint, which is the device's id.
func (j jwk) thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"` + j.Crv + `","kty":"` + j.Kty + `","x":"` + j.X + `","y":"` + j.Y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// assertion says who is asking, for one call of /v1/token.
func (k key) assertion(device string, now time.Time) (string, error) {
	id := make([]byte, 16)
	rand.Read(id) // never fails: it would have crashed the program
	claims := jwt.MapClaims{
		"iss": device, "sub": device, "aud": "earshot",
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
		"jti": base64.RawURLEncoding.EncodeToString(id),
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, claims).SignedString(k.private)
	if err != nil {
		return "", fmt.Errorf("device: sign: %w", err)
	}
	return signed, nil
}
