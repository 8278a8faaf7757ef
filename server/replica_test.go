package server_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"earshot/server/live"
)

// A replica stores pages as the contract tells a client to, and nothing else.
type replica struct {
	t      *testing.T
	cursor any // text, or nil: nothing is held
	held   map[string]frame
	pages  int
	order  []frame // records as they came
}

func newReplica(t *testing.T) *replica { return &replica{t: t, held: map[string]frame{}} }

// store takes a page; it must follow what is held.
func (r *replica) store(page frame) {
	r.t.Helper()
	if page["after"] != r.cursor {
		r.t.Fatalf("a page follows %.40v, held is %.40v", page["after"], r.cursor)
	}
	r.pages++
	dropped, _ := page["dropped"].([]any)
	for _, a := range dropped {
		maps.DeleteFunc(r.held, func(_ string, rec frame) bool { return slices.Contains(rec["a"].([]any), a) })
	}
	for _, rec := range page.records() {
		key := rec.text("c") + "/" + rec.text("r")
		r.order = append(r.order, rec)
		if rec["gone"] == true || rec["out"] == true {
			delete(r.held, key)
			continue
		}
		r.held[key] = rec
	}
	r.cursor = page.text("cursor")
}

// read stores pages until one has no more, and compares its sums.
func (r *replica) read(l *line) (last frame) {
	r.t.Helper()
	for {
		last = l.next("changes")
		r.store(last)
		l.send(frame{"t": "seen", "cursor": r.cursor})
		if last["more"] == false {
			r.agrees(last)
			return last
		}
	}
}

// agrees compares the sums of a page with what is held.
func (r *replica) agrees(page frame) {
	r.t.Helper()
	sums, _ := page["sums"].(map[string]any)
	for audience, sum := range sums {
		var mine uint64
		for key, rec := range r.held {
			if slices.Contains(rec["a"].([]any), any(audience)) {
				h := sha256.Sum256([]byte(fmt.Sprintf("%s/%d", key, rec.num("v"))))
				mine += binary.BigEndian.Uint64(h[:8])
			}
		}
		if text := strconv.FormatUint(mine, 10); text != sum {
			r.t.Errorf("the sum of %s is %v, what is held gives %s", audience, sum, text)
		}
	}
}

var small = []string{"dat", "service", "theme", "member", "matter", "answer", "visit"}

func TestAFirstReadComesSmallFirstThenNewestInBoundedPages(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "A")
	words := strings.Repeat("said at the door ", 30)
	for range 5 {
		var ops []frame
		for range 500 {
			ops = append(ops, desk.view(newID(), service, words))
		}
		pusher.applied(ops...)
	}
	pusher.applied(desk.op("matter", newID(), 0, frame{"set": frame{"title": "M", "level": "service"}}))

	l, _ := desk.connect()
	r := newReplica(t)
	for more := true; more; {
		l.conn.SetReadDeadline(time.Now().Add(await))
		_, data, err := l.conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		var page frame
		if err := json.Unmarshal(data, &page); err != nil {
			t.Fatal(err)
		}
		if len(data) > 512<<10 || len(page.records()) > 1000 {
			t.Errorf("a page of %d records and %d bytes", len(page.records()), len(data))
		}
		r.store(page)
		l.send(frame{"t": "seen", "cursor": r.cursor})
		if more = page["more"] == true; more && page["sums"] != nil {
			t.Error("a page that is not the last has sums")
		}
		if r.pages == 2 { // what is new comes in between
			pusher.applied(desk.op("service", newID(), 0, frame{"set": frame{"name": "new", "kind": "group", "sector": "nhs"}}))
		}
		if !more {
			r.agrees(page)
			if page["sums"] == nil {
				t.Error("the last page of a first read has no sums")
			}
		}
	}
	if len(r.held) < 2570 || r.pages < 4 {
		t.Errorf("%d records in %d pages", len(r.held), r.pages)
	}
	var view int64
	seen := map[string]bool{}
	for i, rec := range r.order {
		key := rec.text("c") + "/" + rec.text("r")
		if seen[key] {
			t.Errorf("%s came twice", key)
		}
		seen[key] = true
		if f, _ := rec["f"].(map[string]any); f["name"] == "new" {
			if i == len(r.order)-1 {
				t.Error("what was new came last")
			}
			continue
		}
		if slices.Contains(small, rec.text("c")) {
			if view != 0 {
				t.Fatalf("a %s came after a view", rec.text("c"))
			}
			continue
		}
		if view != 0 && rec.num("v") > view {
			t.Fatalf("view %d came after %d", rec.num("v"), view)
		}
		view = rec.num("v")
	}
}

func TestABreakAnywhereInAFirstReadIsPickedUp(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "A")
	for range 6 {
		var ops []frame
		for range 500 {
			ops = append(ops, desk.view(newID(), service, "said"))
		}
		pusher.applied(ops...)
	}
	r := newReplica(t)
	var gone frame
	for broken := 0; ; broken++ {
		l, _ := desk.connect(func(h frame) { h["cursor"] = r.cursor })
		page := l.next("changes")
		r.store(page)
		l.conn.Close() // before it says seen
		if page["more"] == false {
			r.agrees(page)
			if broken < 3 {
				t.Errorf("all of it came in %d pages", broken+1)
			}
			break
		}
		if gone == nil { // one that was read and one that was not change on the way
			for _, rec := range r.order {
				if rec.text("c") == "view" {
					gone = rec
					pusher.applied(desk.op("view", rec.text("r"), rec.num("v"), frame{"withdraw": true}))
					break
				}
			}
		}
	}
	if gone == nil || r.held["view/"+gone.text("r")] != nil {
		t.Error("what was withdrawn on the way is still held")
	}
	if n := len(r.held); n < 3000 {
		t.Errorf("%d records", n)
	}
}

func TestAnAudienceThatIsAskedForAgainIsDroppedAndReadFromItsBeginning(t *testing.T) {
	w := start(t)
	desk := w.enrol(w.dat("north"), "coordinator")
	pusher, _ := desk.connect(pushing)
	desk.service(pusher, "A")
	l, _ := desk.connect()
	r := newReplica(t)
	r.read(l)
	whole := maps.Clone(r.held)
	// The replica drifts: one is lost, one is of an older version.
	for key, rec := range r.held {
		if rec.text("c") == "theme" {
			delete(r.held, key)
			break
		}
	}
	l, _ = desk.connect(func(h frame) { h["cursor"], h["again"] = r.cursor, []string{"team", "board"} })
	page := l.next("changes")
	if got := texts(page["dropped"]); got != "[team]" {
		t.Errorf("dropped: %s", got) // a member is in no board
	}
	r.store(page)
	l.send(frame{"t": "seen", "cursor": r.cursor})
	r.read(l)
	if len(r.held) != len(whole) {
		t.Errorf("%d records became %d", len(whole), len(r.held))
	}
	// The same over HTTP.
	var reply frame
	w.post("/v1/sync", desk.access, frame{"hello": desk.hello(func(h frame) { h["cursor"], h["again"] = r.cursor, []string{"people"} })}).want(200, &reply)
	if got := texts(reply["changes"].(map[string]any)["dropped"]); got != "[people]" {
		t.Errorf("over HTTP dropped: %s", got)
	}
}

func TestAManagerFollowsTheServicesThatAreTheirs(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	pusher, _ := desk.connect(pushing)
	one, two := desk.service(pusher, "One"), desk.service(pusher, "Two")
	manager := w.enrol(d, "manager", one)
	matter := func(service string) string {
		id := newID()
		pusher.applied(desk.op("matter", id, 0, frame{"set": frame{"title": "M", "level": "service"}, "add": frame{"services": []string{service}}}))
		return "matter/" + id
	}
	mine, others := matter(one), matter(two)
	l, welcome := manager.connect()
	r := newReplica(t)
	r.read(l)
	if got := texts(welcome["audiences"]); got != texts([]string{"person:" + manager.member, "service:" + one, "team"}) {
		t.Errorf("audiences: %s", got)
	}
	if r.held[mine] == nil || r.held[others] != nil {
		t.Error("a manager reads other matters than those of their own services")
	}
	// A record moves out of everything that the manager reads.
	pusher.applied(desk.op("matter", mine[len("matter/"):], r.held[mine].num("v"), frame{"remove": frame{"services": []string{one}}, "add": frame{"services": []string{two}}}))
	page := l.next("changes")
	if got := page.records(); len(got) != 1 || got[0]["out"] != true {
		t.Errorf("moved out: %v", got)
	}
	shaped(t, "out", page.records()[0], map[string]string{"c": "text", "r": "text", "v": "num", "out": "truth"})
	r.store(page)
	l.send(frame{"t": "seen", "cursor": r.cursor})
	// The manager moves to the other service, and hears of it within two seconds.
	began := time.Now()
	v := desk.version("member/" + manager.member)
	pusher.applied(desk.op("member", manager.member, v, frame{"remove": frame{"services": []string{one}}, "add": frame{"services": []string{two}}}))
	for r.held[others] == nil {
		f := l.next("welcome", "changes")
		if f.t() == "welcome" {
			if got := texts(f["audiences"]); strings.Contains(got, one) || !strings.Contains(got, two) {
				t.Errorf("audiences: %s", got)
			}
			continue
		}
		r.store(f)
		l.send(frame{"t": "seen", "cursor": r.cursor})
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	for key, rec := range r.held {
		if strings.Contains(texts(rec["a"]), one) {
			t.Errorf("%s is still held through %v", key, rec["a"])
		}
	}
	fresh := newReplica(t)
	l, _ = manager.connect()
	fresh.read(l)
	if !slices.Equal(slices.Sorted(maps.Keys(r.held)), slices.Sorted(maps.Keys(fresh.held))) {
		t.Errorf("after the move %d records are held, a fresh reader has %d", len(r.held), len(fresh.held))
	}
}

func TestALoserIsNamedToTheDeskAndStaysUntilItIsSettled(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	a, b := w.enrol(d, "coordinator"), w.enrol(d, "coordinator")
	al, _ := a.connect(pushing)
	bl, _ := b.connect(pushing)
	id := newID()
	seq := func(ack frame) int64 { return frame(ack["results"].([]any)[0].(map[string]any)).num("seq") }
	made := seq(al.applied(a.op("matter", id, 0, frame{"set": frame{"title": "Made", "level": "service"}})))
	al.applied(a.op("matter", id, made, frame{"set": frame{"title": "By A"}}))
	if got := bl.hand(b.op("matter", id, made, frame{"set": frame{"title": "By B"}})).results(); got[0] != "1:kept" {
		t.Fatalf("a change that did not see the other's is %v", got)
	}
	l, _ := a.connect()
	r := newReplica(t)
	r.read(l)
	rec := r.held["matter/"+id]
	losers := rec["k"].(map[string]any)["title"].([]any)
	if len(losers) != 1 {
		t.Fatalf("losers: %v", losers)
	}
	shaped(t, "a loser", losers[0], map[string]string{"value": "text", "by": "text", "at": "time", "n": "num", "device": "key"})
	if got := rec["f"].(map[string]any)["title"]; got != "By B" || frame(losers[0].(map[string]any)).text("by") != a.member {
		t.Errorf("shown is %v, kept %v", got, losers)
	}
	bl.applied(b.op("matter", id, rec.num("v"), frame{"settle": frame{"title": "By A"}}))
	page := l.next("changes")
	if got := page.records()[0]; got["k"] != nil || got["f"].(map[string]any)["title"] != "By A" {
		t.Errorf("settled: %v", got)
	}
}

func TestNoMorePagesAreOnTheirWayUnseenThanTheWindow(t *testing.T) {
	w := start(t)
	desk := w.enrol(w.dat("north"), "coordinator")
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "A")
	words := strings.Repeat("x", 7000)
	for range 7 {
		var ops []frame
		for range 140 {
			ops = append(ops, desk.view(newID(), service, words))
		}
		pusher.applied(ops...)
	}
	l, _ := desk.connect()
	r := newReplica(t)
	for range live.Window {
		r.store(l.next("changes"))
	}
	l.send(frame{"t": "ping"})
	if f := l.next("changes", "pong"); f.t() != "pong" {
		t.Fatal("the window is open wider than it says")
	}
	l.send(frame{"t": "seen", "cursor": r.cursor})
	r.read(l)
	if len(r.held) < 980 {
		t.Errorf("%d records", len(r.held))
	}
}
