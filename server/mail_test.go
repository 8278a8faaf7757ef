package server_test

import (
	"strings"
	"testing"
	"time"

	"earshot/server"
	"earshot/server/mail"
	"earshot/server/mail/mailtest"
)

// mailing starts a server that sends mail by a real mail server.
func mailing(t *testing.T, change ...func(*server.Config)) (*world, *mailtest.Server) {
	t.Helper()
	post := mailtest.Start(t, mailtest.STARTTLS)
	return start(t, append(change, func(c *server.Config) {
		c.Mail = &mail.Settings{Server: post.URL(), From: "earshot@dat.example.org", TLS: post.Client()}
	})...), post
}

// comes waits for a mail.
func comes(t *testing.T, post *mailtest.Server) mailtest.Mail {
	t.Helper()
	select {
	case m := <-post.Mails:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no mail came")
		panic("unreachable")
	}
}

func TestTheDeskIsToldByMailOfWhatAPhoneHandsIn(t *testing.T) {
	w, post := mailing(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	l.applied(desk.op("member", desk.member, 0, frame{"set": frame{"email": "samantha@dat.example.org"}}))
	p := w.enrol(d, "volunteer")
	v, _ := p.connect(pushing)
	v.applied(p.op("escalation", newID(), 0, frame{"set": frame{"kind": "risk", "told": "nobody"}}))

	m := comes(t, post)
	if m.To != "samantha@dat.example.org" || !strings.Contains(m.Body, w.url+"/in") || m.Header.Get("Subject") != "Please look as soon as you can" {
		t.Errorf("what came is\n%s", m.Raw)
	}
	w.end()
	if log := w.log.String(); strings.Contains(log, "samantha") || strings.Contains(log, mailtest.Password) || !strings.Contains(log, "a mail was sent") {
		t.Errorf("the log is\n%s", log)
	}
}

func TestTheDeskIsToldWhetherMailIsSentAtAll(t *testing.T) {
	without := start(t)
	desk := without.enrol(without.dat("north"), "coordinator")
	var got frame
	without.get("/v1/reports/mail", desk.access).want(200, &got)
	shaped(t, "no mail", got, map[string]string{"on": "truth", "sent": "time?", "stuck": "num", "since": "time?", "refused": "list"})
	if got["on"] != false {
		t.Errorf("without a mail server it says %v", got)
	}
	with, _ := mailing(t)
	desk = with.enrol(with.dat("north"), "coordinator")
	with.get("/v1/reports/mail", desk.access).want(200, &got)
	if got["on"] != true {
		t.Errorf("with one it says %v", got)
	}
}
