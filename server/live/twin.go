package live

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/coding"
	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/wire"
)

// PostSync answers POST /v1/sync: the messages of the websocket over plain HTTP.
// The push is done first, then one page is read.
func (l *Live) PostSync(c echo.Context) error {
	r := c.Request()
	if !l.allowed(r.Header.Get("Origin")) {
		return problem.New(http.StatusForbidden, wire.CodeForbidden, "This page is not served from here. Open the app at the server's own address.")
	}
	caller, err := l.identity.Caller(r.Context(), identity.Bearer(r))
	if err != nil {
		return err
	}
	if !l.calls.begin(caller.Device) {
		return errCalls
	}
	defer l.calls.end(caller.Device)
	lent := buffers.Get().(*[]byte)
	defer giveBack(lent)
	line := http.NewResponseController(c.Response())
	heard := func() error {
		// Both deadlines stand from the head of the request on; a poor line needs longer.
		now := time.Now()
		return errors.Join(line.SetReadDeadline(now.Add(l.o.Times.Silence)), line.SetWriteDeadline(now.Add(l.o.Times.Silence+l.o.Times.Write)))
	}
	if *lent, err = readLimited(r.Body, (*lent)[:0], wire.MaxCall, heard); err != nil {
		if errors.Is(err, errTooLarge) {
			return faultProblem(faultTooLarge)
		}
		return problem.Malformed
	}
	call, err := wire.DecodeCall(*lent)
	if fault, ok := errors.AsType[*wire.Fault](err); ok {
		l.o.Metrics.faults.WithLabelValues(fault.Code).Inc()
		return faultProblem(fault)
	}
	reply, err := l.answer(c, caller, call)
	if err != nil {
		return err
	}
	return send(c, reply)
}

var errCalls = problem.New(http.StatusTooManyRequests, wire.CodeTooFast, "This device has too many calls open. Wait for their answers, then go on.").After(time.Second)

// faultProblem says over HTTP what a close code says on a socket: 4400 is 400.
func faultProblem(f *wire.Fault) error {
	return problem.New(f.Close-4000, f.Code, f.Message)
}

func (l *Live) answer(c echo.Context, caller identity.Caller, call *wire.Call) (*wire.Reply, error) {
	ctx, h := c.Request().Context(), &call.Hello
	holds := l.holds(caller.Device, h)
	reads := h.Reads && !h.Copied
	if caller.Revoked && call.Push == nil {
		return &wire.Reply{Wipe: &wire.Wipe{Reason: "revoked"}}, nil
	}
	if reads && !caller.Revoked {
		if older := l.hub.takeOver(caller.Device, nil); older != nil {
			older.displace(takenOver)
		}
	}
	reply := new(wire.Reply)
	if call.Push != nil {
		ack, err := l.handIn(c, caller, h, call.Push)
		if err != nil {
			return nil, err
		}
		reply.Ack = ackFrame(ack)
		holds.handedIn(len(ack.Results))
		if ack.Revoked {
			reply.Wipe = &wire.Wipe{Reason: "revoked"}
			return reply, nil
		}
		if ack.RetryAfter > 0 {
			reply.Error = slowDown(ack.RetryAfter)
		}
	}
	// After a push acked and tip are others than when the token was looked at; and
	// who the member is may be, when the page is read.
	for current := call.Push == nil; ; current = false {
		if !current {
			var err error
			if caller, err = l.identity.Standing(ctx, caller.Device); err != nil {
				return nil, err
			}
			if caller.Revoked {
				reply.Welcome, reply.Wipe = nil, &wire.Wipe{Reason: "revoked"}
				return reply, nil
			}
		}
		reply.Welcome = l.welcome(caller)
		if !reads {
			return reply, nil
		}
		if done, err := l.onePage(c, caller, h, reply); done || err != nil {
			return reply, err
		}
	}
}

// handIn is the push of a call, with the problems that a socket has frames for.
func (l *Live) handIn(c echo.Context, caller identity.Caller, h *wire.Hello, f *wire.Push) (store.Ack, error) {
	if wait := l.brakes.on(caller.Device, l.o.Now()); wait > 0 {
		e := slowDown(wait)
		return store.Ack{}, problem.New(http.StatusTooManyRequests, e.Code, e.Message).After(wait)
	}
	to := store.Push{DAT: caller.DAT, Device: caller.Device, Offset: l.offset(h)}
	if h.Copied {
		to.Mode = store.Copied
	}
	if caller.Revoked {
		to.Mode = store.Revoked
	}
	ack, err := l.push(c.Request().Context(), to, f)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ack, identity.ErrUnknownDevice
	case err != nil:
		return ack, problem.New(http.StatusServiceUnavailable, unavailable.Code, unavailable.Message).After(store.RetryAfter).Because(err)
	case ack.Gap:
		e := gap(ack.Expected)
		return ack, problem.New(http.StatusConflict, e.Code, e.Message).With("expected", e.Expected)
	}
	if ack.RetryAfter > 0 {
		l.brakes.put(caller.Device, l.o.Now(), ack.RetryAfter)
	}
	return ack, nil
}

// onePage puts the page after the hello's cursor into a reply; done is false where
// the caller is by now another than they were.
func (l *Live) onePage(c echo.Context, caller identity.Caller, h *wire.Hello, reply *wire.Reply) (done bool, err error) {
	if h.Epoch != "" && h.Epoch != l.store.Epoch() {
		reply.Reset = &wire.Reset{Reason: wire.ResetEpoch}
		return true, nil
	}
	r := caller.Reader()
	r.Again, r.Sums = h.Again, true
	page, err := l.store.Read(c.Request().Context(), r, h.Cursor)
	if err != nil {
		return false, problem.Unavailable.Because(err)
	}
	if page.Stale {
		return false, nil
	}
	if page.Reset != "" {
		reply.Reset = &wire.Reset{Reason: page.Reset}
		return true, nil
	}
	reply.Changes = changes(page)
	l.o.Metrics.pages.Inc()
	l.o.Metrics.records.Add(float64(page.Count))
	return true, nil
}

// send writes a reply, compressed where the client takes that and it is worth it.
func send(c echo.Context, reply *wire.Reply) error {
	lent := buffers.Get().(*[]byte)
	defer giveBack(lent)
	*lent = reply.Append((*lent)[:0])
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept-Encoding")
	if len(*lent) < compressFrom || !coding.Takes(c.Request().Header, "gzip") {
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, *lent)
	}
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	header.Set("Content-Encoding", "gzip")
	c.Response().WriteHeader(http.StatusOK)
	return deflate(c.Response(), *lent)
}

func deflate(w io.Writer, data []byte) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	return z.Close()
}
