package wire

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"

	"earshot/sync/record"
)

// pair gives an intake key and what opens for it.
func sealing(t testing.TB) (*Sealer, *Opener) {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSealer(Intake{ID: "k", Key: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpener(map[string]*ecdh.PrivateKey{"k": key})
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestAnUnknownKeyIsKeptNotOpened(t *testing.T) {
	s, o := sealing(t)
	raw, err := s.Seal("d", 1, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	f, err := DecodeClient([]byte(`{"t":"push","ops":[` + string(raw) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	e := f.(*Push).Ops[0]
	if _, p := o.Open("another", "d", 1, e.Sealed); p == nil || p.Code != record.Unopened {
		t.Fatal(p)
	}
	if _, p := o.Open("k", "d", 1, e.Sealed+"\n"); p == nil {
		t.Fatal("a line end is passed over")
	}
}

func TestAnIntakeKeyThatIsNoPointIsNotSealedTo(t *testing.T) {
	for _, key := range []string{"", "AAAA", "not base64!", base64.RawURLEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := NewSealer(Intake{ID: "k", Key: key}); !errors.Is(err, ErrIntake) {
			t.Errorf("%q: %v", key, err)
		}
	}
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewOpener(map[string]*ecdh.PrivateKey{"k": x}); err == nil {
		t.Error("a key of another curve was taken")
	}
}

func BenchmarkSeal(b *testing.B) {
	s, _ := sealing(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal("d", 1, []byte(plainOp)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s, o := sealing(b)
	raw, err := s.Seal("d", 1, []byte(plainOp))
	if err != nil {
		b.Fatal(err)
	}
	f, err := DecodeClient([]byte(`{"t":"push","ops":[` + string(raw) + `]}`))
	if err != nil {
		b.Fatal(err)
	}
	e := f.(*Push).Ops[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, p := o.Open("k", "d", 1, e.Sealed); p != nil {
			b.Fatal(p)
		}
	}
}
