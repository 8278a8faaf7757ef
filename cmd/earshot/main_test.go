package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"earshot/cmd/earshot/earshottest"
)

// binary is the built command: everything here drives it from outside.
var binary string

func TestMain(m *testing.M) { os.Exit(earshottest.Main(m, &binary)) }

// outcome is what a command left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// earshot runs the command; settings are further variables, "EARSHOT_DATA=…".
func earshot(t *testing.T, settings []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	run := exec.CommandContext(t.Context(), binary, args...)
	run.Stdout, run.Stderr = &stdout, &stderr
	run.Env = append(os.Environ(), settings...)
	err := run.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{run.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs a command with --json, which has to go well, and reads the one object that it prints.
func must[T any](t *testing.T, args ...string) T {
	t.Helper()
	got := earshot(t, nil, append(args, "--json")...)
	if got.code != 0 {
		t.Fatalf("earshot %s: exit %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return one[T](t, got.stdout)
}

// one reads stdout as exactly one JSON object, with no field that T does not name.
func one[T any](t *testing.T, stdout string) T {
	t.Helper()
	var v T
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("stdout is not the object it should be: %v\n%s", err, stdout)
	}
	if decoder.More() {
		t.Fatalf("stdout holds more than one object:\n%s", stdout)
	}
	return v
}

// aDAT makes a data directory with one DAT, "ourtown".
func aDAT(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	must[datMade](t, "dat", "add", "--data", data, "--name", "Ourtown DAT", "--slug", "ourtown")
	return data
}

type datMade struct{ ID, Slug, Name string }

func TestEachCommandsHelpShowsAnExample(t *testing.T) {
	for _, command := range []string{
		"serve", "dat add", "dat list", "service add", "service list", "invite", "device list", "device revoke",
		"import", "export", "cards", "check", "suggest", "simulate", "schema",
	} {
		t.Run(command, func(t *testing.T) {
			got := earshot(t, nil, append(strings.Fields(command), "--help")...)
			if got.code != 0 {
				t.Fatalf("exit %d\n%s", got.code, got.stderr)
			}
			if !regexp.MustCompile(`(?s)Examples?:.*\n\s+earshot ` + command).MatchString(got.stdout) {
				t.Errorf("no example of %q in:\n%s", command, got.stdout)
			}
		})
	}
}

func TestWrongUsageIsExit2AndSaysWhatToDo(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"no command", nil, "--help"},
		{"a command that is not there", []string{"dance"}, "dance"},
		{"a flag that is not there", []string{"check", "--data", data, "--loudly"}, "--loudly"},
		{"no cards", []string{"cards", "--data", data, "--dat", "ourtown", "--count", "0", "--to", "c.pdf"}, "--count"},
		{"cards that lead to no address", []string{"cards", "--data", data, "--dat", "ourtown", "--count", "8", "--to", "c.pdf", "--origin", "ourtown"}, "--origin"},
		{"a required flag left out", []string{"check"}, "--data"},
		{"all of them left out", []string{"dat", "add"}, "missing flags: --data=DIR, --name=STRING, --slug=STRING"},
		{"a kind that no service has", []string{"service", "add", "--data", data, "--dat", "x", "--name", "x", "--kind", "pub", "--sector", "nhs"}, "needle_exchange"},
		{"a slug that can't stand in an address", []string{"dat", "add", "--data", data, "--name", "Another", "--slug", "Our Town"}, "--slug"},
		{"a role that nobody has", []string{"invite", "--data", data, "--dat", "x", "--name", "x", "--role", "boss"}, "coordinator"},
		{"nobody to invite", []string{"invite", "--data", data, "--dat", "x"}, "--name"},
		{"a way of being safe that comes later", []string{"serve", "--data", data, "--safe", "litestream"}, "not there yet"},
		{"an origin that is none", []string{"serve", "--data", data, "--origin", "ourtown"}, "--origin"},
		{"no phones", []string{"simulate", "--data", data, "--dat", "x", "--phones", "0"}, "--phones"},
		{"a server that is no address", []string{"simulate", "--data", data, "--dat", "x", "--url", "ourtown"}, "--url"},
		{"a push that no server takes", []string{"simulate", "--data", data, "--dat", "x", "--batch", "501"}, "--batch"},
		{"a proxy that is no network", []string{"serve", "--data", data, "--trust-proxy", "127.0.0.1"}, "like 127.0.0.1/32"},
		{"an invitation to no address", []string{"invite", "--data", data, "--dat", "x", "--name", "x", "--role", "volunteer", "--origin", "ourtown"}, "--origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := earshot(t, nil, c.args...)
			if got.code != 2 || !strings.Contains(got.stderr, c.says) || got.stdout != "" {
				t.Errorf("exit %d, want 2 and %q on stderr\nstdout: %s\nstderr: %s", got.code, c.says, got.stdout, got.stderr)
			}
		})
	}
}

func TestWhatFailsIsExit1AndSaysWhatToDo(t *testing.T) {
	data := aDAT(t)
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"a directory that is not there", []string{"dat", "list", "--data", filepath.Join(data, "elsewhere")}, "check --data"},
		{"a DAT that is not there", []string{"service", "list", "--data", data, "--dat", "theirtown"}, "earshot dat list"},
		{"a slug that is taken", []string{"dat", "add", "--data", data, "--name", "Another", "--slug", "ourtown"}, "another"},
		{"a device that is not there", []string{"device", "revoke", "--data", data, "--dat", "ourtown", "--device", "nothing"}, "earshot device list"},
		{"a manager of a service that is not there", []string{"invite", "--data", data, "--dat", "ourtown", "--name", "x", "--role", "manager", "--service", "01890000-0000-7000-8000-000000000000"}, "earshot service list"},
		{"a service that is no id", []string{"invite", "--data", data, "--dat", "ourtown", "--name", "x", "--role", "manager", "--service", "Bridge Street"}, "earshot service list"},
		{"a file that is not there", []string{"import", "--data", data, "--dat", "ourtown", "--file", filepath.Join(data, "none.csv")}, "check --file"},
		{"a file to suggest for that is not there", []string{"suggest", "--data", data, "--dat", "ourtown", "--file", filepath.Join(data, "none.csv")}, "check --file"},
		{"a directory that is a file", []string{"export", "--data", data, "--dat", "ourtown", "--to", filepath.Join(data, "keys.json")}, "with --to"},
		{"a device for nobody who is here", []string{"invite", "--data", data, "--dat", "ourtown", "--member", "01890000-0000-7000-8000-000000000000"}, "earshot device list"},
		{"a server that is not there", []string{"health", "--listen", "127.0.0.1:1"}, "does not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := earshot(t, nil, c.args...)
			if got.code != 1 || !strings.Contains(got.stderr, c.says) || got.stdout != "" {
				t.Errorf("exit %d, want 1 and %q on stderr\nstdout: %s\nstderr: %s", got.code, c.says, got.stdout, got.stderr)
			}
		})
	}
}

func TestAFlagCountsMoreThanAVariable(t *testing.T) {
	data := aDAT(t)
	for _, c := range []struct {
		name     string
		settings []string
		args     []string
	}{
		{"the variable alone", []string{"EARSHOT_DATA=" + data}, []string{"dat", "list", "--json"}},
		{"the flag over the variable", []string{"EARSHOT_DATA=/nowhere"}, []string{"dat", "list", "--json", "--data", data}},
		{"--json as a variable", []string{"EARSHOT_JSON=true"}, []string{"dat", "list", "--data", data}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := earshot(t, c.settings, c.args...)
			if got.code != 0 || !strings.Contains(got.stdout, `"slug":"ourtown"`) {
				t.Errorf("exit %d\nstdout: %s\nstderr: %s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestADATIsMadeOnceAndListedWithItsCounts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "not", "there", "yet")
	made := must[datMade](t, "dat", "add", "--data", data, "--name", " Ourtown DAT ", "--slug", "ourtown")
	if made.Slug != "ourtown" || made.Name != "Ourtown DAT" || len(made.ID) != 36 {
		t.Errorf("made %+v", made)
	}
	must[any](t, "invite", "--data", data, "--dat", "ourtown", "--name", "Sam", "--role", "volunteer")
	type dats struct {
		Dats []struct {
			ID, Slug, Name          string
			Members, Views, Matters int
		}
	}
	list := must[dats](t, "dat", "list", "--data", data).Dats
	if len(list) != 1 || list[0].ID != made.ID || list[0].Members != 1 || list[0].Views != 0 || list[0].Matters != 0 {
		t.Errorf("listed %+v", list)
	}
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAServiceIsMadeAndListed(t *testing.T) {
	data := aDAT(t)
	type made struct{ ID, Name string }
	m := must[made](t, "service", "add", "--data", data, "--dat", "ourtown", "--name", "Bridge Street", "--kind", "needle_exchange", "--sector", "voluntary")
	type services struct {
		Services []struct {
			ID, Name, Kind, Sector string
			Active                 bool
		}
	}
	list := must[services](t, "service", "list", "--data", data, "--dat", "ourtown").Services
	if len(list) != 1 || list[0].ID != m.ID || list[0].Kind != "needle_exchange" || list[0].Sector != "voluntary" || !list[0].Active {
		t.Errorf("made %+v, listed %+v", m, list)
	}
}

func TestAnInvitationIsACodeALinkAndAQR(t *testing.T) {
	data := aDAT(t)
	type invitation struct{ Code, Link, Member, Expires string }
	args := []string{"invite", "--data", data, "--dat", "ourtown", "--name", "Sam", "--role", "volunteer", "--origin", "https://earshot.example.org"}
	i := must[invitation](t, args...)
	if i.Link != "https://earshot.example.org/enrol#"+i.Code {
		t.Errorf("the link %q is not the code %q", i.Link, i.Code)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{2,}(-[0-9A-HJKMNP-TV-Z]{2,})+$`).MatchString(i.Code) {
		t.Errorf("the code %q is not grouped Crockford base32", i.Code)
	}
	if got := earshot(t, nil, args...); !strings.ContainsAny(got.stdout, "█▀▄") || !strings.Contains(got.stdout, "/enrol#") {
		t.Errorf("no QR, or no link, for a person:\n%s", got.stdout)
	}
	if got := earshot(t, nil, "invite", "--data", data, "--dat", "ourtown", "--name", "Lou", "--role", "manager"); got.code != 0 || !strings.Contains(got.stdout, "--service") {
		t.Errorf("a manager of nothing: exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	again := must[invitation](t, "invite", "--data", data, "--dat", "ourtown", "--member", i.Member)
	if again.Member != i.Member || again.Code == i.Code {
		t.Errorf("a further device of the same member: %+v after %+v", again, i)
	}
}

func TestCardsArePrintedForAKnownDATAndShownToNobodyElse(t *testing.T) {
	data := aDAT(t)
	file := filepath.Join(t.TempDir(), "cards.pdf")
	type made struct {
		File          string
		Cards, Sheets int
	}
	args := []string{"cards", "--data", data, "--dat", "ourtown", "--count", "9", "--to", file, "--origin", "https://earshot.example.org"}
	if m := must[made](t, args...); m != (made{file, 9, 2}) {
		t.Errorf("made %+v", m)
	}
	pdf, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("no PDF: %.20q, %v", pdf, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is open to others: %v, %v", info.Mode(), err)
	}
	// Whoever has a code can take back what was said with it.
	if got := earshot(t, nil, args...); got.code != 0 || regexp.MustCompile(`[A-Z]{3,}-[A-Z]{3,}`).MatchString(got.stdout+got.stderr) {
		t.Errorf("exit %d, a code on the terminal:\n%s%s", got.code, got.stdout, got.stderr)
	}
	args[4] = "nowhere"
	if got := earshot(t, nil, args...); got.code != 1 || !strings.Contains(got.stderr, "nowhere") {
		t.Errorf("a DAT that is not there: exit %d\n%s", got.code, got.stderr)
	}
}

func TestSchemaIsOneJSONObject(t *testing.T) {
	type schema struct {
		Schema      int
		Collections map[string]any
	}
	s := must[schema](t, "schema")
	if s.Schema != 1 || s.Collections["view"] == nil || s.Collections["matter"] == nil {
		t.Errorf("schema %d with %d collections", s.Schema, len(s.Collections))
	}
}
