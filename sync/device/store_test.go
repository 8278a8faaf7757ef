package device

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stores opens each kind of store; again opens the same one a second time, or
// is nil where nothing outlasts the process.
var stores = []struct {
	name string
	open func(t *testing.T, dir string) Store
	last bool
}{
	{"memory", func(*testing.T, string) Store { return NewMemory() }, false},
	{"sqlite", func(t *testing.T, dir string) Store {
		t.Helper()
		s, err := OpenSQLite(context.Background(), filepath.Join(dir, "a device?#%.sqlite"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, true},
}

func TestEveryStore(t *testing.T) {
	for _, kind := range stores {
		t.Run(kind.name, func(t *testing.T) {
			dir := t.TempDir()
			s := kind.open(t, dir)
			change := func(f func(Tx)) {
				t.Helper()
				if err := s.Update(func(tx Tx) error { f(tx); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			holds := func(shelf, prefix, want string) {
				t.Helper()
				var got []string
				if err := s.View(func(tx Tx) error {
					tx.Each(shelf, prefix, func(k string, v []byte) bool {
						got = append(got, fmt.Sprintf("%s=%s", k, v))
						return true
					})
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if g := strings.Join(got, " "); g != want {
					t.Fatalf("%s holds %q, want %q", shelf, g, want)
				}
			}

			change(func(tx Tx) {
				for _, k := range []string{"b/2", "a/1", "b/1", "c", "bb", "b/\U0001F600"} {
					tx.Put("one", k, []byte(strings.ToUpper(k)))
				}
				tx.Put("two", "a/1", nil)
			})
			holds("one", "", "a/1=A/1 b/1=B/1 b/2=B/2 b/\U0001F600=B/\U0001F600 bb=BB c=C")
			holds("one", "b/", "b/1=B/1 b/2=B/2 b/\U0001F600=B/\U0001F600")
			holds("two", "", "a/1=")

			change(func(tx Tx) {
				tx.Put("one", "c", []byte("again"))
				tx.Delete("one", "bb")
				tx.Delete("one", "never there")
				if got := tx.Get("one", "c"); string(got) != "again" {
					t.Errorf("a transaction does not see its own change: %s", got)
				}
				if tx.Get("one", "bb") != nil || tx.Get("three", "x") != nil {
					t.Error("what is not there is there")
				}
				tx.Clear("two")
			})
			holds("one", "c", "c=again")
			holds("two", "", "")

			refused := errors.New("no")
			err := s.Update(func(tx Tx) error {
				tx.Put("one", "c", []byte("lost"))
				tx.Put("one", "new", []byte("lost"))
				tx.Delete("one", "a/1")
				tx.Clear("one")
				tx.Put("one", "after", []byte("lost"))
				return refused
			})
			if !errors.Is(err, refused) {
				t.Fatal(err)
			}
			holds("one", "", "a/1=A/1 b/1=B/1 b/2=B/2 b/\U0001F600=B/\U0001F600 c=again")

			var keys []string
			if err := s.View(func(tx Tx) error {
				tx.Each("one", "", func(k string, _ []byte) bool { keys = append(keys, k); return len(keys) < 2 })
				return nil
			}); err != nil || !slices.Equal(keys, []string{"a/1", "b/1"}) {
				t.Fatal(keys, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if kind.last {
				s = kind.open(t, dir)
				holds("one", "c", "c=again")
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
