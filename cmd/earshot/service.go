package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"earshot/sync/record"
)

type serviceCommands struct {
	Add  serviceAdd  `cmd:"" help:"Make a service."`
	List serviceList `cmd:"" help:"List the services of a DAT."`
}

type serviceAdd struct {
	tenant
	Name   string `required:"" help:"What people call it."`
	Kind   string `required:"" enum:"${service_kinds}" help:"One of ${enum}."`
	Sector string `required:"" enum:"${service_sectors}" help:"One of ${enum}."`
}

func (serviceAdd) Help() string {
	return "Example:\n\n  earshot service add --data /var/lib/earshot --dat ourtown --name \"Bridge Street exchange\" --kind needle_exchange --sector voluntary"
}

func (c *serviceAdd) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	id, err := h.create(ctx, dat, "service", map[string]any{"name": c.Name, "kind": c.Kind, "sector": c.Sector})
	if err != nil {
		return err
	}
	return out.show(map[string]string{"id": id, "name": c.Name}, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n", id, c.Name)
	})
}

type serviceList struct{ tenant }

func (serviceList) Help() string {
	return "Example:\n\n  earshot service list --data /var/lib/earshot --dat ourtown"
}

func (c *serviceList) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	type line struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Kind   string `json:"kind"`
		Sector string `json:"sector"`
		Active bool   `json:"active"`
	}
	list := []line{}
	err = h.Each(ctx, dat.Num, "service", func(r *record.Record) error {
		list = append(list, line{
			r.ID, r.Get("name").Text(), r.Get("kind").Text(), r.Get("sector").Text(), r.Get("active") == record.Bool(true),
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing the services: %w", err)
	}
	return out.show(map[string]any{"services": list}, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tKIND\tSECTOR\tACTIVE")
		for _, l := range list {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%t\n", l.ID, l.Name, l.Kind, l.Sector, l.Active)
		}
		table.Flush()
	})
}
