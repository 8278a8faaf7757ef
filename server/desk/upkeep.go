package desk

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
)

// StaleBackup is how old the newest backup may be before that is said.
const StaleBackup = 24 * time.Hour

// A BackupReport answers for whether what people said lies in a backup too.
type BackupReport struct {
	store   *store.Store
	follows bool
	now     func() time.Time
}

// NewBackupReport makes a BackupReport; follows says whether safe means in a backup here.
func NewBackupReport(s *store.Store, follows bool, now func() time.Time) *BackupReport {
	return &BackupReport{s, follows, now}
}

// Get answers GET /v1/reports/backup: "follows" says whether phones call safe what the
// newest backup holds, "last" when that was begun, "stale" whether that is too long ago.
func (b *BackupReport) Get(c echo.Context) error {
	last, err := b.store.LastBackup(c.Request().Context())
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	answer := struct {
		Follows bool    `json:"follows"`
		Last    *string `json:"last"`
		Stale   bool    `json:"stale"`
	}{Follows: b.follows, Stale: last == 0 || b.now().Sub(last.Std()) > StaleBackup}
	if last != 0 {
		at := last.String()
		answer.Last = &at
	}
	return jsonbody.Send(c, http.StatusOK, answer)
}
