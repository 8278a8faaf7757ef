package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// jwk gives the public key as a JWK.
func jwk(t *testing.T, key *ecdsa.PublicKey) jsontext.Value {
	t.Helper()
	point, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding
	return jsontext.Value(fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q,"ext":true}`, b64.EncodeToString(point[1:33]), b64.EncodeToString(point[33:])))
}

func newKey(t *testing.T) (*ecdsa.PrivateKey, deviceKey) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readDeviceKey(jwk(t, &private.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return private, key
}

func TestADeviceIsTheThumbprintOfItsKey(t *testing.T) {
	// The point is that of RFC 7515 appendix A.3; the thumbprint was computed from
	// RFC 7638's form by hand.
	key, err := readDeviceKey(jsontext.Value(`{"kty":"EC","crv":"P-256",
		"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"; key.id != want {
		t.Errorf("got %s, want %s", key.id, want)
	}
}

func TestWhatIsNoPublicKeyOfTheCurveIsRefused(t *testing.T) {
	good := `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`
	for name, text := range map[string]string{
		"nothing":           ``,
		"null":              `null`,
		"a string":          `"key"`,
		"an RSA key":        `{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
		"another curve":     strings.Replace(`{`+good+`}`, "P-256", "P-384", 1),
		"off the curve":     strings.Replace(`{`+good+`}`, "x_FEz", "x_FEy", 1),
		"the origin":        `{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		"short coordinates": `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}`,
		"padding":           strings.Replace(`{`+good+`}`, "VEU", "VEU=", 1),
		"a private key":     `{` + good + `,"d":"AAAA"}`,
		"a name twice":      `{` + good + `,"kty":"EC"}`,
		"no y":              `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}`,
	} {
		if _, err := readDeviceKey(jsontext.Value(text)); !errors.Is(err, errKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// claims of a good assertion of a device.
func claims(device string) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": device, "sub": device, "aud": "earshot", "jti": "j1",
		"iat": noon.Unix(), "exp": noon.Add(4 * time.Minute).Unix(),
	}
}

func signed(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	for k, v := range header {
		token.Header[k] = v
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnAssertionIsTakenFromItsDeviceInTimeAndFromNobodyElse(t *testing.T) {
	private, key := newKey(t)
	other, _ := newKey(t)
	find := func(_ context.Context, id string) (*ecdsa.PublicKey, error) {
		if id != key.id {
			return nil, errUnknownDevice
		}
		return key.public, nil
	}
	with := func(name string, value any) jwt.MapClaims {
		c := claims(key.id)
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return c
	}
	moved := func(d time.Duration) jwt.MapClaims {
		c := claims(key.id)
		c["iat"], c["exp"] = noon.Add(d).Unix(), noon.Add(d+4*time.Minute).Unix()
		return c
	}
	es := jwt.SigningMethodES256
	der, err := x509.MarshalPKIXPublicKey(key.public)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := signed(t, es, private, claims(key.id), nil)
	for _, it := range []struct {
		name string
		text string
		want error
	}{
		{"good", good, nil},
		{"audience as a list", signed(t, es, private, with("aud", []string{"earshot"}), nil), nil},
		{"a clock some seconds off", signed(t, es, private, moved(20*time.Second), nil), nil},
		{"no algorithm", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(key.id), nil), errAssertion},
		{"HS256 under the public key", signed(t, jwt.SigningMethodHS256, der, claims(key.id), nil), errAssertion},
		{"HS256 under the JWK", signed(t, jwt.SigningMethodHS256, key.jwk, claims(key.id), nil), errAssertion},
		{"EdDSA", signed(t, jwt.SigningMethodEdDSA, ed, claims(key.id), nil), errAssertion},
		{"another device's key", signed(t, es, other, claims(key.id), nil), errAssertion},
		{"an unknown device", signed(t, es, other, claims("nobody"), nil), errUnknownDevice},
		{"another audience", signed(t, es, private, with("aud", "elsewhere"), nil), errAssertion},
		{"a second audience", signed(t, es, private, with("aud", []string{"earshot", "elsewhere"}), nil), errAssertion},
		{"no audience", signed(t, es, private, with("aud", nil), nil), errAssertion},
		{"issuer and subject differ", signed(t, es, private, with("iss", "somebody"), nil), errAssertion},
		{"no subject", signed(t, es, private, with("sub", nil), nil), errAssertion},
		{"no jti", signed(t, es, private, with("jti", nil), nil), errAssertion},
		{"a huge jti", signed(t, es, private, with("jti", strings.Repeat("j", 200)), nil), errAssertion},
		{"no iat", signed(t, es, private, with("iat", nil), nil), errAssertion},
		{"no exp", signed(t, es, private, with("exp", nil), nil), errAssertion},
		{"good for too long", signed(t, es, private, with("exp", noon.Add(6*time.Minute).Unix()), nil), errAssertion},
		{"ends before it begins", signed(t, es, private, with("exp", noon.Add(-time.Minute).Unix()), nil), errAssertion},
		{"a critical header", signed(t, es, private, claims(key.id), map[string]any{"crit": []string{"x"}}), errAssertion},
		{"a clock that is fast", signed(t, es, private, moved(10*time.Minute), nil), errClockSkew},
		{"a clock that is slow", signed(t, es, private, moved(-10*time.Minute), nil), errClockSkew},
		{"a signature cut short", good[:len(good)-4], errAssertion},
		{"no token", "x", errAssertion},
		{"empty", "", errAssertion},
		{"huge", strings.Repeat("a", 1<<20), errAssertion},
	} {
		t.Run(it.name, func(t *testing.T) {
			got, err := readAssertion(t.Context(), it.text, noon, find)
			if !errors.Is(err, it.want) {
				t.Fatalf("got %v, want %v", err, it.want)
			}
			if err == nil && (got.device != key.id || got.jti != "j1" || !got.expires.After(noon)) {
				t.Errorf("read as %+v", got)
			}
		})
	}
}

func TestAnAccessTokenIsTakenFromThisServerAlone(t *testing.T) {
	k, err := OpenKeys(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := OpenKeys(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := Access{Device: "d", Member: "m", DAT: "t", Role: "volunteer"}
	good, err := k.sign(a, noon, TokenLife)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.sign(a, noon, TokenLife)
	if err != nil {
		t.Fatal(err)
	}
	public := []byte(k.token.Public().(ed25519.PublicKey))
	own := func(change map[string]any) jwt.MapClaims {
		c := jwt.MapClaims{
			"iss": "earshot", "aud": "earshot/1", "sub": "d", "device": "d", "member": "m", "dat": "t", "role": "admin",
			"iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
		}
		for n, v := range change {
			if v == nil {
				delete(c, n)
			} else {
				c[n] = v
			}
		}
		return c
	}
	kid := map[string]any{"kid": k.tokenID}
	device, _ := newKey(t)
	ed := jwt.SigningMethodEdDSA
	for _, it := range []struct {
		name  string
		token string
		good  bool
	}{
		{"good", good, true},
		{"another server's", foreign, false},
		{"another server's under our kid", signed(t, ed, stranger.token, own(nil), kid), false},
		{"no kid", signed(t, ed, k.token, own(nil), nil), false},
		{"another kid", signed(t, ed, k.token, own(nil), map[string]any{"kid": "x"}), false},
		{"a kid that is no text", signed(t, ed, k.token, own(nil), map[string]any{"kid": 7}), false},
		{"a critical header", signed(t, ed, k.token, own(nil), map[string]any{"kid": k.tokenID, "crit": []string{"x"}}), false},
		{"no algorithm", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, own(nil), kid), false},
		{"HS256 under the public key", signed(t, jwt.SigningMethodHS256, public, own(nil), kid), false},
		{"ES256 by a device", signed(t, jwt.SigningMethodES256, device, own(nil), kid), false},
		{"an assertion's audience", signed(t, ed, k.token, own(map[string]any{"aud": "earshot"}), kid), false},
		{"another issuer", signed(t, ed, k.token, own(map[string]any{"iss": "d"}), kid), false},
		{"expired", signed(t, ed, k.token, own(map[string]any{"exp": noon.Add(-time.Second).Unix()}), kid), false},
		{"without end", signed(t, ed, k.token, own(map[string]any{"exp": nil}), kid), false},
		{"without a device", signed(t, ed, k.token, own(map[string]any{"device": nil}), kid), false},
		{"another subject", signed(t, ed, k.token, own(map[string]any{"sub": "e"}), kid), false},
		{"none", "", false},
		{"huge", strings.Repeat("e", 1<<20), false},
	} {
		t.Run(it.name, func(t *testing.T) {
			got, _, err := k.verify(it.token, noon)
			if it.good != (err == nil) {
				t.Fatalf("got %v", err)
			}
			if it.good && got != a {
				t.Errorf("read as %+v", got)
			}
		})
	}
	if _, _, err := k.verify(good, noon.Add(TokenLife+time.Second)); err == nil {
		t.Error("a token is good for longer than 15 minutes")
	}
}
