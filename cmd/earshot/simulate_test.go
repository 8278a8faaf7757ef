package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type simulated struct {
	Pushed   int
	PushPerS float64 `json:"push_per_s"`
	Read     int
	ReadPerS float64                    `json:"read_per_s"`
	FanoutMS struct{ P50, P99 float64 } `json:"fanout_ms"`
	Lost     int
	Twice    int
}

func TestACrowdOfPhonesLosesNothingOnABadLine(t *testing.T) {
	data := aDAT(t)
	url, _ := serving(t, data)
	args := []string{"simulate", "--data", data, "--dat", "ourtown", "--url", url, "--phones", "6"}
	made := must[simulated](t, append(args, "--views", "5", "--batch", "2", "--faults")...)
	if made.Pushed != 30 || made.Read != 30 || made.Lost != 0 || made.Twice != 0 {
		t.Errorf("made-up views: %+v", made)
	}
	if made.PushPerS <= 0 || made.ReadPerS <= 0 || made.FanoutMS.P50 <= 0 || made.FanoutMS.P99 < made.FanoutMS.P50 {
		t.Errorf("measured nothing: %+v", made)
	}
	file := filepath.Join(t.TempDir(), "rows.csv")
	rows := "date,service,words\n2024-05-31,Bridge Street,They were kind\n2024-05-31,Bridge Street,They were kind\n2024-06-01,,It was shut\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	read := must[simulated](t, append(args, "--input", file)...)
	if read.Pushed != 3 || read.Read != 33 || read.Lost != 0 || read.Twice != 0 {
		t.Errorf("the rows of a file, beside what was there: %+v", read)
	}
	checked := must[struct {
		OK       bool
		Records  int
		Problems []string
	}](t, "check", "--data", data)
	if !checked.OK {
		t.Errorf("afterwards: %v", checked.Problems)
	}
}

func TestSimulatingOnTheServerOfAnotherDirectorySaysSo(t *testing.T) {
	url, _ := serving(t, aDAT(t))
	got := earshot(t, nil, "simulate", "--data", aDAT(t), "--dat", "ourtown", "--url", url, "--phones", "1", "--views", "1", "--json")
	if got.code != 1 || !strings.Contains(got.stderr, "is "+url+" the server of") || got.stdout != "" {
		t.Errorf("exit %d\nstdout: %s\nstderr: %s", got.code, got.stdout, got.stderr)
	}
}
