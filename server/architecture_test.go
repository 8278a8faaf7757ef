package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// An arrow says which of our own packages a package may import. A trailing
// "/..." means everything below.
type arrow struct {
	of  string
	may []string
}

// A package that stands in no arrow fails the test: whoever adds one says here
// where it belongs.
var arrows = []arrow{
	// What a device and a server agree on knows nothing of either.
	{"earshot/sync/record", nil},
	{"earshot/sync/wire", []string{"earshot/sync/record"}},
	{"earshot/sync/device", []string{"earshot/sync/record", "earshot/sync/wire"}},
	{"earshot/sync/receipt", nil},
	{"earshot/sync/device/...", []string{"earshot/sync/record", "earshot/sync/wire", "earshot/sync/device"}},

	// The server, from the inside out.
	{"earshot/migrations", nil},
	{"earshot/server/problem", nil},
	{"earshot/server/coding", nil},
	{"earshot/server/atomicfile", nil},
	{"earshot/server/jsonbody", []string{"earshot/server/problem"}},
	{"earshot/server/web", []string{"earshot/server/problem", "earshot/server/coding"}},
	{"earshot/server/programme", []string{"earshot/sync/record"}},
	{"earshot/server/programme/...", []string{"earshot/sync/record", "earshot/server/programme"}},
	{"earshot/server/store", []string{"earshot/sync/record", "earshot/sync/wire", "earshot/server/store/fts5", "earshot/server/store/ledger", "earshot/server/programme", "earshot/migrations"}},
	{"earshot/server/store/ledger", nil},
	{"earshot/server/store/fts5", nil},
	// What every store has to pass knows the calls of one, and nothing behind them.
	{"earshot/server/store/storetest", []string{"earshot/sync/record", "earshot/sync/wire", "earshot/server/programme", "earshot/server/store"}},
	{"earshot/server/store/storetest/faultyfs", nil},
	{"earshot/server/identity", []string{"earshot/sync/record", "earshot/server/programme", "earshot/server/store", "earshot/server/problem", "earshot/server/jsonbody"}},
	// It carries records and does not know what a view is: no programme here.
	{"earshot/server/live", []string{"earshot/sync/record", "earshot/sync/wire", "earshot/server/store", "earshot/server/identity", "earshot/server/problem", "earshot/server/coding"}},
	{"earshot/server/desk/suggest", nil},
	{"earshot/server/desk/figures", []string{"earshot/sync/record", "earshot/server/programme"}},
	{"earshot/server/desk", []string{"earshot/server/desk/figures", "earshot/server/desk/suggest", "earshot/sync/record", "earshot/sync/wire", "earshot/server/programme", "earshot/server/store", "earshot/server/identity", "earshot/server/problem", "earshot/server/jsonbody", "earshot/server/atomicfile"}},
	{"earshot/server/backup", []string{"earshot/sync/record", "earshot/server/store", "earshot/server/store/ledger", "earshot/server/identity", "earshot/server/atomicfile"}},
	{"earshot/server/cards", []string{"earshot/sync/receipt"}},
	{"earshot/server/demo", []string{"earshot/sync/record", "earshot/server/programme", "earshot/server/store"}},
	{"earshot/server/mail", []string{"earshot/sync/record", "earshot/server/programme", "earshot/server/store"}},
	{"earshot/server/mail/mailtest", nil},
	{"earshot/server/routine", []string{"earshot/sync/record", "earshot/server/programme", "earshot/server/store"}},
	// It is on the other side of the wire; of the server it reads files as the desk does.
	{"earshot/server/crowd", []string{"earshot/sync/record", "earshot/sync/device", "earshot/server/programme", "earshot/server/desk"}},
	{"earshot/server/public", []string{"earshot/sync/record", "earshot/server/store", "earshot/server/identity", "earshot/server/problem", "earshot/server/jsonbody", "earshot/server/web"}},

	// These see all.
	{"earshot/server", []string{"earshot/..."}},
	{"earshot/server/sim", []string{"earshot/..."}},
	{"earshot/server/bench", nil}, // says what is below it
	{"earshot/server/bench/...", []string{"earshot/..."}},
	{"earshot/cmd/...", []string{"earshot/..."}},
}

// Some packages of others belong in some places alone.
var kept = []struct {
	what string
	pkgs []string
	in   []string
}{
	{
		// A device has a file of its own to keep its outbox in; a benchmark has raw SQLite to compare with;
		// what puts faults into files needs the library that reads them.
		what: "SQL on the server is in server/store alone",
		pkgs: []string{"database/sql", "database/sql/driver", "github.com/mattn/go-sqlite3", "github.com/pressly/goose/v3"},
		in:   []string{"earshot/server/store", "earshot/server/store/fts5", "earshot/server/store/storetest/faultyfs", "earshot/sync/device", "earshot/sync/device/...", "earshot/server/bench/..."},
	},
	{
		what: "Echo is known where HTTP is answered",
		pkgs: []string{"github.com/labstack/echo/v4"},
		in: []string{
			"earshot/server", "earshot/server/live", "earshot/server/identity", "earshot/server/desk",
			"earshot/server/public", "earshot/server/web", "earshot/server/problem", "earshot/server/jsonbody",
			"earshot/server/sim",
		},
	},
	{
		what: "mail is sent by server/mail alone",
		pkgs: []string{"github.com/wneessen/go-mail", "net/smtp"},
		in:   []string{"earshot/server/mail"},
	},
	{
		what: "command lines are read in cmd alone",
		pkgs: []string{"github.com/alecthomas/kong"},
		in:   []string{"earshot/cmd/..."},
	},
}

// Rules without exception for single packages.
var never = []struct {
	what string
	of   []string
	pkgs []string
}{
	{"pure functions do no I/O", []string{"earshot/sync/record", "earshot/server/programme"}, []string{"net/http", "net", "os", "log/slog", "math/rand", "math/rand/v2", "crypto/rand"}},
	// Its dice are thrown the same way each time.
	{"what is suggested comes from what is given alone", []string{"earshot/server/desk/suggest"}, []string{"net/http", "net", "os", "log/slog", "time", "crypto/rand"}},
	{"frames are not a transport", []string{"earshot/sync/wire"}, []string{"net/http", "github.com/gorilla/websocket"}},
	{"the store answers no HTTP", []string{"earshot/server/store"}, []string{"net/http"}},
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func TestEveryArrowBetweenPackagesIsDrawnTheRightWay(t *testing.T) {
	for _, pkg := range packages(t) {
		at := slices.IndexFunc(arrows, func(a arrow) bool { return within(pkg.ImportPath, a.of) })
		if at < 0 {
			t.Errorf("%s stands in no arrow: say in server/architecture_test.go what it may import", pkg.ImportPath)
			continue
		}
		for _, imported := range pkg.Imports {
			if strings.HasPrefix(imported, "earshot/") && !within(imported, arrows[at].may...) {
				t.Errorf("%s imports %s, and may only import %v", pkg.ImportPath, imported, arrows[at].may)
			}
		}
	}
}

func TestWhatRecordImportsIsTheStandardLibraryAlone(t *testing.T) {
	for _, pkg := range packages(t) {
		if pkg.ImportPath != "earshot/sync/record" {
			continue
		}
		for _, imported := range pkg.Imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("sync/record imports %s", imported)
			}
		}
		return
	}
	t.Error("sync/record is not there")
}

func TestPackagesOfOthersStayWhereTheyBelong(t *testing.T) {
	for _, pkg := range packages(t) {
		for _, rule := range kept {
			for _, imported := range pkg.Imports {
				if slices.Contains(rule.pkgs, imported) && !within(pkg.ImportPath, rule.in...) {
					t.Errorf("%s imports %s: %s", pkg.ImportPath, imported, rule.what)
				}
			}
		}
		for _, rule := range never {
			for _, imported := range pkg.Imports {
				if slices.Contains(rule.of, pkg.ImportPath) && slices.Contains(rule.pkgs, imported) {
					t.Errorf("%s imports %s: %s", pkg.ImportPath, imported, rule.what)
				}
			}
		}
	}
}

// within says whether a package is one of these, or below one that ends in "/...".
func within(pkg string, of ...string) bool {
	for _, one := range of {
		if above, all := strings.CutSuffix(one, "..."); pkg == one || all && strings.HasPrefix(pkg, above) {
			return true
		}
	}
	return false
}

// packages lists our own with what their code (not their tests) imports.
func packages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}
