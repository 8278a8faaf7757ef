package rig

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"earshot/sync/wire"
)

// A Member is one enrolled device and whoever holds it. It is made from the
// protocol's page, and shares frames and sealing with sync/device but nothing of
// how it goes about things: two clients find more than one.
type Member struct {
	Device string
	ID     string // the member's record
	URL    string
	key    *ecdsa.PrivateKey
	sealer *wire.Sealer
	access *access
}

// access keeps a token as long as it is good.
type access struct {
	mu    sync.Mutex
	token string
	until time.Time
}

// Enrol brings a new key together with a code.
func Enrol(ctx context.Context, url, code, name string) (Member, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Member{}, fmt.Errorf("rig: making a key: %w", err)
	}
	point, err := key.PublicKey.Bytes() // 4 ‖ x ‖ y
	if err != nil {
		return Member{}, fmt.Errorf("rig: making a key: %w", err)
	}
	x, y := base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
	// RFC 7638: the required members in the order of the alphabet.
	thumbprint := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))

	var enrolled struct {
		Device, Member string
		Intake         wire.Intake
	}
	if err := post(ctx, url+"/v1/enrol", "", http.StatusCreated, map[string]any{
		"code": code, "name": name, "key": map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y},
	}, &enrolled); err != nil {
		return Member{}, err
	}
	if want := base64.RawURLEncoding.EncodeToString(thumbprint[:]); enrolled.Device != want {
		return Member{}, fmt.Errorf("rig: the server names the device %s, its thumbprint is %s", enrolled.Device, want)
	}
	sealer, err := wire.NewSealer(enrolled.Intake)
	if err != nil {
		return Member{}, fmt.Errorf("rig: the server's sealing key: %w", err)
	}
	return Member{
		Device: enrolled.Device, ID: enrolled.Member, URL: url, key: key, sealer: sealer, access: &access{},
	}, nil
}

// Seal seals an op as the device's op n.
func (m Member) Seal(n int64, op []byte) ([]byte, error) { return m.sealer.Seal(m.Device, n, op) }

// Access gives an access token, a fresh one where the last has under a minute left.
func (m Member) Access(ctx context.Context) (string, error) {
	m.access.mu.Lock()
	defer m.access.mu.Unlock()
	now := time.Now()
	if m.access.until.Sub(now) > time.Minute {
		return m.access.token, nil
	}
	assertion, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": m.Device, "sub": m.Device, "aud": "earshot",
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": uuid.NewString(),
	}).SignedString(m.key)
	if err != nil {
		return "", fmt.Errorf("rig: signing an assertion: %w", err)
	}
	var answer struct {
		Access    string
		ExpiresIn int `json:"expires_in"`
		Now       string
	}
	if err := post(ctx, m.URL+"/v1/token", "", http.StatusOK, map[string]string{"assertion": assertion}, &answer); err != nil {
		return "", err
	}
	m.access.token, m.access.until = answer.Access, now.Add(time.Duration(answer.ExpiresIn)*time.Second)
	return answer.Access, nil
}

// Dial opens the device's line. One that reads begins from nothing.
func (m Member) Dial(ctx context.Context, reads bool) (*Line, error) {
	if reads {
		return m.dial(ctx, &Place{}, false)
	}
	return m.dial(ctx, nil, false)
}

// DialAt opens the device's line to read on from a place.
func (m Member) DialAt(ctx context.Context, from Place) (*Line, error) {
	return m.dial(ctx, &from, false)
}

// DialDeflated opens the device's line to read from nothing, deflated as
// browsers ask for it.
func (m Member) DialDeflated(ctx context.Context) (*Line, error) {
	return m.dial(ctx, &Place{}, true)
}

func (m Member) dial(ctx context.Context, from *Place, deflate bool) (*Line, error) {
	token, err := m.Access(ctx)
	if err != nil {
		return nil, err
	}
	return dial(ctx, m.URL, token, from, deflate)
}

// patience is how long one call may take.
const patience = time.Minute

func post(ctx context.Context, url, access string, want int, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != want {
		return fmt.Errorf("rig: %s answers %s: %s", request.URL.Path, response.Status, got)
	}
	return json.Unmarshal(got, answer)
}
