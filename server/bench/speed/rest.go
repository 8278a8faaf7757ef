package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"earshot/server/bench/rig"
)

// importRows times `earshot import` of 5,000 rows, the process's start and end included.
func (b *bench) importRows(ctx context.Context) error {
	return b.on(ctx, "import", func(server *rig.Server, team rig.Team) error {
		file := filepath.Join(b.dir, "rows.csv")
		if err := writeRows(file, team.Views(rand.New(rand.NewPCG(5, 5))), 5000); err != nil {
			return err
		}
		var outcome struct{ Rows, Taken int }
		began := time.Now()
		if err := server.Command(ctx, &outcome, "import", "--dat", team.Slug, "--file", file); err != nil {
			return err
		}
		b.table.importTook = time.Since(began)
		if outcome.Taken != 5000 {
			return fmt.Errorf("%d of 5,000 rows were taken", outcome.Taken)
		}
		return nil
	})
}

func writeRows(file string, views rig.Views, rows int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	err = w.Write([]string{"date", "service", "words", "sentiment"})
	for i := 0; i < rows && err == nil; i++ {
		day := views.Now.AddDate(0, 0, -i%700).Format(time.DateOnly)
		err = w.Write([]string{day, fmt.Sprintf("Service %d", i%20), views.Words(), strconv.Itoa(1 + i%5)})
	}
	w.Flush()
	return errors.Join(err, w.Error(), f.Close())
}

// big fills a database, starts a server on it anew, and looks at it at rest.
func (b *bench) big(ctx context.Context) error {
	if b.records == 0 {
		return nil
	}
	return b.on(ctx, "big", func(server *rig.Server, team rig.Team) error {
		count, err := team.Fill(ctx, b.records)
		if err != nil {
			return err
		}
		if err := server.Stop(); err != nil {
			return err
		}
		if err := server.Again(ctx); err != nil {
			return err
		}
		b.table.bigRecords, b.table.bigStart = count, server.Ready
		// It indexes what it has not come to yet. What that needed has to have been given
		// back before it counts as idle.
		if err := server.Rest(ctx); err != nil {
			return err
		}
		time.Sleep(5 * time.Second)
		b.table.bigBytes, err = server.Resident()
		return err
	})
}
