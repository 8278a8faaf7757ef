package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// patience is how long the mail server has for each thing that it is asked.
const patience = 20 * time.Second

// ErrRefused: the mail server will never take a mail to this address.
var ErrRefused = errors.New("mail: the address was refused")

// SMTP hands mail to a mail server. Its methods may be called from any goroutine.
type SMTP struct {
	to   server
	from netmail.Address
	tls  *tls.Config
	now  func() time.Time
}

// NewSMTP makes one. Nothing is connected yet.
func NewSMTP(s Settings, now func() time.Time) (*SMTP, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	to, err := s.server()
	if err != nil {
		return nil, err
	}
	return &SMTP{to: to, from: netmail.Address{Name: "Earshot", Address: s.From}, tls: s.TLS, now: now}, nil
}

// Send hands one mail over, and comes back when the mail server has taken it. Its
// error is ErrRefused, or says no more than at which step it failed: what the mail
// server says may quote the address, or the password's owner.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return ErrRefused // an address that is none
	}
	client, err := mail.NewClient(s.to.host, s.options()...)
	if err != nil {
		return errors.New("mail: the settings are not taken")
	}
	if err := client.DialWithContext(ctx); err != nil {
		return connecting(err)
	}
	sent := client.Send(m)
	// A mail that was taken is sent, however they part.
	_ = client.Close()
	return handing(sent)
}

func (s *SMTP) message(l Letter) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(&s.from)
	if err := m.To(l.To); err != nil {
		return nil, err
	}
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Body)
	m.SetDateWithValue(s.now())
	m.SetMessageIDWithValue(l.ID + "@" + s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:])
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence answers it
	return m, nil
}

func (s *SMTP) options() []mail.Option {
	options := []mail.Option{mail.WithPort(s.to.port), mail.WithTimeout(patience)}
	if s.tls != nil {
		c := s.tls.Clone()
		c.ServerName = s.to.host
		options = append(options, mail.WithTLSConfig(c))
	}
	switch s.to.security {
	case withTLS:
		options = append(options, mail.WithSSL())
	case withSTARTTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case inPlain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.to.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.to.user), mail.WithPassword(s.to.password))
	}
	return options
}

// connecting says why the mail server could not be reached: the network's own word
// where there is one, which names no person.
func connecting(err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &network):
		return fmt.Errorf("mail: reaching the mail server: %s: %w", network.Op, network.Err)
	case errors.As(err, &certificate):
		return errors.New("mail: the mail server's certificate is not good")
	}
	return errors.New("mail: the mail server did not let us in: look at the name, the password and TLS in --smtp")
}

// handing says what became of a mail that was handed over.
func handing(err error) error {
	if err == nil {
		return nil
	}
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return errors.New("mail: handing a mail over failed")
	}
	if refused.Reason == mail.ErrSMTPRcptTo && !refused.IsTemp() {
		return ErrRefused
	}
	return fmt.Errorf("mail: handing a mail over: %s", refused.Reason)
}
