package desk

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"earshot/server/demo"
	"earshot/server/desk/suggest"
	"earshot/server/store"
)

// The demonstration's views were written for it, and brought to its matters by
// hand: each is taken away from its matter and has to find it again.
func TestAViewFindsTheMatterThatItWasBroughtTo(t *testing.T) {
	now := time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := demo.Make(t.Context(), s, now, rand.NewChaCha8(sha256.Sum256([]byte("the same each time"))))
	if err != nil {
		t.Fatal(err)
	}
	k := know(d.DAT.Num)
	if _, err := k.catchUp(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	matters := inOrder(k.matters)
	for i := range matters {
		matters[i].Closed = false // what is done still says what it was about
	}
	linked := k.linked()
	asked, right, wrong := 0, 0, 0
	for _, v := range linked {
		others := slices.DeleteFunc(slices.Clone(linked), func(o *suggest.View) bool { return o == v })
		away := *v
		away.Matters = nil
		asked++
		if link, ok := suggest.GatherMatters(matters, others).Find(&away, v.Themes); ok && slices.Contains(v.Matters, link.Matter) {
			right++
		} else if ok {
			wrong++
		}
	}
	t.Logf("of %d views %d find their matter, and %d another", asked, right, wrong)
	if asked < 20 || 3*right < 2*asked || 5*wrong > right {
		t.Error("want two of three to find theirs, and hardly one another")
	}
}
