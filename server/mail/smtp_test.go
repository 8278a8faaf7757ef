package mail_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"earshot/server/mail"
	"earshot/server/mail/mailtest"
)

func settings(s *mailtest.Server) mail.Settings {
	return mail.Settings{Server: s.URL(), From: "earshot@dat.example.org", TLS: s.Client()}
}

func letter(to string) mail.Letter {
	return mail.Letter{To: to, Subject: "Something waits for you", Body: "Hello,\r\n\r\nIt waits.\r\n", ID: "abc"}
}

func TestAMailIsHandedOverUnderTLSAndSaysWhatItShould(t *testing.T) {
	for name, kind := range map[string]int{"STARTTLS": mailtest.STARTTLS, "TLS": mailtest.TLS, "on this machine": mailtest.Plain} {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Start(t, kind)
			at := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
			out, err := mail.NewSMTP(settings(server), func() time.Time { return at })
			if err != nil {
				t.Fatal(err)
			}
			if err := out.Send(t.Context(), letter("sam@example.org")); err != nil {
				t.Fatal(err)
			}
			got := <-server.Mails
			if got.To != "sam@example.org" || got.From != "earshot@dat.example.org" {
				t.Errorf("from %s to %s", got.From, got.To)
			}
			if secured := kind != mailtest.Plain; got.TLS != secured || (got.User != "") != secured {
				t.Errorf("TLS %v, signed in as %q", got.TLS, got.User)
			}
			if got.Body != "Hello,\r\n\r\nIt waits.\r\n" {
				t.Errorf("the body is %q", got.Body)
			}
			for header, want := range map[string]string{
				"Subject": "Something waits for you", "From": `"Earshot" <earshot@dat.example.org>`, "To": "<sam@example.org>",
				"Message-Id": "<abc@dat.example.org>", "Auto-Submitted": "auto-generated", "Date": "Thu, 26 Nov 2026 08:00:00 +0000",
				"User-Agent": "", "X-Mailer": "",
			} {
				if is := got.Header.Get(header); is != want {
					t.Errorf("%s is %q, want %q", header, is, want)
				}
			}
		})
	}
}

func TestAMailServerThatNobodyVouchesForIsGivenNothing(t *testing.T) {
	for name, kind := range map[string]int{"STARTTLS": mailtest.STARTTLS, "TLS": mailtest.TLS} {
		server := mailtest.Start(t, kind)
		s := settings(server)
		s.TLS = nil
		out, err := mail.NewSMTP(s, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Send(t.Context(), letter("sam@example.org")); err == nil || errors.Is(err, mail.ErrRefused) || server.Tried() != 0 {
			t.Errorf("%s: %v, %d tries", name, err, server.Tried())
		}
	}
	// One that speaks no TLS at all, where it is demanded.
	server := mailtest.Start(t, mailtest.Plain)
	s := settings(server)
	s.Server.RawQuery = "tls=on"
	out, err := mail.NewSMTP(s, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Send(t.Context(), letter("sam@example.org")); err == nil || server.Tried() != 0 {
		t.Errorf("without TLS: %v, %d tries", err, server.Tried())
	}
}

func TestWhatAMailServerSaysIsToldApartAndNotRepeated(t *testing.T) {
	server := mailtest.Start(t, mailtest.STARTTLS)
	server.Refuse("gone@example.org")
	out, err := mail.NewSMTP(settings(server), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	send := func(to string) error { return out.Send(t.Context(), letter(to)) }
	if err := send("gone@example.org"); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("an unknown address: %v", err)
	}
	if err := send("no address"); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("no address: %v", err)
	}
	server.Busy(true)
	busy := send("sam@example.org")
	if busy == nil || errors.Is(busy, mail.ErrRefused) {
		t.Errorf("a server that is busy: %v", busy)
	}
	wrong := settings(server)
	wrong.Server.User = url.UserPassword(mailtest.User, "a wrong one")
	out, err = mail.NewSMTP(wrong, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	denied := send("sam@example.org")
	if denied == nil || errors.Is(denied, mail.ErrRefused) {
		t.Errorf("a wrong password: %v", denied)
	}
	for _, err := range []error{busy, denied} {
		for _, secret := range []string{"sam@example.org", "a wrong one", mailtest.User + "\"", "later", "Authentication failed"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%q is in %v", secret, err)
			}
		}
	}
}

func TestSettingsThatCannotBeMeantAreRefused(t *testing.T) {
	for text, good := range map[string]bool{
		"smtp://127.0.0.1:25": true, "smtp://mail.example.org": true, "smtps://u:p@mail.example.org": true, "smtp://relay:25?tls=off": true,
		"smtp://[::1]:25": true, "smtp://localhost": true,
		"": false, "mail.example.org:25": false, "http://mail.example.org": false, "smtp://": false, "smtp://u:p@relay?tls=off": false,
		"smtps://relay?tls=off": false, "smtp://relay?tls=maybe": false, "smtp://relay?x=y": false, "smtp://relay:0": false, "smtp://relay/path": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			u = nil
		}
		err = mail.Settings{Server: u, From: "earshot@example.org"}.Check()
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	relay, _ := url.Parse("smtp://relay")
	for _, bad := range []mail.Settings{
		{Server: relay}, {Server: relay, From: "Earshot <earshot@example.org>"}, {Server: relay, From: "nobody"},
		{Server: relay, From: "earshot@example.org", Hour: 24}, {Server: relay, From: "earshot@example.org", Hour: -1},
	} {
		if bad.Check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
