package sim

import "crypto/rand"

// random is what crypto draws from, which the seed decides.
type random struct{}

func (random) Read(b []byte) (int, error) { return rand.Read(b) }
