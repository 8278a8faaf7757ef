package store

import (
	"slices"
	"testing"

	"earshot/server/programme"
)

// A cursor knows the mask rule of each audience. Where a release has changed it,
// what is held through it may be less, or more, than it lets through now: it is
// dropped and read again, and with it all that might be held through it too.
func TestAnAudienceWhoseMaskRuleHasChangedIsReadAgain(t *testing.T) {
	schema := programme.Schema()
	audiences := []string{"desk", "people", "person:1", "team"}
	c := &cursor{Epoch: "e", DAT: 1, Top: 40}
	if dropped := c.agree(schema, audiences, nil, 40); dropped != nil || len(c.Fills) != 1 {
		t.Fatalf("a first read: %v %v", dropped, c.Fills)
	}
	c.Fills = nil
	if dropped := c.agree(schema, audiences, nil, 50); dropped != nil || c.Fills != nil || c.Top != 40 {
		t.Fatalf("nothing has changed: %v %v", dropped, c.Fills)
	}
	c.Rules["desk"] = "as an earlier release had it"
	dropped := c.agree(schema, audiences, nil, 50)
	if !slices.Equal(dropped, audiences) || len(c.Fills) != 1 || !slices.Equal(c.Fills[0].Audiences, audiences) || c.Fills[0].Upto != 50 {
		t.Fatalf("%v %+v", dropped, c)
	}
	again, err := parseCursor(c.String())
	if err != nil || again.String() != c.String() {
		t.Fatalf("%v %v", again, err)
	}
	if dropped := again.agree(schema, audiences, nil, 60); dropped != nil {
		t.Fatalf("dropped twice: %v", dropped)
	}
}
