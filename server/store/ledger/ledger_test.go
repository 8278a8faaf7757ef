package ledger_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"earshot/server/store/ledger"
)

func open(t *testing.T, dir string) *ledger.Ledger {
	t.Helper()
	l, _, err := ledger.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

var (
	gone    = ledger.Entry{Kind: ledger.Withdrawn, At: 1, DAT: "d", Collection: "view", Record: "a"}
	revoked = ledger.Entry{Kind: ledger.Revoked, At: 2, Device: "phone"}
	narrow  = ledger.Entry{Kind: ledger.Narrowed, At: 3, DAT: "d", Collection: "view", Record: "b", Fields: []string{"share"}, Values: []string{`"team"`}}
)

func TestWhatIsAppendedIsReadFromAnyPlaceOn(t *testing.T) {
	dir := t.TempDir()
	l, made, err := ledger.Open(dir)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	first, err := l.Append([]ledger.Entry{gone})
	if err != nil {
		t.Fatal(err)
	}
	end, err := l.Append([]ledger.Entry{revoked, narrow})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, made, err = ledger.Open(dir)
	if err != nil || made {
		t.Fatal(made, err)
	}
	defer l.Close()
	for from, want := range map[int64][]ledger.Entry{
		0: {gone, revoked, narrow}, first: {revoked, narrow}, end: nil,
		end + 1: {gone, revoked, narrow}, // it is another file than it was
	} {
		got, at, err := l.Read(from)
		if err != nil || at != end || !reflect.DeepEqual(got, want) {
			t.Errorf("from %d: %v up to %d, %v", from, got, at, err)
		}
	}
}

func TestATornLineIsPassedBy(t *testing.T) {
	whole := t.TempDir()
	l := open(t, whole)
	if _, err := l.Append([]ledger.Entry{gone, narrow}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(whole, ledger.File))
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.IndexByte(text, '\n') + 1
	for cut := second; cut < len(text); cut++ {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ledger.File), text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, dir)
		if _, err := l.Append([]ledger.Entry{revoked}); err != nil {
			t.Fatal(err)
		}
		want := []ledger.Entry{gone, revoked}
		if cut == len(text)-1 {
			want = []ledger.Entry{gone, narrow, revoked} // but for its end it was whole
		}
		if got, _, err := l.Read(0); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("cut at %d: %v, %v", cut, got, err)
		}
	}
}

func TestMergingLosesNothingOfEither(t *testing.T) {
	line := rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "d\n"})
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) []byte {
			var b []byte
			for _, it := range rapid.SliceOfN(line, 0, 5).Draw(t, label) {
				b = append(b, it...)
			}
			return b
		}
		shared, one, two := text("shared"), text("one"), text("two")
		first, second := append(bytes.Clone(shared), one...), append(bytes.Clone(shared), two...)
		merged := ledger.Merge(first, second)
		if len(one) > 0 && !bytes.HasPrefix(merged, first) {
			t.Fatalf("%q is not where %q begins", first, merged)
		}
		for l := range bytes.Lines(append(bytes.Clone(first), second...)) {
			if !bytes.Contains(merged, l) {
				t.Fatalf("%q is lost in %q", l, merged)
			}
		}
		if again := ledger.Merge(merged, second); !bytes.Equal(again, merged) {
			t.Fatalf("merged again it is %q, not %q", again, merged)
		}
	})
}

func TestTheMarkSurvivesATornWrite(t *testing.T) {
	dir := t.TempDir()
	m, err := ledger.OpenMarks(dir)
	if err != nil || m.Last() != (ledger.Mark{}) {
		t.Fatal(m, err)
	}
	for n := int64(1); n <= 3; n++ {
		if err := m.Put(ledger.Mark{Commits: n, Seq: 100 - n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if m, err = ledger.OpenMarks(dir); err != nil || m.Last() != (ledger.Mark{Commits: 3, Seq: 99}) {
		t.Fatal(m.Last(), err)
	}
	_ = m.Close()
	path := filepath.Join(dir, ledger.MarkFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[3]++ // the third was written where the first had been
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err = ledger.OpenMarks(dir); err != nil || m.Last() != (ledger.Mark{Commits: 2, Seq: 99}) {
		t.Fatal(m.Last(), err)
	}
	_ = m.Close()
}

func FuzzParse(f *testing.F) {
	dir := f.TempDir()
	l, _, err := ledger.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := l.Append([]ledger.Entry{gone, revoked, narrow}); err != nil {
		f.Fatal(err)
	}
	_ = l.Close()
	text, err := os.ReadFile(filepath.Join(dir, ledger.File))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("00000000 {}\n\n \nffffffff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, lines := len(ledger.Parse(text)), bytes.Count(text, []byte("\n"))+1; n > lines {
			t.Errorf("%d entries in %d lines", n, lines)
		}
	})
}
