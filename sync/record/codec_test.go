package record

import (
	"encoding/json"
	"testing"
)

func TestFieldsAreCanonical(t *testing.T) {
	h := made(t, `body=he said "no" \ and left`, "tags+b,a", "place=here")
	got := AppendFields(nil, h.rec, ^Mask(0))
	var v map[string]any
	if err := json.Unmarshal(got, &v); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(v) // sorts keys
	if err != nil || string(again) != string(got) {
		t.Fatalf("%s\nis not\n%s", got, again)
	}
	fields, err := ParseFields(h.c, got)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range fields {
		if v != h.rec.Fields[i] {
			t.Errorf("%s came back as %s", h.c.Fields[i].Name, v)
		}
	}
}

func TestParseFieldsTellsOffWhatIsCut(t *testing.T) {
	c := pageSchema().Collection("page")
	whole := `{"body":"a","notes":[{"id":"x","text":"}]"}],"title":"T\\\""}`
	for i := range whole {
		if _, err := ParseFields(c, []byte(whole[:i])); err == nil {
			t.Errorf("%s was taken", whole[:i])
		}
	}
	if _, err := ParseFields(c, []byte(`{"unknown":[1,{"a":"]"}],"title":"T"}`)); err != nil {
		t.Error("a field that is not known is passed over")
	}
}

func FuzzUnmarshalState(f *testing.F) {
	h := made(f, "body=A", "tags+a", "notes+one")
	h.do("e1", 1, "body=B", "tags+b", "notes+two", "status=shown")
	h.do("f1", 1, "body!C", "tags-a", "level=secret")
	h.do("e1", 2, "body~D")
	f.Add(MarshalState(h.rec))
	f.Add([]byte{stateLayout, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		rec := &Record{Collection: h.c, ID: "p1", V: h.rec.V, Made: h.rec.Made, Fields: h.rec.Fields}
		if err := UnmarshalState(rec, b); err != nil {
			if rec.States != nil {
				t.Fatal("a state that can't be read left something behind")
			}
			return
		}
		rec.Grants()
		AppendLosers(nil, rec, ^Mask(0))
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"body":"a","notes":[{"id":"x","text":"y"}],"tags":["a","b"]}`))
	f.Add([]byte(`{"body":[{"at":"2026-01-01T00:00:00Z","by":"m","device":"d","n":1,"value":null}]}`))
	c := pageSchema().Collection("page")
	f.Fuzz(func(t *testing.T, b []byte) {
		if fields, err := ParseFields(c, b); err == nil {
			rec := &Record{Collection: c, Fields: fields}
			rec.Grants()
			AppendFields(nil, rec, rec.Collection.plan.everything)
		}
		rec := &Record{Collection: c, V: 1, Fields: make([]Value, len(c.Fields))}
		if err := ParseLosers(rec, b); err == nil {
			AppendLosers(nil, rec, ^Mask(0))
		}
	})
}
