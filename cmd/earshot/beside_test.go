package main_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
)

// serving runs `earshot serve` until the test ends, and gives its URL.
func serving(t *testing.T, data string) (url string, process *exec.Cmd) {
	t.Helper()
	run := exec.CommandContext(t.Context(), binary, "serve", "--data", data, "--listen", "127.0.0.1:0")
	out, err := run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Process.Kill() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			go func() {
				for lines.Scan() { // nobody waits for what it logs
				}
			}()
			return url, run
		}
	}
	t.Fatal("serve does not say where it listens")
	return "", nil
}

// asked posts JSON and reads the answer into into.
func asked(t *testing.T, url string, body any, status int, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != status {
		t.Fatalf("%s: %s", url, got.Status)
	}
	if err := json.NewDecoder(got.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

type deviceListed struct {
	ID, Member, Name string
	LastSeen         *string `json:"last_seen"`
	Holds            *struct {
		Ops       int
		Oldest    *string
		Persisted bool
		Trouble   *string
		App       string
	}
	Revoked bool
}

type devicesListed struct{ Devices []deviceListed }

func TestWhatACommandWritesCountsAtOnceBesideARunningServer(t *testing.T) {
	data := aDAT(t)
	url, server := serving(t, data)
	invited := must[struct{ Code, Link, Member, Expires string }](t, "invite", "--data", data, "--dat", "ourtown", "--name", "Sam", "--role", "volunteer")

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	key := map[string]string{
		"kty": "EC", "crv": "P-256",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}
	var enrolled struct{ Device, Member string }
	asked(t, url+"/v1/enrol", map[string]any{"code": invited.Code, "key": key, "name": "Sam's phone"}, http.StatusCreated, &enrolled)
	if enrolled.Member != invited.Member {
		t.Errorf("invited %s, enrolled %s", invited.Member, enrolled.Member)
	}
	now := time.Now()
	assertion, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": enrolled.Device, "sub": enrolled.Device, "aud": "earshot", "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}).SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	var token struct{ Access string }
	asked(t, url+"/v1/token", map[string]string{"assertion": assertion}, http.StatusOK, &token)
	conn, _, err := (&websocket.Dialer{Subprotocols: []string{"earshot.v1"}}).Dial("ws"+strings.TrimPrefix(url, "http")+"/v1/sync", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"t": "hello", "access": token.Access, "app": "test", "cursor": nil, "holds": map[string]any{"ops": 2}}); err != nil {
		t.Fatal(err)
	}
	// next gives the next frame of a kind.
	next := func(kind string) string {
		t.Helper()
		for {
			conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, data, err := conn.ReadMessage()
			if err != nil {
				t.Fatalf("waiting for %s: %v", kind, err)
			}
			if strings.HasPrefix(string(data), `{"t":"`+kind+`"`) {
				return string(data)
			}
		}
	}
	for !strings.Contains(next("changes"), `"more":false`) {
	}

	service := must[struct{ ID, Name string }](t, "service", "add", "--data", data, "--dat", "ourtown", "--name", "Riverside", "--kind", "group", "--sector", "nhs")
	wrote := time.Now()
	if page := next("changes"); !strings.Contains(page, service.ID) {
		t.Errorf("a service that a command made comes as %.300s", page)
	}
	if took := time.Since(wrote); took > 2*time.Second {
		t.Errorf("a service that a command made comes after %v", took)
	}

	listed := must[devicesListed](t, "device", "list", "--data", data, "--dat", "ourtown")
	if len(listed.Devices) != 1 || listed.Devices[0].ID != enrolled.Device || listed.Devices[0].Name != "Sam's phone" || listed.Devices[0].Holds == nil || listed.Devices[0].Holds.Ops != 2 || listed.Devices[0].Revoked {
		t.Errorf("listed: %+v", listed)
	}
	shown := earshot(t, nil, "device", "list", "--data", data, "--dat", "ourtown").stdout
	if line := strings.Split(shown, "\n")[1]; !strings.HasPrefix(line, "Sam ") || !strings.Contains(line, "Sam's phone") || !strings.Contains(line, " 2 waiting") {
		t.Errorf("a person is shown:\n%s", shown)
	}
	revoked := must[devicesListed](t, "device", "revoke", "--data", data, "--dat", "ourtown", "--device", enrolled.Device)
	wrote = time.Now()
	if len(revoked.Devices) != 1 || revoked.Devices[0].ID != enrolled.Device || !revoked.Devices[0].Revoked {
		t.Errorf("revoked: %+v", revoked)
	}
	next("wipe")
	if took := time.Since(wrote); took > 2*time.Second {
		t.Errorf("wiped after %v", took)
	}

	// A stop, with a connection that is just there.
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := server.Wait(); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("the server ended with %v after %v", err, time.Since(began))
	}
}
