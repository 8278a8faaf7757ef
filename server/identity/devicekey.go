package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A deviceKey is a device's public key, and the id that follows from it.
type deviceKey struct {
	id     string // RFC 7638 thumbprint, base64url
	jwk    []byte // the canonical JWK that the id is the hash of
	public *ecdsa.PublicKey
}

// errKey is given for a JWK that is no usable key.
var errKey = errors.New("identity: not an EC P-256 public key")

// readDeviceKey reads a JWK (RFC 7517, 7518 section 6.2). It takes a point of
// the curve P-256 in full-length coordinates and nothing else. A JWK that holds
// a private half is refused too: who sends that has given the key away.
func readDeviceKey(text jsontext.Value) (deviceKey, error) {
	var j struct {
		Kty string         `json:"kty"`
		Crv string         `json:"crv"`
		X   string         `json:"x"`
		Y   string         `json:"y"`
		D   jsontext.Value `json:"d"`
	}
	if err := json.Unmarshal(text, &j); err != nil || j.Kty != "EC" || j.Crv != "P-256" || j.D != nil {
		return deviceKey{}, errKey
	}
	b64 := base64.RawURLEncoding
	x, errX := b64.Strict().DecodeString(j.X)
	y, errY := b64.Strict().DecodeString(j.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return deviceKey{}, errKey
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return deviceKey{}, errKey
	}
	// RFC 7638: the required members alone, in order of their names, without blanks.
	// Encoded anew, since the decoder passes over line breaks.
	jwk := []byte(`{"crv":"P-256","kty":"EC","x":"` + b64.EncodeToString(x) + `","y":"` + b64.EncodeToString(y) + `"}`)
	sum := sha256.Sum256(jwk)
	return deviceKey{id: b64.EncodeToString(sum[:]), jwk: jwk, public: public}, nil
}
