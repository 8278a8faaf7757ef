package crowd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
)

// The bounds of what goes through a bad connection, in bytes each way, before it
// breaks; between them each magnitude is as likely as another. So some break in
// their first frames, and one in a while carries even the largest.
const (
	shortest = 2 << 10
	longest  = 2 << 20
)

// blocked says which phones are where no websocket is let through: the last of each so many.
const blocked = 5

// Faults break the connections of phones, and count how. They do so from Begin
// until End; before and after, a line is a line.
type Faults struct {
	on atomic.Bool
	// Cut counts connections that broke while something was sent, Unanswered those
	// whose answer was lost on the way, and Blocked the websockets that were not let through.
	Cut, Unanswered, Blocked atomic.Int64
}

// Begin lets connections break.
func (f *Faults) Begin() { f.on.Store(true) }

// End leaves connections alone.
func (f *Faults) End() { f.on.Store(false) }

var errCut = errors.New("crowd: the connection broke")

// dial opens a connection that breaks sooner or later.
func (f *Faults) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	b := &badLine{Conn: conn, faults: f}
	b.out.Store(chance())
	b.in.Store(chance())
	return b, nil
}

// chance gives how many bytes go through.
func chance() int64 {
	return int64(shortest * math.Pow(float64(longest)/shortest, rand.Float64()))
}

// dialBlocked opens a connection for a websocket to somebody in between who lets
// none through.
func (f *Faults) dialBlocked(ctx context.Context, network, address string) (net.Conn, error) {
	if !f.on.Load() {
		return f.dial(ctx, network, address)
	}
	f.Blocked.Add(1)
	here, there := net.Pipe()
	go refuse(there)
	return here, nil
}

// refuse answers as a proxy that knows no websockets.
func refuse(conn net.Conn) {
	defer conn.Close()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		io.WriteString(conn, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
}

// A badLine is a connection that breaks when so many bytes have gone through.
type badLine struct {
	net.Conn
	faults  *Faults
	out, in atomic.Int64
}

// Write breaks in the middle of what is sent: the server gets a part of it.
func (b *badLine) Write(p []byte) (int, error) {
	left := b.out.Add(-int64(len(p)))
	if left >= 0 || !b.faults.on.Load() {
		return b.Conn.Write(p)
	}
	n, _ := b.Conn.Write(p[:max(0, int64(len(p))+left)])
	b.faults.Cut.Add(1)
	b.Conn.Close()
	return n, errCut
}

// Read breaks when something has come: the server has said it, and nobody hears.
func (b *badLine) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.in.Add(-int64(n)) >= 0 || !b.faults.on.Load() || n == 0 {
		return n, err
	}
	b.faults.Unanswered.Add(1)
	b.Conn.Close()
	return 0, errCut
}
