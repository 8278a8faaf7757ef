package public

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/singleflight"

	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/server/web"
)

//go:embed *.html
var templates embed.FS

//go:embed public.css
var css []byte

//go:embed receipt.js
var script []byte

// Options are what Pages are told from outside.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Trusted are the networks of proxies that tell us a client's address.
	Trusted []netip.Prefix
	// Secret is the key under which addresses and verdicts are hashed.
	Secret []byte
}

// Pages answer for what anybody may see.
type Pages struct {
	store *store.Store
	o     Options
	html  *template.Template // said.html, receipt.html, wrong.html

	css, script *web.File
	looks       *identity.Limiter // codes that were looked up

	making singleflight.Group // of the pages "You said, we did"
	mu     sync.Mutex
	kept   map[string]keptPage // by slug
}

// keptPage is a page as it was a moment ago: many may read it at once, and
// making it looks at many records.
type keptPage struct {
	html []byte
	made time.Time
}

// keepFor is how long a page is shown again as it is.
const keepFor = 2 * time.Second

// New makes the pages.
func New(s *store.Store, o Options) (*Pages, error) {
	p := &Pages{store: s, o: o, kept: map[string]keptPage{}}
	var err error
	if p.html, err = template.ParseFS(templates, "*.html"); err != nil {
		return nil, fmt.Errorf("reading the public pages: %w", err)
	}
	if p.css, err = web.NewFile("public.css", css); err != nil {
		return nil, err
	}
	if p.script, err = web.NewFile("receipt.js", script); err != nil {
		return nil, err
	}
	// A code has 40 bits: at one try every 20 seconds an address would need half a
	// million years to meet one of a thousand.
	p.looks = identity.NewLimiter(o.Now, identity.Rate{Burst: 30, Every: 20 * time.Second}, identity.Rate{Burst: 1000, Every: time.Second})
	return p, nil
}

// Style answers for the one style sheet.
func (p *Pages) Style(c echo.Context) error { return p.css.Serve(c) }

// Script answers for the script that takes a code out of the address.
func (p *Pages) Script(c echo.Context) error { return p.script.Serve(c) }

// Said answers GET /s/:slug.
func (p *Pages) Said(c echo.Context) error {
	html, err := p.page(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", web.PolicyPublic)
	h.Set("Cache-Control", "no-cache")
	return c.HTMLBlob(http.StatusOK, html)
}

func (p *Pages) page(c echo.Context) ([]byte, error) {
	slug := c.Param("slug")
	now := p.o.Now()
	p.mu.Lock()
	kept, ok := p.kept[slug]
	p.mu.Unlock()
	if ok && now.Sub(kept.made) < keepFor {
		return kept.html, nil
	}
	// A crowd that comes at the same moment waits for one page, and who leaves takes
	// nobody's away.
	html, err, _ := p.making.Do(slug, func() (any, error) {
		return p.make(context.WithoutCancel(c.Request().Context()), slug)
	})
	if err != nil {
		return nil, err
	}
	return html.([]byte), nil
}

func (p *Pages) make(ctx context.Context, slug string) ([]byte, error) {
	now := p.o.Now()
	dat, err := p.store.DAT(ctx, slug)
	if err != nil {
		return nil, notThere(err)
	}
	told, err := p.told(ctx, dat)
	if err != nil {
		return nil, problem.Unavailable.Because(err)
	}
	var b bytes.Buffer
	if err := p.html.ExecuteTemplate(&b, "said.html", told); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// Only slugs that there are get here, so that this holds a page a DAT.
	p.kept[slug] = keptPage{b.Bytes(), now}
	return b.Bytes(), nil
}
