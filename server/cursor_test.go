package server_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
)

func TestACursorThatAsksForMoreReadingThanThereIsBeginsAnew(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("one"), "coordinator")
	l, _ := p.connect()
	_, last := l.catchUp()
	raw, err := base64.RawURLEncoding.DecodeString(last.text("cursor"))
	if err != nil {
		t.Fatal(err)
	}
	many := make([]string, 20_000)
	fills := make([]any, 15_000)
	for i := range many {
		many[i] = "team"
	}
	for i := range fills {
		fills[i] = map[string]any{"a": []string{"team"}, "p": 0, "u": 0, "s": 0}
	}
	for name, f := range map[string][]any{
		"one fill names an audience again and again": {map[string]any{"a": many, "p": 0, "u": 0, "s": 0}},
		"an audience has fill after fill":            fills,
	} {
		t.Run(name, func(t *testing.T) {
			var c map[string]any
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			c["f"] = f
			made, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			a := w.post("/v1/sync", p.access, map[string]any{"hello": p.hello(from(p.epoch, base64.RawURLEncoding.EncodeToString(made)))})
			var reply struct {
				Reset struct{ Reason string }
			}
			if err := json.Unmarshal(a.body, &reply); err != nil || reply.Reset.Reason != "cursor" {
				t.Fatalf("status %d, reset %q, %v", a.status, reply.Reset.Reason, err)
			}
		})
	}
}
