package demo

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"earshot/server/programme"
)

//go:embed views.csv
var viewsCSV string

// hears says who listens at which service.
var hears = map[string]string{
	"bridge": volunteer, "kiln": volunteer, "harbour": volunteer, "mill": jess, "anchor": jess, "van": dee,
}

// views writes down what people said. What is older than two days has been read,
// and its service sees it from the Monday after.
func (m *maker) views() error {
	rows, err := csv.NewReader(strings.NewReader(viewsCSV)).ReadAll()
	if err != nil {
		return fmt.Errorf("reading the views: %w", err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for n, row := range rows[1:] {
		if err := m.view(n, func(name string) string { return row[column[name]] }); err != nil {
			return fmt.Errorf("view %d: %w", n+1, err)
		}
	}
	return nil
}

func (m *maker) view(n int, row func(string) string) error {
	days, err := strconv.Atoi(row("days"))
	if err != nil {
		return err
	}
	service, matter := row("service"), row("matter")
	f := fields{
		"service": m.ids[service], "by": m.ids[hears[service]], "method": row("method"), "kind": row("kind"),
		"words": row("words"), "summary": row("summary"), "themes": []string{m.ids[row("theme")]}, "share": row("share"),
		"speaker": row("speaker"), "handling": row("handling"), "review": row("review"),
		"consent": 1, "asked": "yes", "aware": []string{"yes", "no", "no"}[n%3],
	}
	at := m.hour(days, 11*60+n*53%360)
	// What is a week old or more was heard on that week's visit, where there was one.
	visit := fmt.Sprint("visit ", days/7, " ", service)
	if began, ok := m.began[visit]; ok && days > 7 {
		at = began.Add(time.Duration(5+n*7%80) * time.Minute)
		f["visit"] = m.ids[visit]
	}
	f["at"] = at
	if days > 2 && row("review") == "" {
		f["review"] = "accepted"
		if monday := programme.Monday(at); monday.Before(programme.Monday(m.now)) {
			f["released"] = programme.Date(monday.AddDate(0, 0, 7))
		}
	}
	for _, count := range []string{"times", "weight"} {
		if row(count) == "" {
			continue
		}
		if f[count], err = strconv.Atoi(row(count)); err != nil {
			return err
		}
	}
	if matter != "" {
		f["matters"] = []string{m.ids[matter]}
	}
	name := fmt.Sprint("view ", n)
	if err := m.add(programme.Views, name, f); err != nil {
		return err
	}
	if row("share") == "words" && row("words") != "" && f["review"] == "accepted" {
		m.quotes[matter] = append(m.quotes[matter], quote{m.ids[name], row("words")})
	}
	return nil
}
