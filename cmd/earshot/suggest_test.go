package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// suggestion is exactly what programs outside rely on.
type suggestion struct {
	Row    int
	Themes []struct {
		Code, Name string
		Score      float64
		Because    []string
	}
	Same *struct {
		View  string
		Score float64
	}
}

func TestSuggestionsAreOneObjectALine(t *testing.T) {
	data := aDAT(t)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const words = "It shuts at five and I finish work at five, so I can never come on a weekday"
	decided := file("decided.csv", "date,service,words,themes\n2024-05-31,Bridge,\""+words+"\",T0302\n")
	must[struct {
		Rows, Taken, Same, Undated int
		Refused                    []struct{}
		ServicesMade               int `json:"services_made"`
		ThemesMade                 int `json:"themes_made"`
	}](t, "import", "--data", data, "--dat", "ourtown", "--file", decided)
	asked := file("asked.csv", "date,service,words\n2024-06-02,Bridge,\""+strings.ToUpper(words)+"\"\n2024-06-02,Bridge,The tea is cold\n")
	got := earshot(t, nil, "suggest", "--data", data, "--dat", "ourtown", "--file", asked, "--json")
	if got.code != 0 {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for two rows:\n%s", len(lines), got.stdout)
	}
	for n, line := range lines {
		s := one[suggestion](t, line)
		if s.Row != n+1 || len(s.Themes) == 0 {
			t.Fatalf("row %d: %s", n+1, line)
		}
		last := 1.0
		for _, theme := range s.Themes {
			if theme.Code == "" || theme.Name == "" || theme.Because == nil || theme.Score < 0 || theme.Score > last {
				t.Errorf("row %d: %+v is no theme behind one of %v", s.Row, theme, last)
			}
			last = theme.Score
		}
		if want := [...]string{"T0302", "T0904"}[n]; s.Themes[0].Code != want {
			t.Errorf("row %d is about %s, not %s", s.Row, s.Themes[0].Code, want)
		}
		if repeats := s.Same != nil; repeats != (n == 0) {
			t.Errorf("row %d repeats a view: %v", s.Row, repeats)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &keys); err != nil || len(keys) != 3 || keys["same"] == nil {
			t.Errorf("row %d: row, themes and same are the keys, not %v", s.Row, keys)
		}
	}
	if text := earshot(t, nil, "suggest", "--data", data, "--dat", "ourtown", "--file", asked); text.code != 0 || !strings.Contains(text.stdout, "because of: ") {
		t.Errorf("exit %d, for a person:\n%s", text.code, text.stdout)
	}
}
