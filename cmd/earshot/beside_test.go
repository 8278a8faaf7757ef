package main_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"earshot/server/programme"
	"earshot/sync/device"
)

// A command is a process of its own: what it writes has to reach devices that are
// connected to the server beside it.
func TestWhatACommandWritesReachesConnectedDevices(t *testing.T) {
	data := aDAT(t)
	url := serve(t, data)
	invitation := must[struct{ Code, Link, Member, Expires string }](t,
		"invite", "--data", data, "--dat", "ourtown", "--name", "Sam", "--role", "coordinator")
	d, err := device.Open(device.Options{URL: url, Schema: programme.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	me, err := d.Enrol(t.Context(), invitation.Code, "Sam's laptop")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(t.Context()) }()
	if err := d.WaitRead(t.Context()); err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(file, []byte("date,service,words\n2024-05-31,Bridge Street,They were kind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must[any](t, "import", "--data", data, "--dat", "ourtown", "--file", file)
	until(t, d, func() bool {
		views, err := d.Records("view")
		return err == nil && len(views) == 1 && views[0].Text("words") == "They were kind"
	})

	must[any](t, "device", "revoke", "--data", data, "--dat", "ourtown", "--device", me.Device)
	if err := <-ended; !errors.Is(err, device.ErrRevoked) {
		t.Errorf("the revoked device goes on, or ends with %v", err)
	}
	if views, err := d.Records("view"); err != nil || len(views) != 0 {
		t.Errorf("the revoked device still holds %d views (%v)", len(views), err)
	}
}

// until waits until something holds of a device.
func until(t *testing.T, d *device.Device, holds func() bool) {
	t.Helper()
	for {
		changed := d.Changed()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}
