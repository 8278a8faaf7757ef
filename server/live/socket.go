package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"earshot/sync/wire"
)

// A socket is a websocket connection with bounds: on the size of a frame after
// inflating, on how long a peer may be silent, on how long a write may take.
// read is for one goroutine; everything else may be called by many.
type socket struct {
	conn  *websocket.Conn
	times Times
	// limit bounds a frame as the application sees it, in bytes; the reading side
	// sets it. gorilla's own
	// SetReadLimit counts bytes before inflating, and closes with a code of its own.
	limit int64
	// trifles bounds what costs a peer nothing and moves nothing.
	trifles *rate.Limiter

	writing sync.Mutex
	closing atomic.Bool
}

var (
	errTooLarge = errors.New("live: the frame is too large")
	errBinary   = errors.New("live: the frame is not text")
	errTooFast  = errors.New("live: too many pings or pongs")
)

// compressFrom is the size from which a frame is worth deflating, in bytes.
const compressFrom = 1 << 10

func newSocket(conn *websocket.Conn, times Times, limit int64) *socket {
	s := &socket{conn: conn, times: times, limit: limit, trifles: rate.NewLimiter(20, 200)}
	conn.SetPongHandler(func(string) error { return s.trifle() })
	conn.SetPingHandler(func(data string) error {
		if err := s.trifle(); err != nil {
			return err
		}
		err := conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(times.Write))
		if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
			return nil // a pong that finds no room may be left out
		}
		return err
	})
	return s
}

// heard pushes back the moment at which a silent peer is given up. One that has
// been told the end can't put that off.
func (s *socket) heard() error {
	if s.closing.Load() {
		return nil
	}
	return s.conn.SetReadDeadline(time.Now().Add(s.times.Silence))
}

// trifle counts a ping or a pong: a peer that sends them without end would keep a
// processor busy with nothing.
func (s *socket) trifle() error {
	if !s.trifles.Allow() {
		return errTooFast
	}
	return s.heard()
}

// buffers are lent to a frame while it is read and answered, so that a
// connection that says nothing costs none.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// keepBuffer is the capacity above which a buffer is not kept, in bytes: that of a
// page that has grown past its bound.
const keepBuffer = 2 * wire.MaxPageBytes

func giveBack(lent *[]byte) {
	if cap(*lent) <= keepBuffer {
		buffers.Put(lent)
	}
}

// read waits for the next text frame and calls f with it. The bytes are lent.
func (s *socket) read(f func(frame []byte)) error {
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return err
	}
	if kind != websocket.TextMessage {
		return errBinary
	}
	lent := buffers.Get().(*[]byte)
	defer giveBack(lent)
	if *lent, err = readLimited(r, (*lent)[:0], s.limit, s.heard); err != nil {
		return err
	}
	f(*lent)
	return nil
}

// readLimited appends all of r to buf, or gives errTooLarge as soon as it is
// more than limit bytes. It calls heard for each part that comes: a phone on a
// poor line takes minutes for a frame, and is not silent.
func readLimited(r io.Reader, buf []byte, limit int64, heard func() error) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return buf[:0], errTooLarge
		}
		if err == io.EOF {
			return buf, heard()
		}
		if err == nil && n > 0 {
			err = heard()
		}
		if err != nil {
			return buf[:0], err
		}
	}
}

// write sends one text frame. A peer that does not take it in time is cut off.
func (s *socket) write(frame []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.times.Write)); err != nil {
		return err
	}
	s.conn.EnableWriteCompression(len(frame) >= compressFrom)
	if err := s.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		s.conn.Close() // wakes the reading side
		return fmt.Errorf("writing a frame: %w", err)
	}
	return nil
}

// ping asks a silent peer whether it is there.
func (s *socket) ping() error {
	return s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.times.Write))
}

// close says why and ends the connection. The last frame before it has been
// written by then. It may be called more than once; the first reason counts.
func (s *socket) close(code int, reason string) {
	if s.closing.Swap(true) {
		return
	}
	deadline := time.Now().Add(s.times.Linger)
	s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	// The reading side ends by the peer's answer, or by this deadline. Closing at
	// once, with bytes unread, would make the kernel reset the connection, and the
	// peer might never read why.
	s.conn.NetConn().SetReadDeadline(deadline)
}

// finish ends the reading side: it lets a peer that is still sending come to
// the end of what it sends, for a moment, and closes the connection as soon as
// the peer has said that it is closing too.
func (s *socket) finish() {
	defer s.conn.Close()
	s.conn.NetConn().SetReadDeadline(time.Now().Add(s.times.Linger))
	var err error
	for err == nil {
		_, _, err = s.conn.NextReader()
	}
	if _, closed := errors.AsType[*websocket.CloseError](err); !closed {
		io.Copy(io.Discard, s.conn.NetConn()) // what is no frame any more
	}
}
