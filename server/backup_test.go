package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"earshot/server"
	"earshot/server/backup"
	"earshot/server/store"
	"earshot/server/store/ledger"
	"earshot/sync/device"
	"earshot/sync/record"
)

// A vault is a server whose data directory is backed up and restored, always at the
// same address.
type vault struct {
	*world
	dir string
	key *age.X25519Identity
	dat store.DAT
}

func aVault(t *testing.T, change ...func(*server.Config)) *vault {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	v := &vault{dir: t.TempDir(), key: key}
	v.world = start(t, append(change, func(c *server.Config) { c.Data, c.Safe = v.dir, "backup" })...)
	v.dat = v.world.dat("north")
	return v
}

// backUp makes a backup beside the running server.
func (v *vault) backUp() []byte {
	v.t.Helper()
	var file bytes.Buffer
	of, err := backup.Write(v.t.Context(), &file, v.dir, v.server.Store(), v.key.Recipient())
	if err == nil {
		err = v.server.Store().Backed(v.t.Context(), of)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return file.Bytes()
}

// comeBack stops the server, puts the backup in its place, and starts it again.
func (v *vault) comeBack(file []byte) backup.Restored {
	v.t.Helper()
	v.end()
	back, err := backup.Restore(v.t.Context(), bytes.NewReader(file), v.dir, v.key)
	if err != nil {
		v.t.Fatal(err)
	}
	v.again()
	return back
}

// again starts the server where it was.
func (v *vault) again() {
	v.t.Helper()
	was, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	v.world = start(v.t, func(c *server.Config) { c.Data, c.Safe, c.Listen = v.dir, "backup", was.Host })
}

func (v *vault) whole() {
	v.t.Helper()
	r, err := v.server.Store().Check(v.t.Context())
	if err != nil || len(r.Problems) > 0 {
		v.t.Fatalf("the database does not agree with itself: %v %v", r.Problems, err)
	}
}

// done waits until all that a device has saved has this fate, or a better one.
func done(t *testing.T, dev *device.Device, fate device.Fate) {
	t.Helper()
	for ctx := soon(t); ; {
		changed, all := dev.Changed(), true
		for _, it := range dev.Outbox() {
			if it.Problem != nil {
				t.Fatalf("op %d: %v", it.N, it.Problem)
			}
			all = all && it.Fate >= fate
		}
		if all {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("not all of it came to be %v: %v", fate, dev.Outbox())
		}
	}
}

func (v *vault) service(desk *device.Device) string {
	v.t.Helper()
	id := newID()
	n, err := desk.Save(device.Change{Collection: "service", ID: id, Set: map[string]any{"name": "Riverside", "kind": "group", "sector": "nhs"}})
	if err == nil {
		_, err = desk.Wait(soon(v.t), n)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return id
}

func says(t *testing.T, dev *device.Device, service, words string) string {
	t.Helper()
	id := newID()
	if _, err := dev.Save(device.Change{Collection: "view", ID: id, Set: map[string]any{
		"service": service, "method": "conv", "words": words, "share": "words", "consent": 1,
	}}); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFiftyPhonesHandInAgainWhatTheBackupHadNot(t *testing.T) {
	v := aVault(t)
	desk := v.device(v.dat, "coordinator")
	v.run(desk)
	service := v.service(desk)
	said := map[string]bool{}
	var phones []*device.Device
	for i := range 50 {
		phone := v.device(v.dat, "volunteer")
		v.run(phone)
		for j := range 3 {
			said[says(t, phone, service, fmt.Sprintf("Before %d %d", i, j))] = true
		}
		phones = append(phones, phone)
	}
	for _, phone := range phones {
		done(t, phone, device.Acked)
	}
	file := v.backUp()
	for i, phone := range phones {
		done(t, phone, device.Safe) // it is told, without asking
		for j := range 3 {
			said[says(t, phone, service, fmt.Sprintf("After %d %d", i, j))] = true
		}
	}
	deskHas(t, desk, said)
	for _, phone := range phones {
		done(t, phone, device.Acked)
		if fates := phone.Outbox(); fates[len(fates)-1].Fate != device.Acked {
			t.Fatalf("what no backup holds is called %v", fates[len(fates)-1].Fate)
		}
	}
	before := v.server.Store().Epoch()
	if back := v.comeBack(file); back.Bare || back.DATs != 1 {
		t.Errorf("restored %+v", back)
	}
	if v.server.Store().Epoch() == before {
		t.Error("the epoch is the old one")
	}
	for ctx := soon(t); ; time.Sleep(20 * time.Millisecond) {
		dat, err := v.server.Store().DAT(ctx, "north")
		if err != nil {
			t.Fatal(err)
		}
		counts, err := v.server.Store().Counts(ctx, dat.Num)
		if err != nil {
			t.Fatal(err)
		}
		views := int64(0)
		for _, c := range counts {
			if c.Collection == "view" {
				views = c.Records
			}
		}
		if views == int64(len(said)) {
			break
		}
	}
	deskHas(t, desk, said)
	for _, phone := range phones {
		done(t, phone, device.Acked)
	}
	v.whole()
	// A second restore of the same backup is no other.
	v.comeBack(file)
	deskHas(t, desk, said)
	for _, phone := range phones {
		done(t, phone, device.Acked)
	}
	if held := v.held(v.dat); len(held) != 0 {
		t.Errorf("in quarantine: %d", len(held))
	}
	v.whole()
}

func TestARestoreBringsNothingBackThatWasTakenAway(t *testing.T) {
	const secret = "marigold"
	v := aVault(t)
	desk := v.enrol(v.dat, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	author := v.enrol(v.dat, "volunteer")
	a, _ := author.connect(pushing)
	ids := map[string]string{}
	for _, name := range []string{"withdrawn", "redacted", "narrowed", "accepted"} {
		ids[name] = newID()
		a.applied(author.view(ids[name], service, secret+" "+name))
	}
	reader, _ := desk.connect()
	held, _ := reader.catchUp()
	at := func(name string) int64 { return held["view/"+ids[name]].num("v") }
	l, _ = desk.connect(pushing)
	l.applied(desk.op("view", ids["accepted"], at("accepted"), frame{"set": frame{"review": "accepted", "kind": "idea"}}))
	late := v.invite(v.dat, "volunteer") // used after the backup
	lost := v.enrol(v.dat, "volunteer")
	file := v.backUp()

	a, _ = author.connect(pushing)
	a.applied(author.op("view", ids["withdrawn"], 0, frame{"withdraw": true}))
	a.applied(author.op("view", ids["narrowed"], 0, frame{"set": frame{"share": "team"}}))
	reader, _ = desk.connect()
	held, _ = reader.catchUp()
	l, _ = desk.connect(pushing)
	since := []frame{
		desk.op("view", ids["redacted"], at("redacted"), frame{"redact": frame{"words": "[taken out]"}}),
		desk.op("view", ids["accepted"], at("accepted"), frame{"set": frame{"review": "new"}}),
	}
	l.applied(since...)
	taken := desk.op("view", "", 0, frame{"receipt": "PINE-RIVER-LAMP-42", "withdraw": true})
	delete(taken, "r")
	l.applied(taken)
	v.post("/v1/devices/"+lost.device, desk.access, frame{"revoke": true}).want(200, nil)
	v.post("/v1/enrol", "", frame{"code": late.Code, "key": freshKey(t), "name": "a newcomer's"}).want(201, nil)

	back := v.comeBack(file)
	if back.Bare {
		t.Error("the ledger was there")
	}
	// Nobody has come back yet: what is so is so by the ledger alone.
	st := v.server.Store()
	get := func(name string) *record.Record {
		r, err := st.Record(t.Context(), v.dat.Num, "view", ids[name])
		if err != nil {
			t.Fatal(name, err)
		}
		return r
	}
	if r := get("withdrawn"); !r.Gone {
		t.Error("what was withdrawn is back")
	}
	if r := get("redacted"); !r.Get("words").Absent() {
		t.Error("what was redacted is back")
	}
	if r := get("narrowed"); r.Get("share").Text() != "team" {
		t.Errorf("it may travel as far as %s again", r.Get("share"))
	}
	if r := get("accepted"); r.Get("review").Text() != "new" {
		t.Errorf("it is %s again", r.Get("review"))
	}
	if d, err := st.Device(t.Context(), lost.device); err != nil || d.Revoked == 0 {
		t.Errorf("the lost phone is welcome again: %v", err)
	}
	v.post("/v1/enrol", "", frame{"code": late.Code, "key": freshKey(t), "name": "a thief's"}).refused(403, "invitation_invalid")
	scanFor(t, v.dir, secret+" withdrawn", secret+" redacted")

	// The desk comes back with its own ops: what it had put there comes with it.
	l, _ = desk.connect(pushing)
	if got := l.hand(since...).results(); strings.Contains(strings.Join(got, " "), "refused") {
		t.Error(got)
	}
	if r := get("redacted"); r.Get("words").Text() != "[taken out]" {
		t.Errorf("where it was redacted stands %s", r.Get("words"))
	}
	if r := get("accepted"); r.Get("review").Text() != "new" || len(r.Losers(r.Collection.Field("review"))) > 0 {
		t.Errorf("it is %s, beside %v", r.Get("review"), r.Losers(r.Collection.Field("review")))
	}
	// What was taken back by a receipt before it came is gone as it comes.
	another := v.enrol(v.dat, "volunteer")
	a, _ = another.connect(pushing)
	ids["receipt"] = newID()
	said := another.view(ids["receipt"], service, secret+" with a receipt")
	said["set"].(frame)["receipt"] = "PINE-RIVER-LAMP-42"
	a.applied(said)
	if r := get("receipt"); !r.Gone {
		t.Error("what was taken back by its receipt came in")
	}
	v.whole()
}

// scanFor looks for words in every file of a directory, which are out of all of them
// as soon as nobody hands anything in.
func scanFor(t *testing.T, dir string, words ...string) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		found := ""
		files, err := filepath.Glob(filepath.Join(dir, "earshot.*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range words {
				if bytes.Contains(text, []byte(it)) {
					found = filepath.Base(file)
				}
			}
		}
		if found == "" {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%s holds what was taken out", found)
		}
	}
}

func TestADatabaseThatIsOlderThanItsMarkBeginsANewEpoch(t *testing.T) {
	v := aVault(t)
	desk := v.enrol(v.dat, "coordinator")
	l, welcome := desk.connect(pushing)
	desk.service(l, "Riverside")
	epoch := welcome.text("epoch")
	v.end()
	old, err := os.ReadFile(filepath.Join(v.dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	v.again()
	l, welcome = desk.connect(pushing)
	if welcome.text("epoch") != epoch {
		t.Fatal("a start alone begins no new epoch")
	}
	last := l.applied(desk.op("service", newID(), 0, frame{"set": frame{"name": "Hill", "kind": "group", "sector": "nhs"}}))
	seq := int64(last["results"].([]any)[0].(map[string]any)["seq"].(float64))
	v.end()
	// Somebody copies an older file over it.
	if err := os.WriteFile(filepath.Join(v.dir, store.File), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, log := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(v.dir, store.File+log))
	}
	v.again()
	if _, welcome = desk.connect(pushing); welcome.text("epoch") == epoch {
		t.Error("an older copy goes on in the same epoch")
	}
	// The device's own numbers are ahead of this copy: it would hand in again first.
	other := v.enrol(v.dat, "coordinator")
	l, _ = other.connect(pushing)
	next := l.applied(other.op("service", newID(), 0, frame{"set": frame{"name": "Mill", "kind": "group", "sector": "nhs"}}))
	if got := int64(next["results"].([]any)[0].(map[string]any)["seq"].(float64)); got <= seq {
		t.Errorf("seq %d was given before, up to %d", got, seq)
	}
	v.whole()

	epoch = welcome.text("epoch")
	v.end()
	if err := os.Remove(filepath.Join(v.dir, ledger.File)); err != nil {
		t.Fatal(err)
	}
	v.again()
	if _, welcome = desk.connect(pushing); welcome.text("epoch") == epoch {
		t.Error("without a ledger it goes on in the same epoch")
	}
}

func TestTheDeskAndTheOperatorHearThatTheBackupIsOld(t *testing.T) {
	var ahead atomic.Int64
	v := aVault(t, func(c *server.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	desk := v.enrol(v.dat, "coordinator")
	asked := func() (said frame, ready string) {
		v.get("/v1/reports/backup", desk.access).want(200, &said)
		a := v.get("/readyz", "")
		if a.status != 200 {
			t.Fatalf("/readyz: %d", a.status)
		}
		return said, string(a.body)
	}
	said, ready := asked()
	if said["follows"] != true || said["last"] != nil || said["stale"] != true || !strings.Contains(ready, "without a backup") {
		t.Errorf("before the first: %v, %s", said, ready)
	}
	v.backUp()
	if said, ready = asked(); said["last"] == nil || said["stale"] != false || ready != "ready\n" {
		t.Errorf("after it: %v, %s", said, ready)
	}
	ahead.Store(int64(25 * time.Hour))
	var token struct{ Access string }
	v.post("/v1/token", "", frame{"assertion": desk.assertion(late(25 * time.Hour))}).want(200, &token)
	desk.access = token.Access
	if said, ready = asked(); said["stale"] != true || !strings.Contains(ready, "25 hours old") {
		t.Errorf("a day later: %v, %s", said, ready)
	}
}

func TestABackupIsPutBackWholeOrNotAtAll(t *testing.T) {
	v := aVault(t)
	v.enrol(v.dat, "coordinator")
	file := v.backUp()
	ctx := context.Background()
	if _, err := backup.Restore(ctx, bytes.NewReader(file), v.dir, v.key); !errors.Is(err, store.ErrInUse) {
		t.Errorf("under a running server: %v", err)
	}
	v.end()
	before := listing(t, v.dir)
	for name, broken := range map[string][]byte{
		"cut off": file[:len(file)/2], "nearly whole": file[:len(file)-1], "nothing": nil,
		"changed": append(append(bytes.Clone(file[:len(file)-9]), file[len(file)-9]^1), file[len(file)-8:]...),
	} {
		if _, err := backup.Restore(ctx, bytes.NewReader(broken), v.dir, v.key); err == nil {
			t.Errorf("%s: taken", name)
		}
		if after := listing(t, v.dir); after != before {
			t.Errorf("%s: the directory is another:\n%s\n%s", name, before, after)
		}
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, bytes.NewReader(file), v.dir, stranger); err == nil {
		t.Error("anybody's key opens it")
	}
	other := aVault(t)
	other.end()
	if _, err := backup.Restore(ctx, bytes.NewReader(file), other.dir, v.key); !errors.Is(err, backup.ErrOtherKeys) {
		t.Errorf("over another server: %v", err)
	}
	elsewhere := t.TempDir()
	back, err := backup.Restore(ctx, bytes.NewReader(file), elsewhere, v.key)
	if err != nil || !back.Bare {
		t.Errorf("on a fresh disk: %+v, %v", back, err)
	}
	v.again()
}

// listing gives the files of a directory with their sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, e.Name(), info.Size(), info.ModTime())
	}
	return b.String()
}
