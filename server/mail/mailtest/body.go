package mailtest

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

func newReader(raw []byte) io.Reader { return bytes.NewReader(raw) }

// readBody gives a mail's text as its reader sees it.
func readBody(m *mail.Message) (string, error) {
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	return string(text), err
}
