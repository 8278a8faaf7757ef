package live

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// Window is how many pages may be on their way to a device unseen.
const Window = 8

// Times bound how long a session waits for its peer.
type Times struct {
	Hello   time.Duration // for the first frame
	Ping    time.Duration // between two pings
	Silence time.Duration // until a peer that says nothing, not even pong, is given up
	Write   time.Duration // for one frame to be taken
	Linger  time.Duration // for a peer to answer a close, and to end what it is sending
}

// StandardTimes are those of the protocol, and for a phone on a poor line.
var StandardTimes = Times{Hello: 10 * time.Second, Ping: 25 * time.Second, Silence: 70 * time.Second, Write: time.Minute, Linger: time.Second}

// Options are what a Live is told from outside.
type Options struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
	// Origins are those whose pages may connect: "https://earshot.example".
	Origins []string
	// Trusted are the networks of proxies that tell us a client's address.
	Trusted []netip.Prefix
	// Schema is what ops are decoded against.
	Schema *record.Schema
	// Open opens what devices sealed.
	Open *wire.Opener
	// Backed: what is safe follows a backup.
	Backed bool
	// Times; the zero value means StandardTimes.
	Times Times
	// Sockets is how many connections there may be at a time; 0 means 20,000.
	Sockets int
	Metrics *Metrics // nil: nothing is counted
}

// A Live carries records between devices and the store.
type Live struct {
	store    *store.Store
	identity *identity.Authority
	o        Options
	origins  map[string]bool
	hub      *hub
	upgrader websocket.Upgrader
	unwatch  func()

	// brakes hold devices that are over their quota of quarantine.
	brakes brakes
	// calls counts the calls over HTTP that are being answered.
	calls calls

	sessions sync.WaitGroup
}

// New makes a Live that is woken by the store's commits, until Close.
func New(s *store.Store, a *identity.Authority, o Options) *Live {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Times == (Times{}) {
		o.Times = StandardTimes
	}
	if o.Sockets == 0 {
		o.Sockets = 20_000
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	l := &Live{store: s, identity: a, o: o, hub: newHub(o.Sockets), origins: map[string]bool{}}
	for _, origin := range o.Origins {
		l.origins[origin] = true
	}
	l.brakes.until = map[string]time.Time{}
	l.calls.of = map[string]int{}
	l.upgrader = websocket.Upgrader{
		HandshakeTimeout: o.Times.Hello, WriteBufferSize: 16 << 10, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{wire.Subprotocol}, EnableCompression: true,
		// The origin is judged by allowed: its refusal is a close code, which there
		// is none for before the upgrade.
		CheckOrigin: func(*http.Request) bool { return true },
		// What is wrong with a handshake is for GetSync to say, as any other problem.
		Error: func(http.ResponseWriter, *http.Request, int, error) {},
	}
	l.unwatch = s.Watch(l.hub.commit)
	return l
}

// Drain tells every session that the server restarts, lets each finish the
// frame it is at, and waits until all have ended or the context has; then it
// cuts what is left. No session begins any more.
func (l *Live) Drain(ctx context.Context) {
	for _, s := range l.hub.shut() {
		s.stop(ending{code: wire.CloseRestart, reason: "the server restarts"})
	}
	done := make(chan struct{})
	go func() {
		l.sessions.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		for _, s := range l.hub.everybody() {
			s.socket.conn.Close()
		}
		<-done
	}
	l.unwatch()
}

// allowed says whether a page of this origin may connect. A program that is no
// browser sends none.
func (l *Live) allowed(origin string) bool {
	if origin == "" || l.origins[origin] {
		return true
	}
	// "null" and what is no URL never match.
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && l.origins[u.Scheme+"://"+u.Host]
}

// offset is what a device's clock is to be corrected by.
func (l *Live) offset(h *wire.Hello) time.Duration {
	if h.Now == 0 {
		return 0
	}
	return l.o.Now().Sub(h.Now.Std())
}

func (l *Live) now() record.Time { return record.At(l.o.Now()) }
