package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

type backedUp struct {
	File  string
	Bytes int64
	DATs  int
	Epoch string
}

func TestABackupComesBackWithAPassphraseOrAKey(t *testing.T) {
	data := aDAT(t)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(keyFile, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	phrase := []string{"EARSHOT_PASSPHRASE=correct horse battery staple"}
	for name, it := range map[string]struct {
		settings        []string
		backup, restore []string
	}{
		"a passphrase": {settings: phrase},
		"a key":        {backup: []string{"--recipient", key.Recipient().String()}, restore: []string{"--identity", keyFile}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "earshot.age")
			got := earshot(t, it.settings, append([]string{"backup", "--data", data, "--to", file, "--json"}, it.backup...)...)
			if got.code != 0 {
				t.Fatal(got.stderr)
			}
			made := one[backedUp](t, got.stdout)
			info, err := os.Stat(file)
			if err != nil || info.Size() != made.Bytes || info.Mode().Perm() != 0o600 || made.DATs != 1 || made.Epoch == "" || made.File != file {
				t.Errorf("%+v, %v %v", made, info, err)
			}
			elsewhere := filepath.Join(t.TempDir(), "new")
			got = earshot(t, it.settings, append([]string{"restore", "--data", elsewhere, "--from", file, "--json"}, it.restore...)...)
			if got.code != 0 {
				t.Fatal(got.stderr)
			}
			if !strings.Contains(got.stderr, "may be here again") {
				t.Errorf("on a fresh disk it says %q", got.stderr)
			}
			if back := one[backedUp](t, got.stdout); back.DATs != 1 || back.Epoch == made.Epoch || back.Epoch == "" {
				t.Errorf("%+v, made of %+v", back, made)
			}
			list := must[struct {
				DATs []struct {
					ID, Slug, Name          string
					Members, Views, Matters int
				}
			}](t, "dat", "list", "--data", elsewhere)
			if len(list.DATs) != 1 || list.DATs[0].Slug != "ourtown" {
				t.Errorf("%+v", list)
			}
			must[struct {
				OK       bool
				Records  int
				Problems []string
			}](t, "check", "--data", elsewhere)
		})
	}
}

func TestABackupThatNobodyOrAnybodyCouldOpenIsNotMade(t *testing.T) {
	data := aDAT(t)
	file := filepath.Join(t.TempDir(), "earshot.age")
	for _, args := range [][]string{
		{"backup", "--data", data, "--to", file},
		{"backup", "--data", data, "--to", file, "--recipient", "age1nonsense"},
		{"restore", "--data", data, "--from", file},
	} {
		if got := earshot(t, nil, args...); got.code != 2 || got.stdout != "" {
			t.Errorf("%v: exit %d, %s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a file was left")
	}
	phrase := []string{"EARSHOT_PASSPHRASE=one"}
	if got := earshot(t, phrase, "backup", "--data", data, "--to", file); got.code != 0 {
		t.Fatal(got.stderr)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	got := earshot(t, []string{"EARSHOT_PASSPHRASE=another"}, "restore", "--data", fresh, "--from", file)
	if got.code != 1 || !strings.Contains(got.stderr, "another key or passphrase") || strings.Contains(got.stderr, "one") && strings.Contains(got.stderr, "EARSHOT_PASSPHRASE=") {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a directory was left")
	}
}
