package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"earshot/server/bench/rig"
)

// deskViews is how many views there are when a desk looks for words and takes
// everything out.
const deskViews = 100_000

// An export is what taking a file out took: how long, how many bytes it has, and by
// how much the server's memory grew meanwhile.
type export struct {
	file       string
	took       time.Duration
	size, grew int64
}

// desk times searches and exports among many views, over HTTP.
func (b *bench) desk(ctx context.Context) error {
	if b.records == 0 {
		return nil
	}
	return b.on(ctx, "desk", func(server *rig.Server, team rig.Team) error {
		if _, err := team.Fill(ctx, deskViews); err != nil {
			return err
		}
		desk, err := team.Invite(ctx, "Desk", "coordinator")
		if err != nil {
			return err
		}
		access, err := desk.Access(ctx)
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := ask(ctx, http.MethodPost, server.URL+"/v1/search", access, []byte(`{"text":"nowhere"}`)); err != nil {
			return err
		}
		b.table.soonest = time.Since(began)
		if err := server.Rest(ctx); err != nil {
			return err
		}
		if b.table.searches, err = search(ctx, server, team, access); err != nil {
			return err
		}
		for _, file := range []string{"view.csv", "earshot.json", "earshot.xlsx"} {
			one, err := takeOut(ctx, server, access, file)
			if err != nil {
				return err
			}
			b.table.exports = append(b.table.exports, one)
		}
		return nil
	})
}

// search looks 200 times for words that stand in all views, and for one that stands in few or none.
func search(ctx context.Context, server *rig.Server, team rig.Team, access string) (spread, error) {
	random := rand.New(rand.NewPCG(8, 8))
	said := strings.Fields(team.Views(random).Words())
	var times []time.Duration
	for n := range 200 {
		text := said[random.IntN(len(said))]
		switch n % 4 {
		case 1:
			text += " " + said[random.IntN(len(said))]
		case 2:
			text = fmt.Sprint(random.Uint32())
		case 3:
			text = strings.Join(said[n%50:n%50+5], " ")
		}
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			return spread{}, err
		}
		began := time.Now()
		if _, err := ask(ctx, http.MethodPost, server.URL+"/v1/search", access, body); err != nil {
			return spread{}, err
		}
		times = append(times, time.Since(began))
	}
	return spreadOf(times), nil
}

func takeOut(ctx context.Context, server *rig.Server, access, file string) (export, error) {
	before, err := server.Resident()
	if err != nil {
		return export{}, err
	}
	done, most := make(chan struct{}), make(chan int64)
	go func() {
		top := before
		for {
			select {
			case <-done:
				most <- top
				return
			case <-time.After(20 * time.Millisecond):
				if now, err := server.Resident(); err == nil {
					top = max(top, now)
				}
			}
		}
	}()
	began := time.Now()
	size, err := ask(ctx, http.MethodGet, server.URL+"/v1/export/"+file, access, nil)
	took := time.Since(began)
	close(done)
	return export{file, took, size, <-most - before}, err
}

// ask gives how many bytes an answer has.
func ask(ctx context.Context, method, url, access string, body []byte) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+access)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s answers %s", method, url, response.Status)
	}
	return size, err
}
