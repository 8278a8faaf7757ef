package desk

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
)

// A MailReport answers for whether members are told by mail that something waits.
type MailReport struct {
	store *store.Store
	on    bool
}

// NewMailReport makes a MailReport; on says whether this server sends mail at all.
func NewMailReport(s *store.Store, on bool) *MailReport { return &MailReport{s, on} }

// Get answers GET /v1/reports/mail: "on" says whether this server was set up to send
// mail, "sent" when the last one went, "stuck" how many can't be sent at the moment
// and "since" when the oldest of them is from, "refused" which members could not be
// reached at the address that they have here.
func (m *MailReport) Get(c echo.Context) error {
	got, err := m.store.MailState(c.Request().Context(), identity.CallerOf(c).DAT)
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	answer := struct {
		On      bool     `json:"on"`
		Sent    *string  `json:"sent"`
		Stuck   int64    `json:"stuck"`
		Since   *string  `json:"since"`
		Refused []string `json:"refused"`
	}{On: m.on, Stuck: got.Stuck, Refused: append([]string{}, got.Refused...)}
	if got.Sent != 0 {
		sent := got.Sent.String()
		answer.Sent = &sent
	}
	if got.Since != 0 {
		since := got.Since.String()
		answer.Since = &since
	}
	return jsonbody.Send(c, http.StatusOK, answer)
}
