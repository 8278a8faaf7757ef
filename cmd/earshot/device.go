package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"earshot/server/identity"
	"earshot/server/store"
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
	return out.show(identity.Devices{Devices: list}, func(w io.Writer) { printDevices(w, list) })
}

func printDevices(w io.Writer, list []identity.DeviceInfo) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tMEMBER\tNAME\tLAST SEEN\tHOLDS\tREVOKED")
	for _, l := range list {
		seen := "never"
		if l.LastSeen != nil {
			seen = *l.LastSeen
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%t\n", l.ID, l.Member, l.Name, seen, l.Holds, l.Revoked)
	}
	table.Flush()
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
