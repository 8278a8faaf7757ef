package programme_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"earshot/server/programme"
)

func TestTheSchemaSaysWhoMakesSetsAndReads(t *testing.T) {
	var said struct {
		Schema      int
		Collections map[string]struct {
			MadeBy []string `json:"made_by"`
			Fields map[string]struct {
				Kind       string
				Type       string
				Values     []string
				Max        int64
				Required   bool
				Redactable bool
				SetBy      []string `json:"set_by"`
				ReadBy     []string `json:"read_by"`
			}
		}
	}
	if err := json.Unmarshal(programme.JSON(), &said); err != nil {
		t.Fatal(err)
	}
	if said.Schema != programme.Version || len(said.Collections) != len(programme.Schema().Collections) {
		t.Errorf("schema %d with %d collections", said.Schema, len(said.Collections))
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	view := said.Collections["view"]
	same("who makes a view", view.MadeBy, "volunteer", "outreach", "coordinator", "manager")
	same("who makes an escalation", said.Collections["escalation"].MadeBy, view.MadeBy...)
	same("who sets its words", view.Fields["words"].SetBy, view.MadeBy...)
	same("who reads its words", view.Fields["words"].ReadBy, "desk", "service:SERVICE")
	same("who sets its weight", view.Fields["weight"].SetBy, "coordinator")
	same("who reads when it was heard", view.Fields["at"].ReadBy, "desk")
	same("who reads its week", view.Fields["week"].ReadBy, "desk", "person:BY", "service:SERVICE")
	same("who reads its receipt", view.Fields["receipt"].ReadBy)
	same("how far it may travel", view.Fields["share"].Values, "words", "summary", "team")
	if f := view.Fields["words"]; f.Kind != "register" || f.Type != "string" || f.Max != 8000 || f.Required || !f.Redactable {
		t.Errorf("words are %+v", f)
	}
	if f := view.Fields["share"]; f.Kind != "narrow" || !f.Required {
		t.Errorf("share is %+v", f)
	}
	if f := view.Fields["by"]; f.Kind != "once" || f.Type != "id" || f.Required {
		t.Errorf("by is %+v", f)
	}
	if f := said.Collections["member"].Fields["name"]; f.Max != 200 || !slices.Contains(f.ReadBy, "person:ID") {
		t.Errorf("a member's name is %+v", f)
	}
	if f := said.Collections["matter"].Fields["title"]; f.Max != 2000 || !f.Required {
		t.Errorf("a title is %+v", f)
	}
	if text := string(programme.JSON()); strings.Count(text, `"max":`) != strings.Count(text, `"kind": "`) {
		t.Error("every field has every key")
	}
	// No field is there for who a speaker is.
	for name := range view.Fields {
		if slices.Contains([]string{"name", "initials", "born", "postcode", "place", "photo", "voice", "phone"}, name) {
			t.Errorf("a view has a field %q", name)
		}
	}
}
