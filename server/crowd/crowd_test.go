package crowd_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"earshot/server"
	"earshot/server/crowd"
	"earshot/server/identity"
	"earshot/server/programme"
	"earshot/sync/device"
)

// gather starts a server with one DAT, and brings a crowd together there.
func gather(t *testing.T, o crowd.Options) *crowd.Crowd {
	t.Helper()
	ready := make(chan *url.URL, 1)
	s, err := server.New(t.Context(), server.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", Ready: func(address *url.URL) { ready <- address },
	})
	if err != nil {
		t.Fatal(err)
	}
	dat, err := s.Store().CreateDAT(t.Context(), "Ourtown DAT", "ourtown")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	o.URL = (<-ready).String()
	o.Invite = func(ctx context.Context, name, role string) (string, error) {
		invitation, err := s.Identity().Invite(ctx, dat.Num, identity.Caller{}, identity.Invite{Name: name, Role: role})
		return invitation.Code, err
	}
	c, err := crowd.Gather(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		report, err := s.Store().Check(context.Background())
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("afterwards the server does not agree with itself: %v %v", report.Problems, err)
		}
	})
	return c
}

// handIn hands everything in.
func handIn(t *testing.T, c *crowd.Crowd) crowd.HandedIn {
	t.Helper()
	handed, err := c.HandIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range handed.Refused {
		t.Errorf("a view was refused: %s: %s", r.Problem.Field, r.Problem.Message)
	}
	return handed
}

// takeAll reads everything as somebody new.
func takeAll(t *testing.T, c *crowd.Crowd) crowd.Taken {
	t.Helper()
	taken, err := c.TakeAll()
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func TestWhatIsHandedInOverABadLineIsThereOnce(t *testing.T) {
	c := gather(t, crowd.Options{Phones: 20, Batch: 2, Faults: true})
	if err := c.Invent(6); err != nil {
		t.Fatal(err)
	}
	handed := handIn(t, c)
	taken := takeAll(t, c)
	lost, twice := handed.Compare(taken)
	if len(handed.Views) != 120 || len(taken.Views) != 120 || lost != 0 || twice != 0 {
		t.Errorf("%d handed in, %d taken, %d lost, %d twice", len(handed.Views), len(taken.Views), lost, twice)
	}
	if c.Faults.Cut.Load()+c.Faults.Unanswered.Load() == 0 || c.Faults.Blocked.Load() == 0 {
		t.Error("no connection broke, or none was blocked, so this has shown nothing")
	}
}

func TestALostAndADoubledViewAreFound(t *testing.T) {
	c := gather(t, crowd.Options{Phones: 2})
	if err := c.Invent(3); err != nil {
		t.Fatal(err)
	}
	handed := handIn(t, c)
	if lost, twice := handed.Compare(takeAll(t, c)); lost != 0 || twice != 0 {
		t.Fatalf("%d lost and %d twice before anything was", lost, twice)
	}

	// One goes, behind the phone's back.
	gone := atTheDesk(t, c, "view", 6)[0]
	save(t, c.Desk, device.Change{Collection: "view", ID: gone.ID, Withdraw: true})
	if lost, twice := handed.Compare(takeAll(t, c)); lost != 1 || twice != 0 {
		t.Errorf("with one view gone: %d lost and %d twice", lost, twice)
	}

	// One is there under another id.
	id, err := programme.NewID(programme.Monday(time.Now()), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	save(t, c.Phones[0], device.Change{Collection: "view", ID: id, Set: map[string]any{
		"service": atTheDesk(t, c, "service", 1)[0].ID, "method": "conv", "words": "Once more.", "share": "team",
	}})
	if lost, twice := handed.Compare(takeAll(t, c)); lost != 1 || twice != 1 {
		t.Errorf("with one view gone and one doubled: %d lost and %d twice", lost, twice)
	}
}

// atTheDesk waits until the coordinator has exactly so many records of a collection.
func atTheDesk(t *testing.T, c *crowd.Crowd, collection string, count int) (records []device.Record) {
	t.Helper()
	if err := c.Until(c.Desk, func() (_ bool, err error) {
		records, err = c.Desk.Records(collection)
		return len(records) == count, err
	}); err != nil {
		t.Fatalf("%d records of %s, not %d: %v", len(records), collection, count, err)
	}
	return records
}

// save saves a change and waits until the server has taken it.
func save(t *testing.T, d *device.Device, change device.Change) {
	t.Helper()
	n, err := d.Save(change)
	if err != nil {
		t.Fatal(err)
	}
	if item, err := d.Wait(t.Context(), n); err != nil || item.Problem != nil {
		t.Fatalf("not taken: %v %+v", err, item.Problem)
	}
}

func TestEachRowOfAFileIsHandedInOnce(t *testing.T) {
	c := gather(t, crowd.Options{Phones: 3})
	refused, err := c.DealOut(strings.NewReader("date,service,words,themes,sentiment\n" +
		"2024-05-31,Bridge Street,The queue was long,Waiting,4\n" +
		"2024-05-31,Bridge Street,The queue was long,Waiting,4\n" + // two people may say the same
		"yesterday,Bridge Street,This has no date,,\n" +
		"2024-05-31,,They were kind,T0101,1\n" +
		"2024-05-31,Mill Lane,,T0302,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(refused) != 1 || refused[0].Row != 3 {
		t.Errorf("left out: %+v", refused)
	}
	handed := handIn(t, c)
	taken := takeAll(t, c)
	if lost, twice := handed.Compare(taken); len(handed.Views) != 4 || len(taken.Views) != 4 || lost != 0 || twice != 0 {
		t.Errorf("%d handed in, %d taken, %d lost, %d twice", len(handed.Views), len(taken.Views), lost, twice)
	}
	said := map[string]int{}
	for _, v := range atTheDesk(t, c, "view", 4) {
		said[v.Text("kind")+": "+v.Text("words")]++
	}
	if said["concern: The queue was long"] != 2 || said["praise: They were kind"] != 1 || said["idea: "] != 1 {
		t.Errorf("the desk reads %v", said)
	}
	atTheDesk(t, c, "service", 3) // Bridge Street, Mill Lane, and the one for those that name none
}

func TestAChangeReachesEveryPhone(t *testing.T) {
	c := gather(t, crowd.Options{Phones: 4})
	if err := c.Invent(1); err != nil {
		t.Fatal(err)
	}
	handIn(t, c)
	times, err := c.FanOut(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != 3 {
		t.Errorf("%d changes were timed, not 3", len(times))
	}
	for _, phone := range c.Phones {
		if r, err := phone.Record("member", c.Desk.Me().Member); err != nil || r == nil || r.Text("name") != c.Desk.Me().Name {
			t.Errorf("a phone knows the coordinator as %+v %v", r, err)
		}
	}
}

func TestACrowdWithoutAServerSaysSo(t *testing.T) {
	_, err := crowd.Gather(t.Context(), crowd.Options{
		URL: "http://127.0.0.1:1", Phones: 1,
		Invite: func(context.Context, string, string) (string, error) { return "K7QF-3MXP-2DRA", nil },
	})
	if err == nil {
		t.Error("enrolled with nobody")
	}
}
