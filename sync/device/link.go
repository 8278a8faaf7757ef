package device

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"earshot/sync/wire"
)

// A Dialing says how a [Link] is opened.
type Dialing struct {
	// Compress offers permessage-deflate.
	Compress bool
	// Net opens the connection below; nil is the operating system's. Tests cut it.
	Net func(ctx context.Context, network, address string) (net.Conn, error)
}

// The deadlines of a link.
const (
	openWithin = 15 * time.Second
	// pingEvery asks whether the other side is there; quietAtMost is how long
	// nothing may pass.
	pingEvery   = 25 * time.Second
	quietAtMost = 70 * time.Second
)

// A Link is one open websocket to /v1/sync: frames out and frames in, and no
// more. One goroutine sends and one receives.
type Link struct {
	conn *websocket.Conn
	line *patient
}

// ErrNoSocket is given where the server is there and a websocket does not open.
var ErrNoSocket = errors.New("device: no websocket opens to this server")

// errSend is a connection that takes nothing more.
var errSend = errors.New("device: send")

// A Closed is how the server ended a link.
type Closed struct{ Code int }

func (c *Closed) Error() string { return fmt.Sprintf("device: the server closed with %d", c.Code) }

// Dial opens a link to the server at an origin ("https://…").
func Dial(ctx context.Context, origin string, o Dialing) (*Link, error) {
	if o.Net == nil {
		o.Net = new(net.Dialer).DialContext
	}
	line := new(patient)
	d := websocket.Dialer{
		Proxy: http.ProxyFromEnvironment,
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := o.Net(ctx, network, address)
			line.Conn = conn
			return line, err
		},
		HandshakeTimeout:  openWithin,
		Subprotocols:      []string{wire.Subprotocol},
		EnableCompression: o.Compress,
		ReadBufferSize:    16 << 10,
		WriteBufferSize:   16 << 10,
	}
	conn, res, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(origin, "http")+"/v1/sync", nil)
	if res != nil && res.Body != nil {
		res.Body.Close() //nolint:errcheck,gosec // at most the first kilobyte, already read
	}
	switch {
	case errors.Is(err, websocket.ErrBadHandshake) && res != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoSocket, &Refusal{Status: res.StatusCode, Code: "no_socket", Detail: "the way to it lets none through"})
	case err != nil:
		return nil, fmt.Errorf("%w: open a link: %w", errBroken, err)
	case conn.Subprotocol() != wire.Subprotocol:
		return nil, errors.Join(ErrNoSocket, conn.Close())
	}
	conn.SetReadLimit(maxAnswer)
	line.open.Store(true)
	return &Link{conn, line}, nil
}

// A patient connection is given up when nothing at all passes for a while: a
// page may take minutes over a poor line, and a line that is gone must not.
type patient struct {
	net.Conn
	open atomic.Bool // the handshake, which has a deadline of its own, is over
}

func (p *patient) Read(b []byte) (int, error) {
	if p.open.Load() {
		_ = p.SetReadDeadline(time.Now().Add(quietAtMost))
	}
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	if p.open.Load() {
		_ = p.SetWriteDeadline(time.Now().Add(quietAtMost))
	}
	return p.Conn.Write(b)
}

// Send sends a frame that is already text.
func (l *Link) Send(frame []byte) error {
	if err := l.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		return fmt.Errorf("%w: %w", errSend, err)
	}
	return nil
}

// Receive gives the next frame's text. Where the server closed with a code, the
// error is a *[Closed].
func (l *Link) Receive() ([]byte, error) {
	_, data, err := l.conn.ReadMessage()
	if err != nil {
		var c *websocket.CloseError
		if errors.As(err, &c) {
			return nil, &Closed{c.Code}
		}
		return nil, fmt.Errorf("%w: receive: %w", errBroken, err)
	}
	return data, nil
}

// Ping asks whether the other side is there.
func (l *Link) Ping() error {
	return l.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(quietAtMost))
}

// Close says goodbye, for which it takes a second at most, and closes.
func (l *Link) Close() error {
	l.line.open.Store(false)
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = l.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	return l.conn.Close()
}
