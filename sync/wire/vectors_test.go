package wire

import (
	"crypto/ecdh"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
)

// cases reads one file of the vectors that every implementation runs.
func cases[Case any](t *testing.T, file string) []Case {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Cases []Case `json:"cases"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) == 0 {
		t.Fatalf("%s holds no case", file)
	}
	return v.Cases
}

func TestCanonicalVectors(t *testing.T) {
	for _, c := range cases[struct {
		Name string  `json:"name"`
		In   string  `json:"in"`
		Out  *string `json:"out"`
	}](t, "canonical.json") {
		t.Run(c.Name, func(t *testing.T) {
			got, err := Canonical([]byte(c.In))
			switch {
			case c.Out == nil && err == nil:
				t.Fatalf("%s was taken as %s", c.In, got)
			case c.Out != nil && (err != nil || string(got) != *c.Out):
				t.Fatalf("%s gives %s, %v; want %s", c.In, got, err, *c.Out)
			}
			if err == nil {
				if again, err := Canonical([]byte(got)); err != nil || again != got {
					t.Fatalf("%s is not its own canonical form: %s, %v", got, again, err)
				}
			}
		})
	}
}

func TestBackoffVectors(t *testing.T) {
	for _, c := range cases[struct {
		Name    string  `json:"name"`
		Attempt int     `json:"attempt"`
		Visible bool    `json:"visible"`
		Dice    float64 `json:"dice"`
		MS      int64   `json:"ms"`
	}](t, "backoff.json") {
		t.Run(c.Name, func(t *testing.T) {
			if got := Backoff(c.Attempt, c.Visible, c.Dice); got != time.Duration(c.MS)*time.Millisecond {
				t.Fatalf("%v, want %d ms", got, c.MS)
			}
		})
	}
}

func TestSealVectors(t *testing.T) {
	for _, c := range cases[struct {
		Name    string  `json:"name"`
		Device  string  `json:"device"`
		N       int64   `json:"n"`
		Key     string  `json:"key"`
		Private string  `json:"private"`
		Public  string  `json:"public"`
		Sealed  string  `json:"sealed"`
		Op      *string `json:"op"`
	}](t, "seal.json") {
		t.Run(c.Name, func(t *testing.T) {
			o := opener(t, c.Key, c.Private)
			op, p := o.Open(c.Key, c.Device, c.N, c.Sealed)
			if c.Op == nil {
				if p == nil || p.Code != record.Unopened {
					t.Fatalf("it opened: %s, %v", op, p)
				}
				return
			}
			if p != nil || string(op) != *c.Op {
				t.Fatalf("%s, %v", op, p)
			}
			s, err := NewSealer(Intake{ID: c.Key, Key: c.Public})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := s.Seal(c.Device, c.N, op)
			if err != nil {
				t.Fatal(err)
			}
			f, err := DecodeClient([]byte(`{"t":"push","ops":[` + string(raw) + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			e := f.(*Push).Ops[0]
			if again, p := o.Open(e.Key, c.Device, e.N, e.Sealed); p != nil || string(again) != *c.Op {
				t.Fatalf("what is sealed here does not open: %v", p)
			}
		})
	}
}

func opener(t testing.TB, id, private string) *Opener {
	t.Helper()
	d, err := base64.RawURLEncoding.DecodeString(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpener(map[string]*ecdh.PrivateKey{id: key})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
