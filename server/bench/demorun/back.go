package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"earshot/server/desk"
	"earshot/sync/device"
)

// backAgain waits until every answer is on every phone, and looks for it on the
// page that everybody can read.
func (r *run) backAgain(ctx context.Context, matters []*matter) error {
	_, err := r.crowd.Heard(func(phone *device.Device) (bool, error) {
		for _, m := range matters {
			answer, err := phone.Record("answer", m.answer)
			if answer == nil || answer.Text("status") != "published" {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("the answers are not on every phone: %w", err)
	}
	for _, phone := range r.crowd.Phones {
		own, err := phone.Records("view")
		if err != nil {
			return err
		}
		for _, v := range own {
			if v.Text("words") != "" {
				r.wrong = append(r.wrong, "a phone was sent the words of a view")
			}
		}
	}
	address := r.server.URL + "/s/" + slug
	page, err := get(ctx, address)
	if err != nil {
		return err
	}
	public := 0
	for _, m := range matters {
		if strings.Contains(page, m.said) && strings.Contains(page, m.decision.did) {
			public++
		}
	}
	fmt.Printf("\nBack to those who spoke:\n")
	count(len(matters), fmt.Sprintf("answers are on each of the %d phones", len(r.crowd.Phones)))
	count(public, "answers stand at "+address)
	if public != len(matters) {
		r.wrong = append(r.wrong, fmt.Sprintf("%d of %d answers stand at /s/%s", public, len(matters), slug))
	}
	return nil
}

// get gives the text of a page, as a reader sees it.
func get(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("reading the public page: %w", err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the public page answers %s (%w)", answer.Status, err)
	}
	return html.UnescapeString(string(page)), nil
}

// differing counts the rows whose words no view has, each view standing for one row.
func differing(rows []desk.View, views []device.Record) int {
	said := map[string]int{}
	for _, v := range views {
		said[v.Text("words")]++
	}
	differ := 0
	for _, row := range rows {
		words, _ := row.Set["words"].(string)
		if words = strings.TrimSpace(norm.NFC.String(words)); said[words] == 0 {
			differ++
			continue
		}
		said[words]--
	}
	return differ
}
