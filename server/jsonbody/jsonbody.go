// Package jsonbody reads the JSON that a call brings and sends the JSON that
// answers it, the same way at every address: strictly, within bounds, and kept by
// nobody on the way.
package jsonbody

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"earshot/server/problem"
)

// Read reads the body of a request, of at most limit bytes, into v: no name
// twice, no invalid UTF-8. Its error is a problem.
func Read(c echo.Context, limit int64, v any) error {
	body := http.MaxBytesReader(c.Response(), c.Request().Body, limit)
	if err := json.UnmarshalRead(body, v); err != nil {
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return problem.TooLarge.Because(tooLarge)
		}
		return problem.Malformed // what the decoder says may quote what was sent
	}
	return nil
}

// Send answers with v.
func Send(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v, jsontext.EscapeForHTML(true))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(status, echo.MIMEApplicationJSON, body)
}
