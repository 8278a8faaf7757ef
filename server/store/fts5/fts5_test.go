package fts5

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "take the files from the driver anew")

// What is compiled here is what the driver has, no older and not altered.
func TestTheSourceIsTheDriversOwn(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/mattn/go-sqlite3").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	source := read(filepath.Join(dir, "sqlite3-binding.c"))
	from := bytes.Index(source, []byte("/************** Begin file fts5.c "))
	end := []byte("/************** End of fts5.c ")
	to := bytes.LastIndex(source, end)
	if from < 0 || to < from {
		t.Fatal("the driver's source has no FTS5, or says otherwise where it is")
	}
	to += bytes.IndexByte(source[to:], '\n') + 1
	for name, want := range map[string][]byte{
		"fts5_source.h": source[from:to],
		"sqlite3.h":     read(filepath.Join(dir, "sqlite3-binding.h")),
	} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(read(name), want) {
			t.Errorf("%s is not what the driver has: go test ./server/store/fts5 -update", name)
		}
	}
}
