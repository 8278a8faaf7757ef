package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"earshot/server/desk"
)

type exportCommand struct {
	tenant
	To string `required:"" placeholder:"DIR" help:"Where to write; made where it is not there."`
}

func (exportCommand) Help() string {
	return `Every collection as COLLECTION.csv, and earshot.xlsx with a sheet each. They hold what people said: keep them as you keep the server.
In a CSV, a text that begins like a formula gets an apostrophe, so that no spreadsheet runs it.

Example:

  earshot export --data /var/lib/earshot --dat ourtown --to ./ourtown-2024`
}

func (c *exportCommand) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	files, err := desk.Export(ctx, h.Store, dat, c.To)
	if err != nil {
		return fmt.Errorf("exporting to %s: %w: choose another directory with --to, with room and yours to write", c.To, err)
	}
	return out.show(map[string]any{"files": files}, func(w io.Writer) {
		for _, file := range files {
			fmt.Fprintf(w, "%7d  %s\n", file.Rows, file.Name)
		}
	})
}
