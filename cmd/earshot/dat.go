package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"earshot/server/programme"
	"earshot/server/store"
)

type datCommands struct {
	Add  datAdd  `cmd:"" help:"Make a DAT with the default themes."`
	List datList `cmd:"" help:"List the DATs here."`
}

type datAdd struct {
	place
	Name string `required:"" help:"What people call it."`
	Slug string `required:"" help:"Its name in addresses: lower-case letters, digits, hyphens."`
}

func (datAdd) Help() string {
	return "Example:\n\n  earshot dat add --data /var/lib/earshot --name \"Ourtown DAT\" --slug ourtown"
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate is called by kong: what it finds is wrong usage.
func (c *datAdd) Validate() error {
	if c.Data == "" && c.Name == "" && c.Slug == "" {
		return nil // kong names all three at once
	}
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" {
		return errors.New("--name is what people call the DAT")
	}
	if utf8.RuneCountInString(c.Name) > programme.NameMax {
		return fmt.Errorf("--name may have %d characters", programme.NameMax)
	}
	if len(c.Slug) > 60 || !slug.MatchString(c.Slug) {
		return errors.New("--slug stands in addresses: up to 60 lower-case letters, digits and single hyphens, like ourtown")
	}
	return nil
}

// A datLine is one DAT as it is printed.
type datLine struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

func (c *datAdd) Run(ctx context.Context, out *printer) (err error) {
	h, err := c.make(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	dat, err := h.CreateDAT(ctx, c.Name, c.Slug)
	if errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("the slug %q is another DAT's: choose another one", c.Slug)
	}
	if err != nil {
		return fmt.Errorf("making the DAT: %w", err)
	}
	return out.show(datLine{dat.ID, dat.Slug, dat.Name}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is here. Its page is /s/%s. Next:\n\n  earshot invite --data %s --dat %s --name NAME --role coordinator\n",
			dat.Name, dat.Slug, c.Data, dat.Slug)
	})
}

type datList struct{ place }

func (datList) Help() string { return "Example:\n\n  earshot dat list --data /var/lib/earshot" }

func (c *datList) Run(ctx context.Context, out *printer) (err error) {
	h, err := c.open(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	type counted struct {
		datLine
		Members int64 `json:"members"`
		Views   int64 `json:"views"`
		Matters int64 `json:"matters"`
	}
	list := []counted{}
	dats, err := h.DATs(ctx)
	if err != nil {
		return fmt.Errorf("listing the DATs: %w", err)
	}
	for _, dat := range dats {
		counts, err := h.Counts(ctx, dat.Num)
		if err != nil {
			return fmt.Errorf("counting the records of a DAT: %w", err)
		}
		line := counted{datLine: datLine{dat.ID, dat.Slug, dat.Name}}
		for _, count := range counts {
			switch count.Collection {
			case "member":
				line.Members = count.Records
			case "view":
				line.Views = count.Records
			case "matter":
				line.Matters = count.Records
			}
		}
		list = append(list, line)
	}
	return out.show(map[string]any{"dats": list}, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "SLUG\tNAME\tMEMBERS\tVIEWS\tMATTERS")
		for _, line := range list {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\n", line.Slug, line.Name, line.Members, line.Views, line.Matters)
		}
		table.Flush()
	})
}
