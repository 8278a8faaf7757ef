package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/problem"
)

// answered gives what a route is answered with that ends in an error, and what is logged.
func answered(t *testing.T, method string, err error) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	e := echo.New()
	e.HTTPErrorHandler = problem.Handler(slog.New(slog.NewTextHandler(&log, nil)), problem.Send)
	e.Any("/thing/:id", func(echo.Context) error { return err })
	got := httptest.NewRecorder()
	e.ServeHTTP(got, httptest.NewRequest(method, "/thing/secret", strings.NewReader("words")))
	return got, log.String()
}

func TestAProblemIsAnsweredAsRFC9457Asks(t *testing.T) {
	gap := problem.New(http.StatusConflict, "gap", "Go on from there.").With("expected", 7).After(1500 * time.Millisecond)
	got, log := answered(t, http.MethodPost, fmt.Errorf("pushing: %w", gap))
	var body map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "about:blank", "title": "Conflict", "status": 409.0, "code": "gap", "detail": "Go on from there.",
		"expected": 7.0, "retry_after": 2.0,
	}
	if fmt.Sprint(body) != fmt.Sprint(want) || got.Code != 409 {
		t.Errorf("%d %v, want %v", got.Code, body, want)
	}
	if h := got.Header(); h.Get("Content-Type") != problem.ContentType || h.Get("Retry-After") != "2" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", h)
	}
	if log != "" {
		t.Errorf("what a client did wrong is logged: %s", log)
	}
}

func TestWhatIsBehindAProblemGoesToTheLogAlone(t *testing.T) {
	got, log := answered(t, http.MethodPost, errors.New("disk 7 is full"))
	if got.Code != 500 || strings.Contains(got.Body.String(), "disk") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if !strings.Contains(log, "disk 7 is full") || !strings.Contains(log, "/thing/:id") || strings.Contains(log, "secret") {
		t.Errorf("logged: %s", log)
	}
}

func TestEveryErrorBecomesAProblemWithAStatusOfItsOwn(t *testing.T) {
	for name, it := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"a problem":             {problem.NotFound, 404, "not_found"},
		"one with its cause":    {problem.Unavailable.Because(errors.New("x")), 503, "unavailable"},
		"echo's not found":      {echo.ErrNotFound, 404, "not_found"},
		"echo's bad method":     {echo.ErrMethodNotAllowed, 405, "method_not_allowed"},
		"echo's other 4xx":      {echo.ErrUnsupportedMediaType, 415, "malformed"},
		"a body that is large":  {&http.MaxBytesError{Limit: 1}, 413, "too_large"},
		"anything else":         {errors.New("x"), 500, "unexpected"},
		"unauthorized":          {problem.New(401, "token_invalid", "Get one."), 401, "token_invalid"},
		"a wrapped not allowed": {fmt.Errorf("x: %w", problem.New(403, "not_allowed", "Ask.")), 403, "not_allowed"},
	} {
		got, _ := answered(t, http.MethodGet, it.err)
		if got.Code != it.status || !strings.Contains(got.Body.String(), `"code":"`+it.code+`"`) {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		if (got.Header().Get("WWW-Authenticate") != "") != (it.status == 401) {
			t.Errorf("%s: WWW-Authenticate %q", name, got.Header().Get("WWW-Authenticate"))
		}
		if head, _ := answered(t, http.MethodHead, it.err); head.Code != it.status || head.Body.Len() > 0 {
			t.Errorf("%s: HEAD is answered with %d and a body of %d", name, head.Code, head.Body.Len())
		}
	}
}

func TestAProblemIsTheSameWithMoreSaid(t *testing.T) {
	p := problem.New(401, "clock_skew", "Set it.")
	if q := p.With("now", "2026"); !errors.Is(q, p) || len(p.More) != 0 || !errors.Is(p.After(time.Second), q) {
		t.Error("saying more makes it another, or changes what was declared")
	}
	if errors.Is(p, problem.NotFound) {
		t.Error("two problems are one")
	}
}
