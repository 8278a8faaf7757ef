package live

import (
	"net/netip"
	"testing"

	"earshot/server/identity"
	"earshot/server/store"
)

// aSession is one that has said hello, as far as a hub is concerned.
func aSession(t *testing.T, h *hub, device, member string, audiences ...string) *session {
	t.Helper()
	s := &session{news: newBell(), look: newBell(), device: device, reads: true}
	if !h.enter(s) {
		t.Fatal("there is no room")
	}
	h.greet(s)
	h.listen(s, identity.Caller{DAT: 1, Device: device, Member: member, Audiences: audiences})
	return s
}

// rang says whether a bell has been called, and silences it.
func rang(b bell) bool {
	select {
	case <-b:
		return true
	default:
		return false
	}
}

func TestACommitWakesWhomItConcernsAndNobodyElse(t *testing.T) {
	h := newHub(10)
	desk, phone := aSession(t, h, "d", "dee", "desk", "team"), aSession(t, h, "p", "pat", "person:pat", "team")
	for name, it := range map[string]struct {
		commit              store.Commit
		desk, pat           bool // are sent what is new
		deskLooks, patLooks bool // look again at who they are
	}{
		"for the desk":         {store.Commit{DAT: 1, Audiences: []string{"desk"}}, true, false, false, false},
		"for everybody":        {store.Commit{DAT: 1, Audiences: []string{"team"}}, true, true, false, false},
		"in another DAT":       {store.Commit{DAT: 2, Audiences: []string{"desk", "team"}, Members: []string{"pat"}}, false, false, false, false},
		"about a member":       {store.Commit{DAT: 1, Members: []string{"pat"}}, false, false, false, true},
		"of another process":   {store.Commit{DAT: 1, Any: true}, true, true, true, true},
		"for nobody who reads": {store.Commit{DAT: 1, Audiences: []string{"board"}}, false, false, false, false},
	} {
		h.commit(it.commit)
		h.commit(it.commit) // a bell says that something happened, not how often
		if rang(desk.news) != it.desk || rang(phone.news) != it.pat || rang(desk.look) != it.deskLooks || rang(phone.look) != it.patLooks {
			t.Errorf("%s wakes others", name)
		}
		if rang(desk.news) || rang(phone.look) {
			t.Errorf("%s wakes twice", name)
		}
	}
}

func TestASessionHearsWhatItListensToNowUntilItLeaves(t *testing.T) {
	h := newHub(10)
	s := aSession(t, h, "d", "dee", "desk", "team")
	h.listen(s, identity.Caller{DAT: 1, Member: "dee", Audiences: []string{"board"}})
	h.commit(store.Commit{DAT: 1, Audiences: []string{"desk", "team"}})
	if rang(s.news) {
		t.Error("it hears what it has lost")
	}
	h.commit(store.Commit{DAT: 1, Audiences: []string{"board"}})
	if !rang(s.news) {
		t.Error("it does not hear what it has got")
	}
	h.leave(s)
	h.leave(s)
	h.listen(s, identity.Caller{DAT: 1, Member: "dee", Audiences: []string{"board"}}) // too late
	if len(h.audiences)+len(h.members)+len(h.readers)+len(h.sessions)+len(h.devices)+len(h.silent) > 0 || h.room != 10 {
		t.Errorf("of one who left something stays: %+v", h)
	}
}

func TestOneSessionOfADeviceReads(t *testing.T) {
	h := newHub(10)
	first, second := aSession(t, h, "d", "dee"), aSession(t, h, "d", "dee")
	if older := h.takeOver("d", first); older != nil {
		t.Error("the first takes over from somebody")
	}
	if older := h.takeOver("d", first); older != nil {
		t.Error("a session takes over from itself")
	}
	if older := h.takeOver("d", second); older != first {
		t.Error("the second does not take over")
	}
	if older := h.takeOver("d", first); older != first || h.readers["d"] != second {
		t.Error("one that connected before takes over from the one that came after it")
	}
	h.leave(first) // which must not take the second's place away
	if older := h.takeOver("d", nil); older != second {
		t.Error("a call over HTTP does not take over")
	}
	if older := h.takeOver("d", nil); older != nil {
		t.Error("a call over HTTP is taken over from")
	}
}

func TestAHubHasSoMuchRoomAndNoneOnceItIsShut(t *testing.T) {
	h := newHub(2)
	a := aSession(t, h, "a", "a")
	aSession(t, h, "b", "b")
	if h.hasRoom(netip.Prefix{}) || h.enter(&session{}) {
		t.Error("it takes more than it has room for")
	}
	h.leave(a)
	if !h.hasRoom(netip.Prefix{}) {
		t.Error("who leaves makes no room")
	}
	if left := h.shut(); len(left) != 1 || h.hasRoom(netip.Prefix{}) || h.enter(&session{}) {
		t.Errorf("shut, with %d sessions left, it takes more", len(left))
	}
}

// Whoever has not said who they are takes a part of the room and no more, from
// wherever in their network they come.
func TestThoseWhoSayNothingLeaveRoomForOthers(t *testing.T) {
	h := newHub(20)
	here, there := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	one, two := &session{from: here}, &session{from: here}
	if !h.enter(one) || !h.enter(two) || h.enter(&session{from: here}) || h.hasRoom(here) {
		t.Error("one network takes another part than a tenth")
	}
	if !h.hasRoom(there) || !h.enter(&session{from: there}) {
		t.Error("they leave no room for others")
	}
	one.device = "d"
	h.greet(one)
	if !h.hasRoom(here) {
		t.Error("one who has said hello counts among the silent")
	}
	h.leave(one)
	h.leave(two)
	for n, room := range []bool{true, true, false} {
		if h.enter(&session{from: here}) != room {
			t.Errorf("who leaves makes another room than their own: %d", n)
		}
	}
}
