// Package problem says over HTTP what went wrong and what to do about it, as
// RFC 9457 asks: application/problem+json with a code that never changes its
// meaning, and a detail that a person can act on.
//
// Nothing that a caller sent is ever repeated in a problem, and what an
// unexpected error says goes to the log alone.
package problem

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// ContentType is what a problem is sent as.
const ContentType = "application/problem+json"

// A Problem is one answer that is not the wished one.
type Problem struct {
	// Status is the HTTP status.
	Status int
	// Code is stable, in lower case with underscores: programs go by it.
	Code string
	// Detail says in plain English what to do.
	Detail string
	// Retry, where it is not 0, is how long to wait before trying again.
	Retry time.Duration
	// More are further members of the answer, such as "now" of a clock_skew.
	More map[string]any

	cause error
}

// New makes a problem.
func New(status int, code, detail string) *Problem {
	return &Problem{Status: status, Code: code, Detail: detail}
}

// Because gives the problem with the error behind it, for the log alone.
func (p *Problem) Because(err error) *Problem {
	q := *p
	q.cause = err
	return &q
}

// With gives the problem with a further member.
func (p *Problem) With(name string, value any) *Problem {
	q := *p
	q.More = map[string]any{name: value}
	for n, v := range p.More {
		if n != name {
			q.More[n] = v
		}
	}
	return &q
}

// After gives the problem with the time after which to try again.
func (p *Problem) After(d time.Duration) *Problem {
	q := *p
	q.Retry = d
	return &q
}

// Error gives status and code, and what is behind them.
func (p *Problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%d %s: %v", p.Status, p.Code, p.cause)
	}
	return fmt.Sprintf("%d %s", p.Status, p.Code)
}

// Unwrap gives the error behind the problem.
func (p *Problem) Unwrap() error { return p.cause }

// Is says whether both have one code, so that errors.Is can be used with a
// problem that is declared once and sent with more said.
func (p *Problem) Is(target error) bool {
	q, ok := target.(*Problem)
	return ok && q.Code == p.Code
}

// MarshalJSON gives the problem's RFC 9457 object.
func (p *Problem) MarshalJSON() ([]byte, error) {
	m := make(map[string]any, len(p.More)+6)
	for n, v := range p.More {
		m[n] = v
	}
	m["type"], m["title"] = "about:blank", http.StatusText(p.Status)
	m["status"], m["code"], m["detail"] = p.Status, p.Code, p.Detail
	if p.Retry > 0 {
		m["retry_after"] = Seconds(p.Retry)
	}
	return json.Marshal(m, json.Deterministic(true))
}

// Seconds gives a waiting time in whole seconds, rounded up, at least 1.
func Seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// The problems that any route may have.
var (
	NotFound    = New(http.StatusNotFound, "not_found", "There is nothing at this address. Check it, or start again from the front page.")
	BadMethod   = New(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that method.")
	TooLarge    = New(http.StatusRequestEntityTooLarge, "too_large", "Send less at once.")
	Malformed   = New(http.StatusBadRequest, "malformed", "The body is not the JSON object that this address takes. /v1/schema and the protocol say what is.")
	Unavailable = New(http.StatusServiceUnavailable, "unavailable", "The server can't do this at the moment. Nothing is lost; try again shortly.").After(5 * time.Second)
	Unexpected  = New(http.StatusInternalServerError, "unexpected", "Something went wrong here. Nothing is lost; try again, and tell the administrator if it stays.")
)

// Handler answers every error of a route with a problem. What is our own fault
// goes to the log, with the route's pattern, never with the address that was
// asked for or anything that was sent. send writes the answer: Send, or what
// knows a better form for some.
func Handler(log *slog.Logger, send func(echo.Context, *Problem) error) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		p := Of(err)
		if p.Status >= http.StatusInternalServerError {
			log.Error("a request failed", "route", c.Path(), "method", c.Request().Method, "code", p.Code, "error", err)
		}
		if c.Response().Committed {
			return
		}
		if err := send(c, p); err != nil {
			log.Debug("an answer could not be sent", "route", c.Path(), "error", err)
		}
	}
}

// Of turns any error into a problem.
func Of(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		switch h.Code {
		case http.StatusNotFound:
			return NotFound
		case http.StatusMethodNotAllowed:
			return BadMethod
		case http.StatusRequestEntityTooLarge:
			return TooLarge
		case http.StatusServiceUnavailable:
			return Unavailable.Because(err)
		}
		if h.Code >= 400 && h.Code < 500 {
			return New(h.Code, "malformed", Malformed.Detail)
		}
	}
	var m *http.MaxBytesError
	if errors.As(err, &m) {
		return TooLarge
	}
	return Unexpected.Because(err)
}

// Send writes the problem as the answer.
func Send(c echo.Context, p *Problem) error {
	body, err := p.MarshalJSON()
	if err != nil {
		return err
	}
	if p.Retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(Seconds(p.Retry)))
	}
	if p.Status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", "Bearer") // RFC 9110, 11.6.1
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(p.Status)
	}
	return c.Blob(p.Status, ContentType, body)
}
