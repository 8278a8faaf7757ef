package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/sync/record"
)

type deviceCommands struct {
	List   deviceList   `cmd:"" help:"List the devices of a DAT, and what each still holds."`
	Revoke deviceRevoke `cmd:"" help:"Revoke a lost device: it is wiped at its next contact."`
}

type deviceList struct{ tenant }

func (deviceList) Help() string {
	return "Example:\n\n  earshot device list --data /var/lib/earshot --dat ourtown"
}

func (c *deviceList) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	devices, err := h.Devices(ctx, dat.Num)
	if err != nil {
		return fmt.Errorf("listing the devices: %w", err)
	}
	list := []identity.DeviceInfo{}
	for _, d := range devices {
		list = append(list, identity.DeviceInfoOf(d))
	}
	names := map[string]string{} // for people: a program has the ids
	if !out.json {
		err = h.Each(ctx, dat.Num, "member", func(r *record.Record) error {
			names[r.ID] = r.Get("name").Text()
			return nil
		})
		if err != nil {
			return fmt.Errorf("looking up the members: %w", err)
		}
	}
	return out.show(identity.Devices{Devices: list}, func(w io.Writer) { printDevices(w, devices, names) })
}

func printDevices(w io.Writer, devices []store.Device, names map[string]string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHOSE\tNAME\tLAST SEEN\tHOLDS\tREVOKED\tID\tMEMBER")
	for _, d := range devices {
		seen := "never"
		if d.Seen != 0 {
			seen = d.Seen.Std().UTC().Format("2006-01-02 15:04 UTC")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%t\t%s\t%s\n", names[d.Member], d.Name, seen, held(d.Holds), d.Revoked != 0, d.ID, d.Member)
	}
	table.Flush()
}

// held says what a device still holds, by its last word.
func held(holds string) string {
	var h struct {
		Ops             int64
		Oldest, Trouble string
	}
	if json.Unmarshal([]byte(holds), &h) != nil {
		return "not said"
	}
	if h.Ops == 0 {
		return "nothing"
	}
	said := fmt.Sprintf("%d waiting", h.Ops)
	if h.Oldest != "" {
		said += " since " + h.Oldest
	}
	if h.Trouble != "" {
		said += " (" + h.Trouble + ")"
	}
	return said
}

type deviceRevoke struct {
	tenant
	Device string `required:"" placeholder:"ID" help:"The device (earshot device list)."`
}

func (deviceRevoke) Help() string {
	return "Example:\n\n  earshot device revoke --data /var/lib/earshot --dat ourtown --device NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
}

func (c *deviceRevoke) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	err = h.Revoke(ctx, dat.Num, c.Device, "")
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s has no device with this id: \"earshot device list\" shows them", dat.Name)
	}
	if err != nil {
		return fmt.Errorf("revoking the device: %w", err)
	}
	device, err := h.Device(ctx, c.Device)
	if err != nil {
		return fmt.Errorf("looking at the revoked device: %w", err)
	}
	revoked := identity.Devices{Devices: []identity.DeviceInfo{identity.DeviceInfoOf(device)}}
	return out.show(revoked, func(w io.Writer) {
		fmt.Fprintln(w, "Revoked. It is wiped at its next contact; what it still holds goes to quarantine, for a coordinator to look at.")
	})
}
