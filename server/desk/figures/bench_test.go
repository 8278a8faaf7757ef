package figures_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"earshot/server/desk/figures"
)

// A year of 60 volunteers at 25 services, ten times over at each step: a quarter's
// report costs what it shows, and hardly more where more was gathered.
func BenchmarkReport(b *testing.B) {
	for _, views := range []int{3_000, 30_000, 300_000} {
		facts := year(views)
		p, now := figures.Period{From: 2026*12 + 6, To: 2026*12 + 8}, time.Date(2026, 10, 2, 9, 0, 0, 0, time.UTC)
		facts.Report(p, now)
		b.Run(fmt.Sprintf("views=%d", views), func(b *testing.B) {
			for b.Loop() {
				facts.Report(p, now)
			}
		})
		matter := made("matter", "matter-1", map[string]any{"status": "raised"})
		b.Run(fmt.Sprintf("views=%d/after a matter has changed", views), func(b *testing.B) {
			for b.Loop() {
				facts.Take(matter)
				facts.Report(p, now)
			}
		})
	}
}

// Taking in is what the first report after a start waits for, beside the store.
func BenchmarkTakingIn(b *testing.B) {
	for b.Loop() {
		year(30_000).Report(figures.Period{From: 2026 * 12, To: 2026*12 + 11}, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/41_000, "ns/record")
}

func year(views int) *figures.Facts {
	draw := rand.New(rand.NewPCG(1, 2))
	facts := figures.NewFacts()
	one := func(what string, n int) string { return fmt.Sprintf("%s-%d", what, draw.IntN(n)) }
	at := func() string {
		return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(draw.IntN(365*24)) * time.Hour).Format(time.RFC3339)
	}
	for i := range 70 {
		parent := ""
		if i >= 12 {
			parent = one("theme", 12)
		}
		facts.Take(made("theme", fmt.Sprintf("theme-%d", i), map[string]any{"parent": parent}))
	}
	matters := views / 75
	for i := range matters {
		facts.Take(made("matter", fmt.Sprintf("matter-%d", i), map[string]any{"status": "decided", "decision": "yes", "decided_by": map[string]any{"body": "b", "on": at()[:10]}}))
		facts.Take(made("answer", fmt.Sprintf("answer-%d", i), map[string]any{"matter": fmt.Sprintf("matter-%d", i), "status": "published", "published": at()}))
		for n := range 10 {
			facts.Take(made("telling", fmt.Sprintf("telling-%d-%d", i, n), map[string]any{"answer": fmt.Sprintf("answer-%d", i), "service": one("service", 25), "at": at()}))
		}
	}
	for i := range views * 3 / 10 {
		facts.Take(made("visit", fmt.Sprintf("visit-%d", i), map[string]any{"started": at(), "status": "done", "by": one("member", 60), "service": one("service", 25), "method": "van", "spoken": 3}))
	}
	for i := range views {
		facts.Take(made("view", fmt.Sprintf("view-%d", i), map[string]any{
			"at": at(), "service": one("service", 25), "by": one("member", 60), "kind": one("kind", 5), "method": one("method", 8), "review": "accepted",
			"themes": []string{one("theme", 70)}, "matters": []string{one("matter", matters)},
		}))
	}
	return facts
}
