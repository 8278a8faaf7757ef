package store

import (
	"context"
	"errors"
	"testing"

	"earshot/server/programme"
	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// What cannot be kept in the ledger is not committed: a restore would undo it.
func TestNothingIsTakenAwayThatTheLedgerDoesNotHold(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := s.CreateDAT(ctx, "North", "north")
	if err != nil {
		t.Fatal(err)
	}
	c := programme.Schema().Collection("service")
	id := "01890a5d-ac96-774b-bcce-b302099a8001"
	if p, err := s.Create(ctx, d.Num, "", Creation{Collection: "service", ID: id, Set: map[string]any{"name": "Riverside", "kind": "group", "sector": "nhs"}}); p != nil || err != nil {
		t.Fatal(p, err)
	}
	if err := s.keeper.Ledger.Close(); err != nil {
		t.Fatal(err)
	}
	withdraw := []*record.Op{{Collection: c, ID: id, Withdraw: true}}
	if _, err := s.Do(ctx, d.Num, "", withdraw); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("it was answered with %v", err)
	}
	if r, err := s.Record(ctx, d.Num, "service", id); err != nil || r.Gone {
		t.Fatal("it took effect", err)
	}
	// Everything else goes on.
	if p, err := s.Create(ctx, d.Num, "", Creation{Collection: "service", ID: "01890a5d-ac96-774b-bcce-b302099a8002", Set: map[string]any{"name": "Hill", "kind": "group", "sector": "nhs"}}); p != nil || err != nil {
		t.Fatal(p, err)
	}
	if s.keeper.Ledger, _, err = ledger.Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Do(ctx, d.Num, "", withdraw); err != nil || r[0].Status != record.Applied {
		t.Fatal(r, err)
	}
}
