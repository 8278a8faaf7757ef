package live

import (
	"slices"
	"time"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/sync/wire"
)

// send is the sending side of a session. It waits for one of the few things
// that can happen, does it, and waits again; nothing is ever queued for it.
func (s *session) send() {
	ping := time.NewTicker(s.live.o.Times.Ping)
	defer ping.Stop()
	// One timer for two waits: for hello, then for the end of the token.
	expiry := time.NewTimer(s.live.o.Times.Hello)
	defer expiry.Stop()
	var r reader
	for {
		select {
		case e := <-s.ends:
			s.end(e)
			return
		case <-s.ctx.Done():
			return
		case begin := <-s.greeted:
			r = s.newReader(begin)
			s.look.call() // what changed between hello and the hub's taking note
			s.fresh.call()
			s.news.call()
		case <-s.fresh:
			expiry.Reset(s.untilExpiry())
		case <-expiry.C:
			if r.caller.Device == "" {
				s.stop(noHello)
			} else {
				s.stop(refusal(identity.ErrToken))
			}
		case <-s.look:
			s.lookAgain(&r)
		case <-s.news:
			s.page(&r)
		case <-ping.C:
			if s.socket.ping() != nil {
				s.socket.conn.Close()
			}
		}
	}
}

var noHello = fail(wire.CloseNoHello, &wire.Error{Code: wire.CodeNoHello, Message: "Say hello within ten seconds."})

// end says why, and closes the connection, when the frame that is being
// answered has been.
func (s *session) end(e ending) {
	s.handling.Lock()
	s.over = true
	s.handling.Unlock()
	if e.frame != nil {
		s.socket.write(e.frame.Append(nil))
	}
	s.socket.close(e.code, e.reason)
}

func (s *session) untilExpiry() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expires.Sub(s.live.o.Now())
}

// A reader is where the sending side is: who reads, and from where.
type reader struct {
	caller identity.Caller
	store  store.Reader
	// cursor is what the device holds when it has stored all that is on its way.
	cursor string
	// catching: the first read of some audience has not come to its end.
	catching bool
}

func (s *session) newReader(b reading) reader {
	r := reader{caller: b.caller, cursor: b.cursor, catching: true}
	r.store = b.caller.Reader()
	r.store.Again = b.again
	return r
}

// lookAgain finds out who the member is now, and tells the device where that is
// another than before.
func (s *session) lookAgain(r *reader) {
	if r.caller.Device == "" {
		return // nobody has said hello
	}
	now, err := s.live.identity.Standing(s.ctx, r.caller.Device)
	if err != nil {
		if s.ctx.Err() == nil {
			s.stop(refusal(err))
		}
		return
	}
	if now.Revoked {
		s.stop(wiped)
		return
	}
	was := r.caller
	if now.Member != was.Member || now.DAT != was.DAT {
		s.stop(refusal(identity.ErrToken)) // the device was enrolled anew, for somebody else
		return
	}
	again := r.store.Again
	r.caller, r.store = now, now.Reader()
	r.store.Again = again
	if now.Role == was.Role && slices.Equal(now.Audiences, was.Audiences) {
		if now.Safe > was.Safe && s.live.o.Backed {
			s.socket.write(s.live.welcome(now).Append(nil))
		}
		return
	}
	s.live.hub.listen(s, now)
	r.catching = true
	if s.socket.write(s.live.welcome(now).Append(nil)) == nil {
		s.news.call()
	}
}

// page sends the next page, if there is one and the window is open.
func (s *session) page(r *reader) {
	if r.caller.Device == "" || !s.reads {
		return // nobody has said hello, or one that only pushes
	}
	if s.full() {
		return
	}
	r.store.Sums = r.catching
	lent := buffers.Get().(*[]byte)
	defer giveBack(lent)
	r.store.Into = *lent
	page, err := s.live.store.Read(s.ctx, r.store, r.cursor)
	if cap(page.Records) > cap(*lent) {
		*lent = page.Records
	}
	if err != nil {
		if s.ctx.Err() == nil {
			s.log().Warn("a page could not be read", "error", err)
			s.stop(refusal(err))
		}
		return
	}
	if page.Stale {
		s.lookAgain(r)
		s.news.call()
		return
	}
	if page.Reset != "" {
		r.cursor, r.catching = "", true
		s.forget()
		if s.socket.write((&wire.Reset{Reason: page.Reset}).Append(nil)) == nil {
			s.news.call()
		}
		return
	}
	if page.Count == 0 && len(page.Dropped) == 0 && !page.More && !r.catching {
		return // the news was not for this reader
	}
	s.sendPage(r, page)
}

func (s *session) sendPage(r *reader, page store.Page) {
	lent := buffers.Get().(*[]byte)
	defer giveBack(lent)
	*lent = changes(page).Append((*lent)[:0])
	s.expect(page.Cursor)
	if s.socket.write(*lent) != nil {
		return
	}
	s.live.o.Metrics.pages.Inc()
	s.live.o.Metrics.records.Add(float64(page.Count))
	s.live.o.Metrics.bytes.Add(float64(len(*lent)))
	r.cursor, r.store.Again = page.Cursor, nil
	if page.More {
		s.news.call()
	} else {
		r.catching = false
	}
}

// full says whether as many pages are on their way as may be. Then the next seen
// calls for the page that is owed.
func (s *session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = len(s.unseen) >= Window
	return s.owed
}

// expect notes a page as on its way, before it is: its seen may be quick.
func (s *session) expect(cursor string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unseen = append(s.unseen, cursor)
}

func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unseen = nil
}
