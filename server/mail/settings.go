package mail

import (
	"crypto/tls"
	"errors"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
)

// Settings say how mail goes out.
type Settings struct {
	// Server is the mail server: smtp://USER:PASSWORD@HOST:587 speaks TLS from STARTTLS
	// on, and with another machine nothing else; smtps://HOST:465 from the start. To
	// a server on this machine smtp:// speaks as it is; ?tls=on and ?tls=off say otherwise.
	Server *url.URL
	// From is the address that mail comes from.
	From string
	// Hour is when the daily mail goes, 0 to 23, by the server's own clock and TZ.
	Hour int
	// TLS alters how TLS is spoken; nil is as usual.
	TLS *tls.Config
}

// How TLS is spoken.
type security int

const (
	withSTARTTLS security = iota
	withTLS
	inPlain
)

// A server is where mail is handed in.
type server struct {
	host           string
	port           int
	user, password string
	security       security
}

// Check says what is wrong with the settings. Its error holds no password.
func (s Settings) Check() error {
	if _, err := s.server(); err != nil {
		return err
	}
	if a, err := mail.ParseAddress(s.From); err != nil || a.Address != s.From {
		return errors.New("--mail-from must be an address, like earshot@example.org")
	}
	if s.Hour < 0 || s.Hour > 23 {
		return errors.New("--mail-hour must be an hour, 0 to 23")
	}
	return nil
}

var errServer = errors.New("--smtp must be like smtp://USER:PASSWORD@mail.example.org:587 (STARTTLS), smtps://mail.example.org (TLS) or smtp://127.0.0.1:25")

func (s Settings) server() (server, error) {
	u := s.Server
	if u == nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return server{}, errServer
	}
	to := server{host: u.Hostname(), user: u.User.Username()}
	to.password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		to.port = 587
		if here(to.host) {
			to.security = inPlain
		}
	case "smtps":
		to.port, to.security = 465, withTLS
	default:
		return server{}, errServer
	}
	switch q := u.Query(); {
	case len(q) == 0:
	case len(q) == 1 && u.Scheme == "smtp" && q.Get("tls") == "on":
		to.security = withSTARTTLS
	case len(q) == 1 && u.Scheme == "smtp" && q.Get("tls") == "off":
		to.security = inPlain
	default:
		return server{}, errServer
	}
	if to.security == inPlain && to.user != "" && !here(to.host) {
		return server{}, errors.New("--smtp: a password goes to another machine under TLS alone: leave ?tls=off out")
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return server{}, errServer
		}
		to.port = n
	}
	return to, nil
}

// here says whether a host is this machine, so that nobody is between.
func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
