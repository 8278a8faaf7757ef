// Package mailtest is a real SMTP server for tests: on a socket of this machine,
// with or without TLS, with or without a password, and with the troubles that mail
// servers have.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A Mail is one that was taken.
type Mail struct {
	From, To string // of the envelope
	Header   mail.Header
	Body     string
	Raw      string
	TLS      bool   // it came under TLS
	User     string // who signed in; "" for nobody
}

// A Server takes mail. Its methods may be called from any goroutine.
type Server struct {
	// Mails are those that were taken, in order.
	Mails chan Mail

	url  url.URL
	pool *x509.CertPool
	smtp *smtp.Server

	mu      sync.Mutex
	unknown []string // addresses that it refuses
	busy    bool
	tried   int
}

// Kinds of server.
const (
	Plain = iota
	STARTTLS
	TLS
)

// User and Password let one in where a server asks for them: all but a Plain one do.
const (
	User     = "earshot"
	Password = "a password of a test"
)

// Start starts a server of a kind, which ends with the test.
func Start(t testing.TB, kind int) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Mails: make(chan Mail, 100), url: url.URL{Scheme: "smtp", Host: l.Addr().String()}}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, under := c.TLSConnectionState()
		return &session{s: s, tls: under, asks: kind != Plain}, nil
	}))
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	if kind != Plain {
		config, pool := certified(t)
		s.pool, s.url.User = pool, url.UserPassword(User, Password)
		if kind == TLS {
			s.url.Scheme, l = "smtps", tls.NewListener(l, config)
		} else {
			s.url.RawQuery, s.smtp.TLSConfig = "tls=on", config
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.smtp.Serve(l) // until it is closed
	}()
	t.Cleanup(func() {
		_ = s.smtp.Close()
		<-ended
	})
	return s
}

// URL is where the server is, with name and password.
func (s *Server) URL() *url.URL {
	u := s.url
	return &u
}

// Client gives how a client has to speak TLS to believe the server.
func (s *Server) Client() *tls.Config { return &tls.Config{RootCAs: s.pool} }

// Refuse has the server say of addresses that it does not know them.
func (s *Server) Refuse(addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknown = addresses
}

// Busy has the server put every mail off.
func (s *Server) Busy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

// Tried says how many mails were begun.
func (s *Server) Tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried
}

// A session is one client's.
type session struct {
	s         *Server
	tls, asks bool
	user      string
	from, to  string
}

func (c *session) AuthMechanisms() []string {
	if !c.asks {
		return nil
	}
	return []string{sasl.Plain}
}

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		c.user = user
		return nil
	}), nil
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.asks && c.user == "" {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.tried++
	if slices.Contains(c.s.unknown, to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody is called " + to}
	}
	if c.s.busy {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "try " + to + " later"}
	}
	if c.to != "" {
		return errors.New("one mail is to one person")
	}
	c.to = to
	return nil
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(newReader(raw))
	if err != nil {
		return err
	}
	body, err := readBody(m)
	if err != nil {
		return err
	}
	c.s.Mails <- Mail{From: c.from, To: c.to, Header: m.Header, Body: body, Raw: string(raw), TLS: c.tls, User: c.user}
	return nil
}

func (c *session) Reset()        { c.from, c.to = "", "" }
func (c *session) Logout() error { return nil }

// certified makes a certificate of its own for 127.0.0.1.
func certified(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, &made, &made, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}, pool
}
