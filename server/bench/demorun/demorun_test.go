package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/cmd/earshot/earshottest"
	"earshot/server/desk"
	"earshot/sync/device"
)

// binary is the built command.
var binary string

func TestMain(m *testing.M) { os.Exit(earshottest.Main(m, &binary)) }

// aRun is a run on this file, against a server built for it.
func aRun(t *testing.T, file string) *run {
	t.Helper()
	r := &run{binary: binary, input: filepath.Join(t.TempDir(), "said.csv"), phones: 5, batch: 4}
	if err := os.WriteFile(r.input, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheMainJobRunsWhole(t *testing.T) {
	var file strings.Builder
	file.WriteString("date,service,words,themes,sentiment\n")
	for n := range 30 {
		fmt.Fprintf(&file, "2024-05-%02d,Bridge Street,\"The queue was long, and longer (%d)\",T0201,4\n", n+1, n)
		fmt.Fprintln(&file, "2024-05-31,Mill Lane,They were kind,T0101,1")
	}
	r := aRun(t, file.String())
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.wrong) > 0 {
		t.Errorf("not all came through: %q", r.wrong)
	}
}

func TestARowThatDoesNotComeThroughIsNotPassedOver(t *testing.T) {
	r := aRun(t, "date,service,words,themes,sentiment\nyesterday,Bridge Street,They were kind,,1\n"+
		strings.Repeat("2024-05-31,Bridge Street,The queue was long,T0201,4\n", enough))
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(r.wrong, "; "); !strings.Contains(said, "1 rows that no view can be made of") || !strings.Contains(said, "6 rows became 5 views") {
		t.Errorf("what did not come through: %q", said)
	}
}

// spoken are so many views of one kind about a theme at a service.
func spoken(count int, service, theme, kind string) []device.Record {
	var views []device.Record
	for n := range count {
		views = append(views, aRecord(fmt.Sprintf("%s %s %s %d", service, theme, kind, n), map[string]any{
			"service": service, "themes": []string{theme}, "kind": kind,
		}))
	}
	return views
}

func TestAMatterIsWhatEnoughPeopleAskForOfOneService(t *testing.T) {
	var views []device.Record
	for _, some := range [][]device.Record{
		spoken(enough, "bridge", "waiting", "concern"),
		spoken(enough+1, "mill", "waiting", "idea"),
		spoken(enough-1, "bridge", "hours", "concern"), // too few to be answered in public
		spoken(enough+9, "bridge", "hours", "praise"),  // nothing is asked for
	} {
		views = append(views, some...)
	}
	matters, err := raise(views, map[string]string{"bridge": "Bridge Street", "mill": "Mill Lane", "waiting": "Waiting"})
	if err != nil {
		t.Fatal(err)
	}
	if len(matters) != 2 || matters[0].title != "Waiting – Mill Lane" || matters[1].title != "Waiting – Bridge Street" {
		t.Fatalf("raised %+v", matters)
	}
	if len(matters[0].views) != enough+1 || len(matters[1].views) != enough {
		t.Errorf("%d and %d views are brought to them", len(matters[0].views), len(matters[1].views))
	}
}

func TestWordsThatAreNotTheFilesAreFound(t *testing.T) {
	rows, err := desk.ReadViews(strings.NewReader("date,service,words\n2024-05-31,B, They were kind \n2024-05-31,B,They were kind\n2024-05-31,B,It was shut\n"))
	if err != nil {
		t.Fatal(err)
	}
	view := func(words string) device.Record { return aRecord(words, map[string]any{"words": words}) }
	kind, shut := view("They were kind"), view("It was shut")
	for _, c := range []struct {
		name  string
		views []device.Record
		want  int
	}{
		{"all of them", []device.Record{kind, shut, kind}, 0},
		{"one of two equal ones is missing", []device.Record{kind, shut}, 1},
		{"one is not as it was said", []device.Record{kind, kind, view("It was closed")}, 1},
		{"nothing came", nil, 3},
	} {
		if n := differing(rows, c.views); n != c.want {
			t.Errorf("%s: %d differ, not %d", c.name, n, c.want)
		}
	}
}

// aRecord is a record as the desk's device holds it.
func aRecord(id string, fields map[string]any) device.Record {
	r := device.Record{ID: id, Fields: map[string]jsontext.Value{}}
	for name, value := range fields {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		r.Fields[name] = text
	}
	return r
}
