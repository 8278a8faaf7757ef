package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	_ "time/tzdata" // an image of one file has no zones, and the daily mail goes by the clock

	"earshot/server"
	"earshot/server/mail"
)

type serveCommand struct {
	place
	Listen     string    `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where to listen; port 0 takes a free one."`
	Origin     *url.URL  `placeholder:"URL" help:"Where the app is, as people's browsers see it. Default: where it listens."`
	Metrics    string    `placeholder:"ADDR" help:"Where to serve /metrics, apart from all else. Default: nowhere."`
	TrustProxy []network `placeholder:"CIDR" help:"Proxies whose word on a client's address is taken; may stand more than once."`
	Safe       string    `default:"none" help:"What makes a change safe beside this disk: none, or backup, the newest one (earshot backup)."`
	SMTP       *url.URL  `name:"smtp" placeholder:"URL" help:"The mail server by which members are told that something waits: smtp://USER:PASSWORD@HOST:587, or smtps://HOST. Better in EARSHOT_SMTP, since it holds a password. Default: no mail."`
	MailFrom   string    `placeholder:"ADDR" help:"The address that this mail comes from."`
	MailHour   int       `default:"8" placeholder:"HOUR" help:"When the daily mail goes, 0 to 23, by this machine's clock."`
	Log        string    `default:"text" enum:"text,json" help:"How to log, to stderr: ${enum}."`
	Demo       bool      `help:"A DAT with some weeks of made-up views, and enrolment links on the terminal."`
}

func (serveCommand) Help() string {
	return `Makes DIR, its keys and its database on first use. SIGTERM ends it: what is on its way is let through first.

Examples:

  earshot serve --data ./demo --demo
  earshot serve --data /var/lib/earshot --origin https://earshot.example.org --trust-proxy 127.0.0.1/32 --log json
  EARSHOT_SMTP=smtp://USER:PASSWORD@mail.example.org:587 earshot serve --data /var/lib/earshot --mail-from earshot@example.org`
}

// Validate is called by kong: what it finds is wrong usage.
func (c *serveCommand) Validate() error {
	switch c.Safe {
	case "none", "backup":
	case "litestream":
		return errors.New("--safe litestream is not there yet: say backup, or none (a change is then safe when it is on this disk)")
	default:
		return errors.New("--safe must be none or backup")
	}
	if c.Origin != nil {
		if err := checkOrigin(c.Origin); err != nil {
			return err
		}
	}
	switch mails := c.mail(); {
	case mails == nil && c.MailFrom != "":
		return errors.New("--mail-from goes with --smtp, which says by which server mail is sent")
	case mails != nil && c.MailFrom == "":
		return errors.New("--smtp goes with --mail-from, the address that mail comes from")
	case mails != nil:
		return mails.Check()
	}
	return nil
}

// mail gives how mail is sent, nil where it is not.
func (c *serveCommand) mail() *mail.Settings {
	if c.SMTP == nil || *c.SMTP == (url.URL{}) { // a variable that is empty is as none
		return nil
	}
	return &mail.Settings{Server: c.SMTP, From: c.MailFrom, Hour: c.MailHour}
}

// checkOrigin says what is wrong with an address that people are to open.
func checkOrigin(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("--origin must be like https://earshot.example.org")
	}
	return nil
}

// A network is a range of addresses as it stands on the command line.
type network struct{ netip.Prefix }

// UnmarshalText is called by kong.
func (n *network) UnmarshalText(text []byte) (err error) {
	if n.Prefix, err = netip.ParsePrefix(string(text)); err != nil {
		return fmt.Errorf("%q is no network: it must be like 127.0.0.1/32 for one proxy, or 10.0.0.0/8", text)
	}
	return nil
}

func (c *serveCommand) Run(ctx context.Context, out *printer) error {
	var proxies []netip.Prefix
	for _, n := range c.TrustProxy {
		proxies = append(proxies, n.Prefix)
	}
	s, err := server.New(ctx, server.Config{
		Data: c.Data, Listen: c.Listen, Origin: c.Origin, Metrics: c.Metrics, TrustProxy: proxies, Safe: c.Safe, Mail: c.mail(),
		Log:   out.log(c.Log, slog.LevelInfo),
		Ready: func(address *url.URL) { fmt.Fprintf(out.err, "listening on %s\n", address) },
	})
	if err != nil {
		return err
	}
	if c.Demo {
		if err := demonstrate(ctx, s, out); err != nil {
			return errors.Join(fmt.Errorf("making the demonstration: %w", err), s.Close())
		}
	}
	return s.Run(ctx)
}
