package public

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"earshot/server/problem"
	"earshot/server/web"
)

// Wrong sends a problem as a page to a person who looks at an address in a
// browser, and as it is to every program.
func (p *Pages) Wrong(c echo.Context, wrong *problem.Problem) error {
	r := c.Request()
	if r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, "/v1/") || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return problem.Send(c, wrong)
	}
	title := "This does not work now"
	if wrong.Status == http.StatusNotFound {
		title = "There is no page here"
	}
	var b bytes.Buffer
	if err := p.html.ExecuteTemplate(&b, "wrong.html", struct{ Title, Detail string }{title, wrong.Detail}); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", web.PolicyPublic)
	h.Set("Cache-Control", "no-store")
	return c.HTMLBlob(wrong.Status, b.Bytes())
}
