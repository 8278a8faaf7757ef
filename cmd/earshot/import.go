package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"earshot/server/desk"
)

type importCommand struct {
	tenant
	File    string `required:"" placeholder:"F.csv" help:"A CSV in UTF-8 with the columns date, service, words, and optionally themes, sentiment, method, kind."`
	Service string `placeholder:"NAME" help:"The service of rows that name none. Default: one called \"Not stated\"."`
}

func (importCommand) Help() string {
	return `The same file twice changes nothing. Sentiment is 1 (very positive) to 5; themes are joined by "|" and found by code, name or
framework label; services and themes that are not known are made. The first row below the header is row 1.

Example:

  earshot import --data /var/lib/earshot --dat ourtown --file comments-2024.csv --service "Bridge Street exchange"`
}

func (c *importCommand) Run(ctx context.Context, out *printer) (err error) {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("opening the file: %w: check --file", err)
	}
	defer file.Close()
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	outcome, err := desk.Import{Store: h.Store, DAT: dat, Service: c.Service, Now: time.Now(), Random: rand.Reader}.Run(ctx, file)
	if err != nil {
		return fmt.Errorf("importing %s: %w", c.File, err)
	}
	return out.show(outcome, func(w io.Writer) {
		fmt.Fprintf(w, "%d rows: %d taken, %d here already, %d refused.\n", outcome.Rows, outcome.Taken, outcome.Same, len(outcome.Refused))
		fmt.Fprintf(w, "Without a date, so that they have the file's latest: %d. Services made: %d. Themes made: %d.\n",
			outcome.Undated, outcome.ServicesMade, outcome.ThemesMade)
		for _, row := range outcome.Refused {
			fmt.Fprintf(w, "row %d: %s\n", row.Row, row.Message)
		}
	})
}
