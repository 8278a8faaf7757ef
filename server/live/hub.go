package live

import (
	"net/netip"
	"slices"
	"sync"

	"earshot/server/identity"
	"earshot/server/store"
)

// A hub knows who listens to what, and wakes them. It holds no data: a session
// that is woken reads from the store by itself.
type hub struct {
	mu     sync.RWMutex
	room   int // sessions that may still begin
	closed bool
	// silent counts those that have not said hello, by the site they come from, and
	// mostSilent is how many of one site there may be: whoever is nobody yet
	// takes no more than a part of the room.
	silent     map[netip.Prefix]int
	mostSilent int
	// devices holds the sessions of each device, as they connected.
	devices   map[string][]*session
	entered   int // sessions that ever began
	sessions  map[*session]struct{}
	audiences map[audience]map[*session]struct{}
	members   map[member]map[*session]struct{}
	// readers holds the one session of a device that reads.
	readers map[string]*session
}

type audience struct {
	dat  int64
	name string
}

type member struct {
	dat int64
	id  string
}

// ofOneDevice is how many sessions a device may have at a time: two that live, and
// those of a line that comes and goes, until they are given up.
const ofOneDevice = 16

func newHub(room int) *hub {
	return &hub{
		room: room, mostSilent: max(1, room/10), silent: map[netip.Prefix]int{}, devices: map[string][]*session{},
		sessions: map[*session]struct{}{}, audiences: map[audience]map[*session]struct{}{},
		members: map[member]map[*session]struct{}{}, readers: map[string]*session{},
	}
}

// enter takes a connection in, before it has said hello. false: there is no room.
func (h *hub) enter(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.mayEnter(s.from) {
		return false
	}
	h.room--
	h.silent[s.from]++
	h.entered++
	s.number = h.entered
	h.sessions[s] = struct{}{}
	return true
}

// hasRoom says whether a connection may begin, before it is worth upgrading.
func (h *hub) hasRoom(from netip.Prefix) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.mayEnter(from)
}

func (h *hub) mayEnter(from netip.Prefix) bool {
	return !h.closed && h.room > 0 && h.silent[from] < h.mostSilent
}

// greet notes whose a session is, and gives the oldest one of that device where it
// has too many now.
func (h *hub) greet(s *session) (surplus *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.sessions[s]; !here || s.known {
		return nil
	}
	s.known = true
	h.heard(s.from)
	h.devices[s.device] = append(h.devices[s.device], s)
	if all := h.devices[s.device]; len(all) > ofOneDevice {
		surplus = all[0]
		h.forgetOf(surplus)
	}
	return surplus
}

// heard counts one less that has not said hello.
func (h *hub) heard(from netip.Prefix) {
	if h.silent[from]--; h.silent[from] == 0 {
		delete(h.silent, from)
	}
}

// forgetOf takes a session out of those of its device.
func (h *hub) forgetOf(s *session) {
	left := slices.DeleteFunc(h.devices[s.device], func(o *session) bool { return o == s })
	if len(left) == 0 {
		delete(h.devices, s.device)
	} else {
		h.devices[s.device] = left
	}
}

// leave forgets a session.
func (h *hub) leave(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.sessions[s]; !here {
		return
	}
	h.room++
	delete(h.sessions, s)
	if s.known {
		h.forgetOf(s)
	} else {
		h.heard(s.from)
	}
	h.deaf(s)
	if h.readers[s.device] == s {
		delete(h.readers, s.device)
	}
}

// listen notes who a session speaks for now, and so what wakes it. It replaces
// what was noted before.
func (h *hub) listen(s *session, c identity.Caller) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.sessions[s]; !here {
		return
	}
	h.deaf(s)
	s.listens = nil
	if s.reads {
		for _, name := range c.Audiences {
			a := audience{c.DAT, name}
			put(h.audiences, a, s)
			s.listens = append(s.listens, a)
		}
	}
	s.who = member{c.DAT, c.Member}
	put(h.members, s.who, s)
}

func (h *hub) deaf(s *session) {
	for _, a := range s.listens {
		drop(h.audiences, a, s)
	}
	drop(h.members, s.who, s)
}

func put[K comparable](m map[K]map[*session]struct{}, k K, s *session) {
	if m[k] == nil {
		m[k] = map[*session]struct{}{}
	}
	m[k][s] = struct{}{}
}

func drop[K comparable](m map[K]map[*session]struct{}, k K, s *session) {
	delete(m[k], s)
	if len(m[k]) == 0 {
		delete(m, k)
	}
}

// takeOver makes s (nil: a call over HTTP) the device's reader, and gives the
// one that was. It gives s itself where the reader connected after it: a phone
// whose line comes and goes has given s up, though its hello arrives last.
func (h *hub) takeOver(device string, s *session) (older *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	older = h.readers[device]
	if s != nil && older != nil && older.number > s.number {
		return s
	}
	if s == nil {
		delete(h.readers, device)
	} else {
		h.readers[device] = s
	}
	if older == s {
		return nil
	}
	return older
}

// commit wakes whom a commit concerns. It runs on the store's writer, and
// waits for nobody: a session that is awake already needs no second call.
func (h *hub) commit(c store.Commit) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if c.Any {
		for s := range h.sessions {
			s.look.call()
			s.news.call()
		}
		return
	}
	for _, name := range c.Audiences {
		for s := range h.audiences[audience{c.DAT, name}] {
			s.news.call()
		}
	}
	for _, id := range c.Members {
		for s := range h.members[member{c.DAT, id}] {
			s.look.call()
		}
	}
}

// shut lets no session begin any more, and gives those that are here.
func (h *hub) shut() []*session {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return h.everybody()
}

func (h *hub) everybody() []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := make([]*session, 0, len(h.sessions))
	for s := range h.sessions {
		list = append(list, s)
	}
	return list
}

// A bell says that something happened, and not how often.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) call() {
	select {
	case b <- struct{}{}:
	default:
	}
}
