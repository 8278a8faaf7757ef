package device

import (
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"earshot/sync/wire"
)

// A peer is the house's end of one websocket.
type peer struct {
	*house
	conn  *websocket.Conn
	hello *wire.Hello
}

func (h *house) socket(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	blocked := h.noSockets
	h.mu.Unlock()
	if blocked {
		http.Error(w, "no", http.StatusBadGateway)
		return
	}
	up := websocket.Upgrader{Subprotocols: []string{wire.Subprotocol}}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	p := &peer{house: h, conn: conn}
	f, ok := p.read().(*wire.Hello)
	if !ok {
		return
	}
	p.hello = f
	h.mu.Lock()
	h.hellos = append(h.hellos, f)
	var script func(*peer)
	if len(h.scripts) > 0 {
		script, h.scripts = h.scripts[0], h.scripts[1:]
	}
	h.mu.Unlock()
	if script != nil {
		script(p)
		return
	}
	p.serve()
}

// read gives the next frame, nil where there is none.
func (p *peer) read() wire.Frame {
	_, data, err := p.conn.ReadMessage()
	if err != nil {
		return nil
	}
	f, err := wire.DecodeClient(data)
	if err != nil {
		p.t.Errorf("the device sends %s: %v", data, err)
		return nil
	}
	return f
}

func (p *peer) send(f wire.Frame) { _ = p.conn.WriteMessage(websocket.TextMessage, f.Append(nil)) }

func (p *peer) close(code int) {
	_ = p.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	for p.read() != nil { // until the other side has gone
	}
}

// push gives the next push, passing over other frames.
func (p *peer) push() *wire.Push {
	for {
		switch f := p.read().(type) {
		case nil:
			return nil
		case *wire.Push:
			return f
		case *wire.Ping:
			p.send(&wire.Pong{})
		}
	}
}

// serve does as a server should.
func (p *peer) serve() {
	p.send(p.welcome())
	if p.hello.Reads {
		p.mu.Lock()
		pages := p.after(p.hello.Cursor)
		p.mu.Unlock()
		for _, c := range pages {
			p.send(c)
		}
	}
	for f := p.push(); f != nil; f = p.push() {
		if p.tooLarge(f) {
			p.send(&wire.Error{Code: wire.CodeTooLarge})
			p.close(wire.CloseTooLarge)
			return
		}
		p.send(p.take(f))
	}
}
