package programme

import (
	"encoding/json"
	"strings"
	"testing"

	"earshot/sync/record"
)

func TestTwelveThemesWithFiftyEightBelowThem(t *testing.T) {
	parents, below, labels := map[string]bool{}, 0, 0
	for _, theme := range DefaultThemes() {
		if theme.Parent == "" {
			parents[theme.Code] = true
			if theme.Short == "" || theme.Sign == "" || theme.Definition == "" {
				t.Errorf("%s has no tile", theme.Code)
			}
			continue
		}
		below++
		if !parents[theme.Parent] {
			t.Errorf("%s stands below %q, which has not come before it", theme.Code, theme.Parent)
		}
		if theme.Label != "" {
			labels++
		}
	}
	if len(parents) != 12 || below != 58 || labels != 38 {
		t.Errorf("%d themes with %d below them, %d of those mapped; want 12, 58, 38", len(parents), below, labels)
	}
}

func TestANewDATHasItsSettingsAndEveryDefaultTheme(t *testing.T) {
	ids := 0
	ops := NewDAT("Northgate DAT", func() string { ids++; return strings.Repeat("0", ids) }, 7)
	if len(ops) != 1+12+58 || ids != len(ops) {
		t.Fatalf("%d ops, %d ids", len(ops), ids)
	}
	if ops[0].Collection != dat || ops[0].ID != "0" || ops[0].Change("name").Value != record.Text("Northgate DAT") {
		t.Error("the settings come first, under the first id")
	}
	if last := ops[len(ops)-1]; last.Change("parent").Value != record.Text(ops[12].ID) {
		t.Error("a theme names its parent by id")
	}
}

func TestWhatADATStartsWithFitsItsOwnShape(t *testing.T) {
	for _, f := range dat.Fields {
		if f.Shape == nil || f.Default == "" {
			continue
		}
		if !f.Shape(f.Default) {
			t.Errorf("%s starts as what it may not be", f.Name)
		}
		var v any
		if err := json.Unmarshal([]byte(f.Default), &v); err != nil {
			t.Fatal(err)
		}
		if again := canonical(v); again != f.Default {
			t.Errorf("%s is not canonical:\n%s\n%s", f.Name, f.Default, again)
		}
	}
}

func TestEveryWayOutHasSomethingToSay(t *testing.T) {
	for _, way := range []string{"risk", "young", "alert", "complaint"} {
		if !strings.Contains(string(defaultLines), `"way":"`+way+`"`) {
			t.Errorf("nothing stands under %q", way)
		}
	}
	for _, number := range []string{`"999"`, `"116 123"`} {
		if !strings.Contains(string(defaultLines), number) {
			t.Errorf("%s is missing", number)
		}
	}
}
