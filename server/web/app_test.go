package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
)

// asked serves a path of the app, and gives the answer.
func asked(t *testing.T, a *App, path, accepted string) *http.Response {
	t.Helper()
	e := echo.New()
	e.GET("/*", a.File)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if accepted != "" {
		r.Header.Set("Accept-Encoding", accepted)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Result()
}

func TestAFileIsSentAsTheBrowserTakesIt(t *testing.T) {
	script := strings.Repeat("say(1);", 200)
	a, err := newApp(fstest.MapFS{
		"assets/app.js":    {Data: []byte(script)},
		"assets/app.js.br": {Data: []byte("brotli")}, // sent as it was built
		"tiny.txt":         {Data: []byte("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	etag := asked(t, a, "/assets/app.js", "").Header.Get("ETag")
	for accepted, want := range map[string]string{
		"":                        "",
		"identity":                "",
		"gzip, deflate, br, zstd": "br",
		"BR":                      "br",
		"br;q=0.1, gzip":          "br",
		"gzip, br;q=0":            "gzip",
		"gzip;q=1.0, br; q=0.000": "gzip",
		"brotli, gzip":            "gzip",
		"gzip;q=0":                "",
		"br;q=much":               "",
	} {
		got := asked(t, a, "/assets/app.js", accepted)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Encoding") != want {
			t.Errorf("%q: %d, %q, not %q", accepted, got.StatusCode, got.Header.Get("Content-Encoding"), want)
			continue
		}
		var body io.Reader = got.Body
		text := script
		switch want {
		case "br":
			text = "brotli"
		case "gzip":
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		if read, err := io.ReadAll(body); err != nil || string(read) != text {
			t.Errorf("%q: %d bytes (%v)", accepted, len(read), err)
		}
		for name, value := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "Vary": "Accept-Encoding", "ETag": etag,
			"Content-Security-Policy": PolicyApp, "Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got.Header.Get(name) != value {
				t.Errorf("%q: %s is %q", accepted, name, got.Header.Get(name))
			}
		}
	}
	if got := asked(t, a, "/tiny.txt", "br, gzip").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("what was not compressed is sent as %q", got)
	}
	if got := asked(t, a, "/assets/app.js.br", "br"); got.StatusCode == http.StatusOK {
		t.Error("the compressed file has an address of its own")
	}
}
