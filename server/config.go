package server

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"earshot/server/live"
	"earshot/server/mail"
)

// Config is everything that a server is told from outside. cmd/earshot fills it
// from flags and EARSHOT_* variables; tests fill it by hand.
type Config struct {
	// Data is the directory of database and keys, made where it is not there.
	Data string
	// Listen is the address that the server listens on, "127.0.0.1:8080" by default.
	Listen string
	// Origin is what people type: scheme, host and port as the browser sees them.
	// Nil: http at the address that is listened on.
	Origin *url.URL
	// Metrics is the address of /metrics, of its own; "" for none.
	Metrics string
	// TrustProxy names the networks whose X-Forwarded-For and -Proto are believed.
	TrustProxy []netip.Prefix
	// Safe says what makes an op safe beside the disk: "none" (the default), nothing
	// does, or "backup", the newest one.
	Safe string
	// Mail says how members are told by mail that something waits; nil: they are not.
	Mail *mail.Settings
	// Log gets what happens, without words, codes, tokens and names. Nil: nothing.
	Log *slog.Logger
	// Now and Random are the clock and the dice; nil for the real ones.
	Now    func() time.Time
	Random io.Reader
	// Ready is called once, when requests are taken, with where they are taken on this
	// machine: behind a proxy people know the server by its origin. It may be nil.
	Ready func(address *url.URL)
	// Times bound how long a websocket waits; zero for the standard ones.
	Times live.Times
	// Drain is how long open connections get to end at a stop, at most 8 s, the default.
	Drain time.Duration
}

// complete fills in what was left out.
func (c Config) complete() Config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if c.Safe == "" {
		c.Safe = "none"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Drain <= 0 || c.Drain > 8*time.Second {
		c.Drain = 8 * time.Second
	}
	return c
}
