package store_test

import (
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
)

func TestWhatComesFromOutsideIsMadeOrSaidToBeWrong(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dat, err := s.CreateDAT(t.Context(), "Ourtown DAT", "ourtown")
	if err != nil {
		t.Fatal(err)
	}
	const id = "01890000-0000-7000-8000-000000000001"
	service := func(name string) store.Creation {
		return store.Creation{Collection: "service", ID: id, Set: map[string]any{"name": name, "kind": "hostel", "sector": "nhs"}}
	}
	refused := service("Riverside")
	refused.Set["colour"] = "red"
	for name, it := range map[string]struct {
		of   store.Creation
		code string
	}{
		"a field that there is not": {refused, record.UnknownField},
		"bytes that are no text":    {service("River\xff"), record.Malformed},
		"an id that is none":        {store.Creation{Collection: "service", ID: "Riverside", Set: service("Riverside").Set}, record.WrongType},
	} {
		if p, err := s.Create(t.Context(), dat.Num, "", it.of); err != nil || p == nil || p.Code != it.code || p.Message == "" {
			t.Errorf("%s: %v %v, not %s", name, p, err, it.code)
		}
	}
	if p, err := s.Create(t.Context(), dat.Num, "", service("Riverside")); err != nil || p != nil {
		t.Fatalf("not made: %v %v", p, err)
	}
	made, err := s.Record(t.Context(), dat.Num, "service", id)
	if err != nil || made.Get("name").Text() != "Riverside" || made.Get("active") != record.Bool(true) {
		t.Errorf("made %v %v", made, err)
	}
}
