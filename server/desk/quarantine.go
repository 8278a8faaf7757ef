package desk

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A Quarantine answers for ops that could not be applied: they are kept whole,
// and a coordinator mends or discards them.
type Quarantine struct{ store *store.Store }

// NewQuarantine makes a Quarantine.
func NewQuarantine(s *store.Store) *Quarantine { return &Quarantine{s} }

// held is one op as the desk is shown it.
type held struct {
	ID      string          `json:"id"`
	Device  string          `json:"device"`
	Member  string          `json:"member"`
	N       int64           `json:"n"`
	At      string          `json:"at"`
	Op      jsontext.Value  `json:"op"`            // null where it is still sealed, or no JSON at all
	Raw     string          `json:"raw,omitempty"` // base64, where Op can't be shown
	Sealed  bool            `json:"sealed,omitzero"`
	Problem *record.Problem `json:"problem"`
}

// maxMend bounds a mended op with its wrapping, in bytes.
const maxMend = wire.MaxOp + 4<<10

// Get answers GET /v1/quarantine. There may be more ops than memory holds, so they
// go out as they are read; where that fails in the midst, what came is no JSON.
func (q *Quarantine) Get(c echo.Context) error {
	answer, before := c.Response(), `{"ops":[`
	answer.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	answer.Header().Set("Cache-Control", "no-store")
	err := q.store.EachHeld(c.Request().Context(), identity.CallerOf(c).DAT, func(h *store.Held) error {
		one, err := json.Marshal(shown(h), jsontext.EscapeForHTML(true))
		if err != nil {
			return err
		}
		_, err = answer.Write(append([]byte(before), one...))
		before = ","
		return err
	})
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	if before == "," {
		before = ""
	}
	_, err = answer.Write([]byte(before + "]}"))
	return err
}

// shown is an op in quarantine as the desk is shown it.
func shown(h *store.Held) held {
	one := held{
		ID: h.ID, Device: h.Device, Member: h.Member, N: h.N, At: h.At.String(),
		Op: jsontext.Value("null"), Sealed: h.Sealed, Problem: &h.Problem,
	}
	// An op is refused for being no proper JSON too; the answer is to be some.
	if v := jsontext.Value(h.Op); v.IsValid() {
		one.Op = v
	} else {
		one.Raw = base64.StdEncoding.EncodeToString(h.Op)
	}
	return one
}

// The problems of this package.
var (
	errNotHere = problem.New(http.StatusNotFound, "not_found", "This op is not in quarantine any more. Look at the list again.")
	errMend    = problem.New(http.StatusBadRequest, "malformed", `Send {"mend": op} with the whole mended op, or {"discard": reason}.`)
	errReason  = problem.New(http.StatusUnprocessableEntity, "missing_reason", "Say in a few words why it is discarded; up to 500 characters.")
)

// Post answers POST /v1/quarantine/:id with {"mend": op} or {"discard": reason}.
func (q *Quarantine) Post(c echo.Context) error {
	var asked struct {
		Mend    jsontext.Value `json:"mend"`
		Discard *string        `json:"discard"`
	}
	if err := jsonbody.Read(c, maxMend, &asked); err != nil {
		return err
	}
	by, id, ctx := identity.CallerOf(c), c.Param("id"), c.Request().Context()
	switch {
	case (asked.Mend == nil) == (asked.Discard == nil):
		return errMend
	case asked.Discard != nil:
		reason := strings.TrimSpace(*asked.Discard)
		if reason == "" || len([]rune(reason)) > 500 {
			return errReason
		}
		if err := q.store.Discard(ctx, by.DAT, id, by.Member, reason); err != nil {
			return notHere(err)
		}
		return jsonbody.Send(c, http.StatusOK, map[string]any{"discarded": id})
	case asked.Mend.Kind() != '{':
		return errMend
	}
	r, err := q.store.Mend(ctx, by.DAT, id, by.Member, asked.Mend)
	if err != nil {
		return notHere(err)
	}
	result := struct {
		N       int64           `json:"n"`
		Status  string          `json:"status"`
		Seq     *int64          `json:"seq"`
		Problem *record.Problem `json:"problem"`
	}{N: r.N, Status: r.Status.String(), Problem: r.Problem}
	if r.Seq > 0 {
		result.Seq = &r.Seq
	}
	return jsonbody.Send(c, http.StatusOK, result)
}

func notHere(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNotHere
	}
	return problem.Unavailable.Because(err)
}
