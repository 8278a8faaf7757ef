package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/wire"
)

// A session is one websocket connection of a device. Its reading side (listen)
// answers frames one after the other; its sending side (send) sends pages, looks
// after tokens, and is the only one that ends the connection.
type session struct {
	live   *Live
	socket *socket
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	news  bell // a commit touched an audience
	look  bell // the member or device may be another than they were
	fresh bell // a fresh token came

	greeted chan reading // the first frame was a good hello
	ends    chan ending

	// handling is held while a frame is answered: an ending waits for it, and over
	// says that no further frame is taken.
	handling sync.Mutex
	over     bool

	from netip.Prefix // the site that it comes from
	// number counts connections as they come; the hub gives it. known says that it
	// has said hello, and is the hub's too.
	number int
	known  bool

	// Set by hello, before greeted.
	device string
	dat    int64
	reads  bool
	mode   store.Mode
	offset time.Duration
	holds  holding

	// listens and who belong to the hub.
	listens []audience
	who     member

	mu      sync.Mutex
	expires time.Time // of the token
	unseen  []string  // cursors of the pages on their way
	owed    bool      // there was news while the window was closed

	strikes int // pushes that came before the brake was off
}

// An ending is why a session ends: a frame that says so, and the close code.
type ending struct {
	code   int
	reason string // for the close frame, at most 123 bytes
	frame  wire.Frame
}

// reading is where the sending side begins.
type reading struct {
	caller identity.Caller
	cursor string
	again  []string
}

// fail makes the ending that follows an error frame.
func fail(code int, e *wire.Error) ending { return ending{code: code, reason: e.Code, frame: e} }

// failFault makes the ending that follows a frame that was none.
func failFault(f *wire.Fault) ending { return fail(f.Close, f.Frame()) }

var (
	faultBinary   = &wire.Fault{Close: wire.CloseMalformed, Code: wire.CodeMalformed, Message: "Send text frames, each one JSON object."}
	faultInflate  = &wire.Fault{Close: wire.CloseMalformed, Code: wire.CodeMalformed, Message: "The frame could not be inflated. Send it again, one op a frame."}
	faultTooLarge = &wire.Fault{Close: wire.CloseTooLarge, Code: wire.CodeTooLarge, Message: "The frame is too large. Send fewer ops in each."}
	faultFirst    = &wire.Fault{Close: wire.CloseMalformed, Code: wire.CodeMalformed, Message: "Say hello first."}
	faultTwice    = &wire.Fault{Close: wire.CloseMalformed, Code: wire.CodeMalformed, Message: "One hello a connection. To begin anew, open a new one."}
	faultMany     = &wire.Fault{Close: wire.CloseTooFast, Code: wire.CodeTooFast, Message: "This device has opened too many connections. Use the newest."}
	faultFast     = &wire.Fault{Close: wire.CloseTooFast, Code: wire.CodeTooFast, Message: "Too many frames at once. Wait a little before you come back."}

	wiped = ending{code: wire.CloseForbidden, reason: "revoked", frame: &wire.Wipe{Reason: "revoked"}}
)

func (l *Live) newSession(conn *websocket.Conn, from netip.Prefix) *session {
	ctx, cancel := context.WithCancel(context.Background())
	return &session{
		live: l, socket: newSocket(conn, l.o.Times, wire.MaxHello), ctx: ctx, cancel: cancel, from: from,
		news: newBell(), look: newBell(), fresh: newBell(),
		greeted: make(chan reading, 1), ends: make(chan ending, 1),
	}
}

// stop asks the session to end, for the first reason that it is given.
func (s *session) stop(e ending) {
	select {
	case s.ends <- e:
	default:
	}
}

// displace ends a session for one that came after it. A peer that takes nothing
// is not waited for: with one such after the other a device would have as many
// pages in memory as it likes.
func (s *session) displace(e ending) {
	s.stop(e)
	s.socket.conn.NetConn().SetWriteDeadline(time.Now().Add(s.live.o.Times.Linger))
}

// run is the session from its first frame to its end.
func (s *session) run() {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		defer s.recovered()
		s.send()
	}()
	s.listen()
	<-sent
	s.cancel()
	s.socket.finish()
}

// recovered keeps a bug that one device met from ending the others' sessions.
func (s *session) recovered() {
	v := recover()
	if v == nil {
		return
	}
	s.live.o.Metrics.faults.WithLabelValues("panic").Inc()
	s.live.o.Log.Error("a session ended in a panic", "error", Panic(v))
	s.cancel()
	s.socket.conn.Close()
}

// Panic makes an error of what recover gave: where it happened, without what the
// panic held, which may be somebody's words.
func Panic(v any) error {
	what := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		what = e.Error()
	}
	return fmt.Errorf("panic: %s\n%s", what, debug.Stack())
}

// listen reads frames until the connection ends, or one has to end it.
func (s *session) listen() {
	defer s.recovered()
	s.socket.heard()
	for first := true; ; first = false {
		var end *ending
		err := s.socket.read(func(frame []byte) { end = s.handle(frame, first) })
		if end == nil && err != nil {
			end = s.unread(err)
		}
		if end != nil {
			s.stop(*end)
			return
		}
		if err != nil || s.isOver() {
			s.cancel()
			return
		}
	}
}

// unread says how a connection ends on which no frame could be read: nil where
// there is nobody left to be told.
func (s *session) unread(err error) *ending {
	var e ending
	switch {
	case errors.Is(err, errTooLarge):
		e = failFault(faultTooLarge)
	case errors.Is(err, errBinary):
		e = failFault(faultBinary)
	case errors.Is(err, errTooFast):
		e = failFault(faultFast)
	case inflating(err):
		e = failFault(faultInflate)
	default:
		return nil
	}
	s.live.o.Metrics.faults.WithLabelValues(e.reason).Inc()
	return &e
}

func (s *session) isOver() bool {
	s.handling.Lock()
	defer s.handling.Unlock()
	return s.over
}

// handle answers one frame. What it gives ends the session.
func (s *session) handle(data []byte, first bool) *ending {
	s.handling.Lock()
	defer s.handling.Unlock()
	if s.over {
		return nil
	}
	frame, err := wire.DecodeClient(data)
	if fault, ok := errors.AsType[*wire.Fault](err); ok {
		s.live.o.Metrics.faults.WithLabelValues(fault.Code).Inc()
		return new(failFault(fault))
	}
	s.live.o.Metrics.frames.WithLabelValues(frame.Kind()).Inc()
	hello, isHello := frame.(*wire.Hello)
	switch {
	case first && !isHello:
		return new(failFault(faultFirst))
	case !first && isHello:
		return new(failFault(faultTwice))
	case isHello:
		return s.hello(hello)
	}
	switch f := frame.(type) {
	case *wire.Push:
		return s.push(f)
	case *wire.Seen:
		return s.seen(f)
	case *wire.Token:
		return s.token(f)
	default: // ping
		if e := s.trifle(); e != nil {
			return e
		}
		return s.write(&wire.Pong{Now: s.live.now()})
	}
}

// write sends a frame from the reading side. Where that fails the connection is
// closed already, and reading will find out.
func (s *session) write(f wire.Frame) *ending {
	if err := s.socket.write(f.Append(nil)); err != nil {
		s.live.o.Log.Debug("a frame could not be sent", "error", err)
	}
	return nil
}

// trifle counts a frame that moves nothing.
func (s *session) trifle() *ending {
	if s.socket.trifles.Allow() {
		return nil
	}
	return new(failFault(faultFast))
}

// hello begins the session.
func (s *session) hello(h *wire.Hello) *ending {
	l := s.live
	caller, err := l.identity.Caller(s.ctx, h.Access)
	if err != nil {
		return new(refusal(err))
	}
	s.device, s.dat, s.offset = caller.Device, caller.DAT, l.offset(h)
	s.holds = l.holds(caller.Device, h)
	if caller.Revoked {
		return &wiped
	}
	s.expires = caller.Expires
	s.socket.limit = wire.MaxFrame
	if surplus := l.hub.greet(s); surplus != nil {
		surplus.displace(failFault(faultMany))
	}
	if h.Copied {
		s.mode = store.Copied // that a copy was made says nothing about what may be read
	} else {
		s.reads = h.Reads
	}
	l.hub.listen(s, caller)
	if s.reads {
		older := l.hub.takeOver(s.device, s)
		if older == s {
			return &takenOver
		}
		if older != nil {
			older.displace(takenOver)
		}
	}
	s.write(l.welcome(caller))
	begin := reading{caller: caller, cursor: h.Cursor, again: h.Again}
	if s.reads && h.Epoch != "" && h.Epoch != l.store.Epoch() {
		s.write(&wire.Reset{Reason: wire.ResetEpoch})
		begin.cursor = ""
	}
	s.greeted <- begin
	return nil
}

var takenOver = ending{
	code: wire.CloseTakenOver, reason: wire.CodeTakenOver,
	frame: &wire.Error{Code: wire.CodeTakenOver, Message: "This device has a newer connection. Use that one."},
}

// refusal makes the ending of a session whose caller could not be told.
func refusal(err error) ending {
	p := problem.Of(err)
	switch {
	case errors.Is(err, identity.ErrToken):
		return fail(wire.CloseNoToken, &wire.Error{Code: wire.CodeNoToken, Message: p.Detail})
	case errors.Is(err, identity.ErrUnknownDevice):
		return fail(wire.CloseNoToken, &wire.Error{Code: p.Code, Message: p.Detail})
	}
	return fail(wire.CloseRestart, &wire.Error{
		Code: wire.CodeUnavailable, Message: problem.Unavailable.Detail, RetryAfter: store.RetryAfter.Seconds(),
	})
}

// push hands ops in and acks them.
func (s *session) push(f *wire.Push) *ending {
	l := s.live
	if wait := l.brakes.on(s.device, s.live.o.Now()); wait > 0 {
		if s.strikes++; s.strikes > 20 {
			return new(failFault(faultFast))
		}
		return s.write(slowDown(wait))
	}
	ack, err := l.push(s.ctx, store.Push{DAT: s.dat, Device: s.device, Mode: s.mode, Offset: s.offset}, f)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return new(refusal(identity.ErrUnknownDevice))
	case err != nil:
		if s.ctx.Err() == nil {
			l.o.Log.Warn("a push was not committed", "error", err)
		}
		return s.write(unavailable)
	case ack.Gap:
		return s.write(gap(ack.Expected))
	}
	s.holds.handedIn(len(ack.Results))
	s.write(ackFrame(ack))
	if ack.Revoked {
		return &wiped
	}
	if ack.RetryAfter > 0 {
		l.brakes.put(s.device, s.live.o.Now(), ack.RetryAfter)
		return s.write(slowDown(ack.RetryAfter))
	}
	return nil
}

// seen opens the window again, up to and with the page that led to this cursor.
func (s *session) seen(f *wire.Seen) *ending {
	s.mu.Lock()
	i, owed := slices.Index(s.unseen, f.Cursor), false
	if i >= 0 {
		s.unseen = slices.Delete(s.unseen, 0, i+1)
		owed, s.owed = s.owed, false
	}
	s.mu.Unlock()
	switch {
	case i < 0:
		return s.trifle()
	case owed:
		s.news.call()
	}
	return nil
}

// token takes a fresh token of the same device.
func (s *session) token(f *wire.Token) *ending {
	if e := s.trifle(); e != nil {
		return e
	}
	caller, err := s.live.identity.Caller(s.ctx, f.Access)
	switch {
	case err != nil:
		return new(refusal(err))
	case caller.Revoked && caller.Device == s.device:
		return &wiped
	case caller.Device != s.device:
		return new(refusal(identity.ErrToken))
	}
	s.mu.Lock()
	s.expires = caller.Expires
	s.mu.Unlock()
	s.fresh.call()
	s.holds.again()
	return nil
}

func (s *session) log() *slog.Logger { return s.live.o.Log }
