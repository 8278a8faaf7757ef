package live

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/sync/wire"
)

var (
	errNoUpgrade   = problem.New(http.StatusUpgradeRequired, "upgrade_required", "Open a websocket here, or POST the same messages.")
	errSubprotocol = problem.New(http.StatusBadRequest, "unknown_subprotocol", "This server speaks the subprotocol earshot.v1. Name it when the websocket opens.")
	errHandshake   = problem.New(http.StatusBadRequest, "malformed", "This is no websocket handshake of RFC 6455.")
	errFull        = problem.New(http.StatusServiceUnavailable, "unavailable", "The server is full or stopping. Come back shortly.").After(5 * time.Second)
)

// GetSync answers GET /v1/sync with a websocket.
func (l *Live) GetSync(c echo.Context) error {
	r := c.Request()
	if !websocket.IsWebSocketUpgrade(r) {
		c.Response().Header().Set("Upgrade", "websocket")
		return errNoUpgrade
	}
	if offered := websocket.Subprotocols(r); len(offered) > 0 && !slices.Contains(offered, wire.Subprotocol) {
		return errSubprotocol
	}
	from := identity.Site(identity.ClientAddress(r, l.o.Trusted))
	if !l.hub.hasRoom(from) {
		return errFull
	}
	conn, err := l.upgrader.Upgrade(c.Response(), r, c.Response().Header())
	if _, bad := errors.AsType[websocket.HandshakeError](err); bad {
		return errHandshake
	}
	if err != nil {
		return nil // the connection is gone, or no longer ours to answer on
	}
	s := l.newSession(conn, from)
	if !l.allowed(r.Header.Get("Origin")) {
		s.stop(foreign)
	}
	if !l.hub.enter(s) {
		conn.Close()
		return nil
	}
	l.sessions.Add(1)
	l.o.Metrics.sessions.Inc()
	// On a goroutine of its own, so that what serving the request took is given back.
	go func() {
		defer l.sessions.Done()
		defer l.o.Metrics.sessions.Dec()
		defer l.hub.leave(s)
		s.run()
	}()
	return nil
}

var foreign = ending{
	code: wire.CloseForbidden, reason: "origin",
	frame: &wire.Error{Code: wire.CodeForbidden, Message: "This page is not served from here. Open the app at the server's own address."},
}
