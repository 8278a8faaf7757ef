package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"earshot/sync/wire"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sealed gives an op as it stands sealed in a push.
func (p *phone) sealed(op frame) frame {
	p.w.t.Helper()
	n := op["n"].(int64)
	delete(op, "n")
	plain, err := json.Marshal(op)
	if err != nil {
		p.w.t.Fatal(err)
	}
	sealer, err := wire.NewSealer(p.intake)
	if err != nil {
		p.w.t.Fatal(err)
	}
	raw, err := sealer.Seal(p.device, n, plain)
	if err != nil {
		p.w.t.Fatal(err)
	}
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		p.w.t.Fatal(err)
	}
	return f
}
