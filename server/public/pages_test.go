package public

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/store"
	"earshot/sync/record"
)

// A crowd that comes when no page is kept must not keep every reading connection
// busy with the same one.
func TestACrowdOnAPublicPageLetsItBeMadeOnce(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dat, err := s.CreateDAT(t.Context(), "North", "north")
	if err != nil {
		t.Fatal(err)
	}
	const crowd = 40
	came := make(chan struct{}, 4*crowd) // each asks for the time
	var made atomic.Int32
	p, err := New(s, Options{Now: func() time.Time { came <- struct{}{}; return time.Unix(0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	<-came // the limiter of the pages
	p.html = template.Must(template.New("said.html").Funcs(template.FuncMap{"made": func() int32 { return made.Add(1) }}).Parse("{{made}}"))
	e := echo.New()
	e.GET("/s/:slug", p.Said)
	var all sync.WaitGroup
	// While the one reading connection is held, everybody waits.
	err = s.Each(t.Context(), dat.Num, "dat", func(*record.Record) error {
		for range crowd {
			all.Go(func() {
				got := httptest.NewRecorder()
				e.ServeHTTP(got, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/s/north", nil))
				if got.Code != http.StatusOK {
					t.Errorf("got %d", got.Code)
				}
			})
		}
		for range crowd {
			<-came
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if n := made.Load(); n > crowd/4 {
		t.Errorf("the page was made %d times for %d readers", n, crowd)
	}
}
