package wire

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"earshot/sync/record"
)

// A sealed op is HPKE (RFC 9180) in base mode: DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM, no aad. The info binds it to the device and number
// that it was made for, so that it opens under no other.
func sealInfo(device string, n int64) []byte {
	info := append(make([]byte, 0, 80), "earshot/op/1|"...)
	info = append(info, device...)
	info = append(info, '|')
	return strconv.AppendInt(info, n, 10)
}

// ErrIntake is given for a sealing key that is no point of the curve.
var ErrIntake = errors.New("wire: the server's sealing key is no uncompressed P-256 point in base64url")

// A Sealer seals ops to one intake key. What it has sealed it can't open.
type Sealer struct {
	id  string
	key hpke.PublicKey
}

// NewSealer reads the server's intake key.
func NewSealer(to Intake) (*Sealer, error) {
	point, err := base64.RawURLEncoding.Strict().DecodeString(to.Key)
	if err != nil {
		return nil, ErrIntake
	}
	key, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(point)
	if err != nil || to.ID == "" {
		return nil, ErrIntake
	}
	return &Sealer{to.ID, key}, nil
}

// Seal gives the sealed op, as it stands in a push, of an op's JSON without n.
func (s *Sealer) Seal(device string, n int64, op []byte) ([]byte, error) {
	sealed, err := hpke.Seal(s.key, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(device, n), op)
	if err != nil {
		return nil, fmt.Errorf("wire: seal an op: %w", err)
	}
	return AppendSealed(nil, n, s.id, base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// An Opener opens sealed ops with the server's intake keys. It may be used by
// many goroutines at once.
type Opener struct{ keys map[string]hpke.PrivateKey }

// NewOpener takes the intake keys by their ids.
func NewOpener(keys map[string]*ecdh.PrivateKey) (*Opener, error) {
	o := &Opener{make(map[string]hpke.PrivateKey, len(keys))}
	for id, key := range keys {
		k, err := hpke.NewDHKEMPrivateKey(key)
		if err != nil || key.Curve() != ecdh.P256() {
			return nil, fmt.Errorf("wire: intake key %s is not one of P-256", id)
		}
		o.keys[id] = k
	}
	return o, nil
}

var unopened = record.Problem{
	Code:    record.Unopened,
	Message: "This op is kept, but does not open here. It was sealed to another key, for another device or number, or was damaged on its way.",
}

// Open opens a sealed op that a device handed in under a number, and gives its
// JSON, which has no n.
func (o *Opener) Open(key, device string, n int64, sealed string) ([]byte, *record.Problem) {
	k := o.keys[key]
	// The decoder passes over line ends, which no sealed op holds.
	if k == nil || strings.ContainsAny(sealed, "\r\n") {
		return nil, &unopened
	}
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return nil, &unopened
	}
	op, err := hpke.Open(k, hpke.HKDFSHA256(), hpke.AES256GCM(), sealInfo(device, n), bytes)
	if err != nil {
		return nil, &unopened
	}
	return op, nil
}
