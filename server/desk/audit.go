package desk

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// An Audit answers for who did what, when. It holds no words.
type Audit struct{ store *store.Store }

// NewAudit makes an Audit.
func NewAudit(s *store.Store) *Audit { return &Audit{s} }

const (
	maxAuditRows   = 1000
	usualAuditRows = 100
)

var errAudit = problem.New(http.StatusUnprocessableEntity, "audit_query_invalid", "Give from and to as a day (2026-03-31) or a time (2026-03-31T09:00:00Z), before and limit as whole numbers.")

// An auditRow is one link of the chain as the desk is shown it: all that its hash is
// over, so that a page can follow the chain by itself ([store.AuditRow] says how). A
// row that is not for the reader comes with its hashes alone.
type auditRow struct {
	Num        int64    `json:"num"`
	At         string   `json:"at,omitzero"`
	Device     string   `json:"device,omitzero"`
	Member     string   `json:"member,omitzero"`
	What       string   `json:"what,omitzero"`
	Collection string   `json:"collection,omitzero"`
	Record     string   `json:"record,omitzero"`
	Fields     []string `json:"fields,omitzero"`
	Seq        int64    `json:"seq,omitzero"`
	Withheld   bool     `json:"withheld,omitzero"`
	Before     string   `json:"before"`
	Hash       string   `json:"hash"`
}

// Get answers GET /v1/audit, newest first. member, device, what, collection and
// record say which rows; from and to, when; before, where to go on ("next" of the
// answer, null at the end); limit, how many. With verify=true the server goes along
// the whole chain, and says in "chain" what it found.
func (a *Audit) Get(c echo.Context) error {
	by, ctx := identity.CallerOf(c), c.Request().Context()
	q, err := auditQuery(c)
	if err != nil {
		return err
	}
	q.DAT = by.DAT
	rows, next, err := a.store.Audit(ctx, q)
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	filtered := q.Member != "" || q.Device != "" || q.What != "" || q.Collection != "" || q.Record != "" || q.From != 0 || q.To != 0
	readable := collectionsOf(programme.ByRole(by.Audiences))
	answer := struct {
		Rows  []auditRow  `json:"rows"`
		Next  *int64      `json:"next"`
		Chain *auditChain `json:"chain,omitzero"`
	}{Rows: []auditRow{}}
	for i := range rows {
		if r := &rows[i]; r.Collection == "" || readable[r.Collection] {
			answer.Rows = append(answer.Rows, auditRowOf(r))
		} else if !filtered {
			answer.Rows = append(answer.Rows, auditRow{Num: r.Num, Withheld: true, Before: base64url(r.Before), Hash: base64url(r.Hash)})
		}
	}
	if next != 0 {
		answer.Next = &next
	}
	if c.QueryParam("verify") == "true" {
		chain, err := a.store.AuditChain(ctx, by.DAT)
		if err != nil {
			return problem.Unavailable.Because(err)
		}
		answer.Chain = &auditChain{Rows: chain.Rows, Head: base64url(chain.Head), OK: chain.Broken == 0, Broken: chain.Broken}
	}
	return jsonbody.Send(c, http.StatusOK, answer)
}

// auditChain is the server's own verdict.
type auditChain struct {
	Rows   int64  `json:"rows"`
	Head   string `json:"head"` // the last row's hash
	OK     bool   `json:"ok"`
	Broken int64  `json:"broken,omitzero"` // the first row that does not follow from the one before it
}

func auditRowOf(r *store.AuditRow) auditRow {
	return auditRow{
		Num: r.Num, At: r.At.String(), Device: r.Device, Member: r.Member, What: r.What, Collection: r.Collection,
		Record: r.Record, Fields: r.Fields, Seq: r.Seq, Before: base64url(r.Before), Hash: base64url(r.Hash),
	}
}

func base64url(hash [32]byte) string { return base64.RawURLEncoding.EncodeToString(hash[:]) }

// collectionsOf are those that these audiences are ever let through to. An
// administrator reads no views, and is not told who wrote one down, or when.
func collectionsOf(audiences []string) map[string]bool {
	of := map[string]bool{}
	for _, c := range programme.Schema().Collections {
		of[c.Name] = c.Ever(audiences) != 0
	}
	return of
}

func auditQuery(c echo.Context) (q store.AuditQuery, err error) {
	q = store.AuditQuery{
		Member: c.QueryParam("member"), Device: c.QueryParam("device"), What: c.QueryParam("what"),
		Collection: c.QueryParam("collection"), Record: c.QueryParam("record"), Most: usualAuditRows,
	}
	for _, w := range []struct {
		text string
		to   *record.Time
		day  int // the end of a day is the next one's beginning
	}{{c.QueryParam("from"), &q.From, 0}, {c.QueryParam("to"), &q.To, 1}} {
		if w.text == "" {
			continue
		}
		if d, err := time.Parse(time.DateOnly, w.text); err == nil {
			*w.to = record.At(d.AddDate(0, 0, w.day))
		} else if *w.to, err = record.ParseTime(w.text); err != nil {
			return q, errAudit
		}
	}
	if text := c.QueryParam("before"); text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil || q.Before < 1 {
			return q, errAudit
		}
	}
	if text := c.QueryParam("limit"); text != "" {
		if q.Most, err = strconv.Atoi(text); err != nil || q.Most < 1 {
			return q, errAudit
		}
		q.Most = min(q.Most, maxAuditRows)
	}
	return q, nil
}
