package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"earshot/sync/wire"
)

// How long a session waits for its server.
const (
	welcomeWithin = 30 * time.Second
	answerWithin  = 2 * time.Minute
	renewAgain    = 30 * time.Second
	// maxGaps is how many gaps in a row, with no ack between them, a session bears.
	maxGaps = 4
)

// errBroken is a connection that broke, or that this side gave up.
var errBroken = errors.New("device: the connection broke")

// A session is one connection over a websocket, from hello to its end. What it
// does, it does on one goroutine; another one reads.
type session struct {
	d      *Device
	link   *Link
	up     func()
	frames chan received

	welcomed  bool
	epoch     string
	flight    []*batch // pushes that are not acked
	next      int64    // the number that the next push begins with
	gaps      int
	pushAfter time.Time // the server asked to wait with pushes
	answerBy  time.Time
	pingAt    time.Time
	renewAt   time.Time
	renewed   chan renewal
	renewing  bool

	fault      string // code of the last error frame
	retryAfter time.Duration
}

type received struct {
	frame []byte
	err   error
}

type renewal struct {
	access string
	err    error
}

func newSession(d *Device, link *Link, up func()) *session {
	return &session{
		d: d, link: link, up: up,
		// Room for all that a server sends unseen: where this side waits to send, it
		// must not keep the server from reading.
		frames:  make(chan received, 64),
		renewed: make(chan renewal, 1),
	}
}

// run talks until the connection ends. Without an error the closure says how.
func (s *session) run(ctx context.Context, access string) (closure, error) {
	over := make(chan struct{})
	defer close(over)
	defer s.link.Close() //nolint:errcheck // it has ended, however
	// Where this side waits to send, that ends too.
	defer context.AfterFunc(ctx, func() { _ = s.link.Close() })()
	hello := s.d.hello(access, true, false)
	if err := s.link.Send(hello.Append(nil)); err != nil {
		return closure{}, fmt.Errorf("%w: %w", errBroken, err)
	}
	go func() {
		for {
			frame, err := s.link.Receive()
			select {
			case s.frames <- received{frame, err}:
			case <-over:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	now := s.d.o.Now()
	s.answerBy, s.pingAt, s.renewAt = now.Add(welcomeWithin), now.Add(pingEvery), s.d.renewAt()
	for {
		var err error
		select {
		case r := <-s.frames:
			if r.err != nil {
				return s.closed(r.err)
			}
			err = s.hear(r.frame)
		case <-s.d.poked:
		case <-s.d.online:
			s.pingAt = s.d.o.Now()
		case <-s.d.o.After(s.untilNext()):
		case r := <-s.renewed:
			err = s.takeRenewal(r)
		case <-ctx.Done():
			return closure{}, ctx.Err()
		}
		if err == nil {
			err = s.tend(ctx)
		}
		if err != nil {
			return s.failed(err)
		}
	}
}

// failed ends the session for an error of this side. Where sending failed, why
// the server closed may still be there to be read.
func (s *session) failed(err error) (closure, error) {
	if !errors.Is(err, errSend) {
		return closure{}, err
	}
	for {
		select {
		case r := <-s.frames:
			if r.err != nil {
				return s.closed(r.err)
			}
			if err := s.hear(r.frame); err != nil && !errors.Is(err, errSend) {
				return closure{}, err
			}
		case <-time.After(time.Second):
			return s.closed(err)
		}
	}
}

// closed says how the server, or the line, ended it.
func (s *session) closed(err error) (closure, error) {
	c := closure{welcomed: s.welcomed, retryAfter: s.retryAfter}
	if len(s.flight) > 0 {
		c.first, c.last = s.flight[0].first, s.flight[len(s.flight)-1].last
	}
	if by, ok := errors.AsType[*Closed](err); ok && by.Code != websocket.CloseAbnormalClosure {
		c.code = by.Code
	} else {
		// The close may be lost where the error before it was not.
		c.code = closeOf[s.fault]
	}
	s.d.o.Log.Debug("a connection ended", "code", c.code, "error", err)
	return c, nil
}

// closeOf is the close code that follows an error frame.
var closeOf = map[string]int{
	wire.CodeMalformed: wire.CloseMalformed, wire.CodeTooLarge: wire.CloseTooLarge, wire.CodeNoToken: wire.CloseNoToken,
	wire.CodeForbidden: wire.CloseForbidden, wire.CodeTakenOver: wire.CloseTakenOver,
}

func (s *session) send(f wire.Frame) error { return s.link.Send(f.Append(nil)) }

// untilNext is the time until something has to be done without anybody's asking.
func (s *session) untilNext() time.Duration {
	next := s.pingAt
	for _, t := range []time.Time{s.answerBy, s.renewAt, s.pushAfter, s.heldUntil()} {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return max(0, next.Sub(s.d.o.Now()))
}

func (s *session) heldUntil() time.Time {
	if !s.welcomed {
		return time.Time{}
	}
	return s.d.holdEnds(s.next)
}

// tend does what is due: it pushes, renews the token, asks for a sign of life.
func (s *session) tend(ctx context.Context) error {
	now := s.d.o.Now()
	if !s.answerBy.IsZero() && !now.Before(s.answerBy) {
		return fmt.Errorf("%w: no answer", errBroken)
	}
	if !now.Before(s.pingAt) {
		s.pingAt = now.Add(pingEvery)
		if err := s.link.Ping(); err != nil {
			return fmt.Errorf("%w: %w", errSend, err)
		}
	}
	if !s.welcomed {
		return nil
	}
	if !s.renewAt.IsZero() && !now.Before(s.renewAt) && !s.renewing {
		s.renew(ctx)
	}
	return s.push(now)
}

// renew asks for a new token beside everything else.
func (s *session) renew(ctx context.Context) {
	s.renewing, s.renewAt = true, time.Time{}
	go func() {
		access, err := s.d.renew(ctx)
		s.renewed <- renewal{access, err}
	}()
}

func (s *session) takeRenewal(r renewal) error {
	s.renewing = false
	if r.err != nil {
		// The old one may be good for a while; at its end the server closes with 4401.
		s.d.o.Log.Debug("no new token", "error", r.err)
		s.renewAt = s.d.o.Now().Add(renewAgain)
		return nil
	}
	s.renewAt = s.d.renewAt()
	if err := s.d.prune(); err != nil {
		return err
	}
	return s.send(&wire.Token{Access: r.access})
}

// push sends what may go now.
func (s *session) push(now time.Time) error {
	if now.Before(s.pushAfter) {
		return nil
	}
	s.pushAfter = time.Time{}
	for len(s.flight) < s.mayFly() {
		b, err := s.d.batch(s.next, false)
		if err != nil || b == nil {
			return err
		}
		s.flight = append(s.flight, b)
		s.next = b.last + 1
		s.answerBy = now.Add(answerWithin)
		if err := s.send(&b.push); err != nil {
			return err
		}
	}
	return nil
}

// mayFly is how many pushes may be on their way.
func (s *session) mayFly() int {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.next <= s.d.singleUntil || len(s.flight) > 0 && s.flight[0].first <= s.d.singleUntil {
		return 1
	}
	return s.d.o.InFlight
}

// hear takes in a frame.
func (s *session) hear(data []byte) error {
	frame, err := wire.DecodeServer(data)
	if err != nil {
		return err
	}
	switch f := frame.(type) {
	case *wire.Welcome:
		return s.hearWelcome(f)
	case *wire.Wipe:
		return s.d.wipe()
	case *wire.Error:
		return s.hearError(f)
	case *wire.Reset:
		if s.epoch != "" {
			return s.d.reset(s.epoch)
		}
	case *wire.Ack:
		if s.welcomed {
			return s.hearAck(f)
		}
	case *wire.Changes:
		if !s.welcomed {
			return nil
		}
		if err := s.d.page(f, s.epoch); err != nil {
			return err
		}
		return s.send(&wire.Seen{Cursor: f.Cursor})
	}
	return nil
}

func (s *session) hearWelcome(w *wire.Welcome) error {
	if s.welcomed {
		// The role may be another, which only a new token tells.
		s.renewAt = s.d.o.Now()
		return s.d.welcomeAgain(w)
	}
	if err := s.d.welcome(w); err != nil {
		return err
	}
	s.welcomed, s.epoch, s.answerBy = true, w.Epoch, time.Time{}
	s.d.mu.Lock()
	s.next = s.d.firstOwed()
	s.d.mu.Unlock()
	s.up()
	return s.d.prune()
}

func (s *session) hearAck(a *wire.Ack) error {
	if err := s.d.ack(a); err != nil {
		return err
	}
	s.gaps = 0
	s.flight = slices.DeleteFunc(s.flight, func(b *batch) bool {
		return b.last <= a.Acked || len(a.Results) > 0 && a.Results[0].N == b.first
	})
	if len(s.flight) == 0 {
		s.answerBy = time.Time{}
		// It may have taken only the first of them.
		s.next = min(s.next, a.Acked+1)
	}
	return nil
}

func (s *session) hearError(e *wire.Error) error {
	d := s.d
	d.trouble(e.Code)
	s.fault = e.Code
	s.retryAfter = seconds(e.RetryAfter)
	switch {
	case e.Code == wire.CodeGap && e.Expected > 0:
		s.land()
		if s.gaps++; s.gaps > maxGaps+d.o.InFlight {
			return fmt.Errorf("%w: gap after gap", errBroken)
		}
		s.next = e.Expected
		return d.rewind(e.Expected)
	case s.welcomed && s.retryAfter > 0:
		d.mu.Lock()
		if e.Code != wire.CodeUnavailable {
			d.singleUntil = d.own.Last
		}
		s.next = min(s.next, d.own.Acked+1)
		d.mu.Unlock()
		s.land()
		s.pushAfter = d.o.Now().Add(s.retryAfter + wire.Backoff(0, false, d.o.Dice()))
	}
	return nil
}

// land forgets what is on its way: it goes again.
func (s *session) land() {
	if len(s.flight) > 0 {
		s.next = min(s.next, s.flight[0].first)
	}
	s.flight, s.answerBy = nil, time.Time{}
}
