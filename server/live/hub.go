package live

import (
	"sync"

	"earshot/server/identity"
	"earshot/server/store"
)

// A hub knows who listens to what, and wakes them. It holds no data: a session
// that is woken reads from the store by itself.
type hub struct {
	mu        sync.RWMutex
	room      int // sessions that may still begin
	closed    bool
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

func newHub(room int) *hub {
	return &hub{
		room: room, sessions: map[*session]struct{}{}, audiences: map[audience]map[*session]struct{}{},
		members: map[member]map[*session]struct{}{}, readers: map[string]*session{},
	}
}

// enter takes a connection in, before it has said hello. false: there is no room.
func (h *hub) enter(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.room == 0 {
		return false
	}
	h.room--
	h.entered++
	s.number = h.entered
	h.sessions[s] = struct{}{}
	return true
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

// hasRoom says whether a connection may begin, before it is worth upgrading.
func (h *hub) hasRoom() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return !h.closed && h.room > 0
}
