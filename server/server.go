package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"earshot/server/desk"
	"earshot/server/identity"
	"earshot/server/live"
	"earshot/server/mail"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/public"
	"earshot/server/routine"
	"earshot/server/store"
	"earshot/server/web"
	"earshot/sync/wire"
)

// A Server is one running Earshot: a data directory, open, and who answers for it.
type Server struct {
	config   Config
	origin   *url.URL
	listener net.Listener
	metrics  net.Listener // nil: none

	store    *store.Store
	identity *identity.Authority
	signIns  *identity.SignIns
	live     *live.Live
	public   *public.Pages
	exports  *desk.Exports
	suggests *desk.Suggestions
	figures  *desk.Figures
	app      *web.App
	mail     *mail.SMTP // nil: none is sent
	mailed   chan struct{}
	registry *prometheus.Registry

	http     *http.Server
	stopping atomic.Bool
}

// New opens the data directory, making what is not there, and takes the
// addresses to listen on. Nothing is answered before Run; without Run, Close.
func New(ctx context.Context, c Config) (_ *Server, err error) {
	s := &Server{config: c.complete(), registry: prometheus.NewRegistry(), mailed: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.config.Mail != nil {
		if s.mail, err = mail.NewSMTP(*s.config.Mail, s.config.Now); err != nil {
			return nil, err
		}
	}
	keys, err := identity.OpenKeys(s.config.Data, s.config.Random)
	if err != nil {
		return nil, err
	}
	opener, err := wire.NewOpener(keys.IntakeKeys())
	if err != nil {
		return nil, fmt.Errorf("reading the intake keys: %w", err)
	}
	s.store, err = store.Open(ctx, s.config.Data, store.Options{
		Now: s.config.Now, Random: s.config.Random, Log: s.config.Log, ReceiptKey: keys.CodeKey("receipt"),
		CursorKey: keys.CodeKey("cursor"), SafeByBackup: s.config.Safe == "backup",
	})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := s.tryAgain(ctx, opener); err != nil {
		return nil, err
	}
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	if s.app, err = web.NewApp(); err != nil {
		return nil, err
	}
	s.identity = identity.New(keys, s.store, identity.Options{
		Now: s.config.Now, Random: s.config.Random, Log: s.config.Log, Origin: s.origin, Trusted: s.config.TrustProxy,
	})
	s.signIns = identity.NewSignIns(s.identity, s.mail != nil, func() {
		select {
		case s.mailed <- struct{}{}:
		default:
		}
	})
	s.public, err = public.New(s.store, public.Options{
		Now: s.config.Now, Log: s.config.Log, Trusted: s.config.TrustProxy, Secret: keys.CodeKey("public"),
	})
	if err != nil {
		return nil, err
	}
	s.suggests = desk.NewSuggestions(s.store, s.config.Log)
	s.figures = desk.NewFigures(s.store, s.config.Now)
	if s.exports, err = desk.NewExports(s.store, s.config.Data, s.config.Log); err != nil {
		return nil, err
	}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.live = live.New(s.store, s.identity, live.Options{
		Now: s.config.Now, Log: s.config.Log, Origins: s.origins(), Trusted: s.config.TrustProxy, Schema: programme.Schema(), Open: opener,
		Times: s.config.Times, Backed: s.config.Safe == "backup", Metrics: live.NewMetrics(s.registry),
	})
	s.http = s.serving(s.Handler())
	return s, nil
}

// tryAgain lets quarantined ops in that an earlier start could not open, or that
// an earlier release did not know.
func (s *Server) tryAgain(ctx context.Context, opener *wire.Opener) error {
	taken, err := s.store.TryAgain(ctx, func(key, sealed, device string, n int64) ([]byte, error) {
		plain, refused := opener.Open(key, device, n, sealed)
		if refused != nil {
			return nil, refused
		}
		return plain, nil
	})
	if err != nil {
		return fmt.Errorf("trying quarantined ops again: %w", err)
	}
	if taken > 0 {
		s.config.Log.Info("ops left quarantine", "ops", taken)
	}
	return nil
}

// listen takes the addresses, so that a port that is in use is known at once.
func (s *Server) listen(ctx context.Context) (err error) {
	var l net.ListenConfig
	if s.listener, err = l.Listen(ctx, "tcp", s.config.Listen); err != nil {
		return fmt.Errorf("listening: %w: choose another address with --listen", err)
	}
	if s.config.Metrics != "" {
		if s.metrics, err = l.Listen(ctx, "tcp", s.config.Metrics); err != nil {
			return fmt.Errorf("listening for metrics: %w: choose another address with --metrics", err)
		}
	}
	s.origin = s.config.Origin
	if s.origin == nil {
		s.origin = &url.URL{Scheme: "http", Host: s.listener.Addr().String()}
	}
	return nil
}

// origins are those whose pages may connect. A page that was opened by another
// name of this machine is served from here as well.
func (s *Server) origins() []string {
	// Browsers write a host in lower case.
	list := []string{strings.ToLower(s.origin.Scheme + "://" + s.origin.Host)}
	if s.config.Origin == nil {
		if _, port, err := net.SplitHostPort(s.listener.Addr().String()); err == nil {
			for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
				list = append(list, "http://"+host+":"+port)
			}
		}
	}
	return list
}

// Origin is where the server is, as browsers see it.
func (s *Server) Origin() *url.URL { return s.origin }

// Store and Identity are for whoever makes the first records and codes of a
// demonstration.
func (s *Server) Store() *store.Store { return s.store }

// Identity is who enrols devices here.
func (s *Server) Identity() *identity.Authority { return s.identity }

// echo is a router without routes: what all answers have in common.
func (s *Server) echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = problem.Handler(s.config.Log, s.public.Wrong)
	e.Use(
		s.recovered,
		web.Headers(func(r *http.Request) bool { return identity.Secure(r, s.config.TrustProxy) }),
	)
	return e
}

// Handler is every route of the server: its table of contents.
func (s *Server) Handler() http.Handler {
	e := s.echo()
	member := s.identity.Require()
	coordinator := s.identity.Require("coordinator")
	office := s.identity.Require("coordinator", "admin")
	// A manager sits at a shared computer that keeps nothing.
	exporter := s.identity.Require("coordinator", "admin", "lead")
	searcher := s.identity.Require("coordinator", "admin", "lead", "manager")
	quarantine := desk.NewQuarantine(s.store)
	imports := desk.NewImports(s.store, s.config.Now)
	page := []string{http.MethodGet, http.MethodHead}

	// The sync protocol.
	e.POST("/v1/enrol", s.identity.PostEnrol)
	e.POST("/v1/token", s.identity.PostToken)
	e.POST("/v1/signin", s.signIns.Post)
	e.DELETE("/v1/signin", s.signIns.Delete, member)
	e.GET("/v1/sync", s.live.GetSync)
	e.POST("/v1/sync", s.live.PostSync)
	e.GET("/v1/schema", s.schema)

	// What members ask beside it.
	e.POST("/v1/receipt", s.public.PostReceipt, member)
	e.GET("/v1/quarantine", quarantine.Get, coordinator)
	e.POST("/v1/quarantine/:id", quarantine.Post, coordinator)
	e.GET("/v1/invitations", s.identity.GetInvitations, office)
	e.POST("/v1/invitations", s.identity.PostInvitation, office)
	e.GET("/v1/devices", s.identity.GetDevices, office)
	e.POST("/v1/devices/:id", s.identity.PostDevice, office)
	e.DELETE("/v1/devices/:id", s.identity.PostDevice, office)
	e.GET("/v1/export/:file", s.exports.Get, exporter)
	e.POST("/v1/import/preview", imports.Preview, coordinator)
	e.POST("/v1/import", imports.Post, coordinator)
	e.POST("/v1/search", desk.NewSearcher(s.store).Post, searcher)
	e.GET("/v1/reports/programme", s.figures.Get, s.identity.Require("coordinator", "admin", "lead"))
	e.GET("/v1/reports/suggestions", s.suggests.Get, coordinator)
	e.GET("/v1/reports/backup", desk.NewBackupReport(s.store, s.config.Safe == "backup", s.config.Now).Get, office)
	e.GET("/v1/reports/mail", desk.NewMailReport(s.store, s.mail != nil).Get, office)
	e.GET("/v1/audit", desk.NewAudit(s.store).Get, office)
	// To a stranger every other address looks the same as these, whatever is there.
	e.Any("/v1/*", func(echo.Context) error { return problem.NotFound }, member)

	// What anybody may see.
	e.Match(page, "/s/:slug", s.public.Said)
	e.Match(page, "/r", s.public.Receipt)
	e.POST("/r", s.public.PostReceiptPage)
	e.Match(page, "/public.css", s.public.Style)
	e.Match(page, "/receipt.js", s.public.Script)

	// The app.
	e.Match(page, "/", s.app.Page)
	e.Match(page, "/enrol", s.app.Page)
	e.Match(page, "/in", s.app.Page)
	e.Match(page, "/*", s.app.File)

	// For whoever keeps it running.
	e.Match(page, "/livez", func(c echo.Context) error { return c.String(http.StatusOK, "alive\n") })
	e.Match(page, "/readyz", s.ready)
	return e
}

// recovered answers for a route that met a bug, and keeps the server up.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				err = problem.Unexpected.Because(live.Panic(v))
			}
		}()
		return next(c)
	}
}

func (s *Server) schema(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, programme.JSON())
}

var errStopping = problem.New(http.StatusServiceUnavailable, "unavailable", "The server is stopping. Come back shortly.").After(2 * time.Second)

func (s *Server) ready(c echo.Context) error {
	if s.stopping.Load() {
		return errStopping
	}
	if _, err := s.store.DATs(c.Request().Context()); err != nil {
		return problem.Unavailable.Because(err)
	}
	if s.config.Safe == "backup" {
		last, err := s.store.LastBackup(c.Request().Context())
		if err != nil {
			return problem.Unavailable.Because(err)
		}
		switch age := s.config.Now().Sub(last.Std()); {
		case last == 0:
			return c.String(http.StatusOK, "ready, and without a backup so far: run earshot backup\n")
		case age > desk.StaleBackup:
			return c.String(http.StatusOK, fmt.Sprintf("ready, and the newest backup is %d hours old: run earshot backup\n", int(age.Hours())))
		}
	}
	return c.String(http.StatusOK, "ready\n")
}

// serving bounds what a client may hold open. The websocket has bounds of its own.
func (s *Server) serving(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		// What net/http says of broken requests is noise, and quotes them.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
}

// Run answers until the context ends; then it lets nobody new in, finishes what
// was begun, closes the database, and comes back within 10 s.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- s.http.Serve(s.listener) }()
	var metrics *http.Server
	if s.metrics != nil {
		e := s.echo()
		e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})))
		metrics = s.serving(e)
		go func() { failed <- metrics.Serve(s.metrics) }()
	}
	turning, still := context.WithCancel(ctx)
	routines, posts := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(routines)
		(&routine.Routine{Store: s.store, Now: s.config.Now, After: time.After, Log: s.config.Log}).Run(turning)
	}()
	go func() {
		defer close(posts)
		s.post(turning)
	}()
	s.config.Log.Info("listening", "origin", s.origin.String())
	if s.config.Ready != nil {
		s.config.Ready(&url.URL{Scheme: "http", Host: s.listener.Addr().String()})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.config.Log.Info("stopping")
	still()
	<-routines
	select {
	case <-posts:
	case <-time.After(lastMail):
		// A mail server that does not answer holds up no stop. Should it have taken the
		// mail, that goes again under the same Message-ID.
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Drain)
	defer cancel()
	if metrics != nil {
		metrics.Shutdown(stop)
	}
	return errors.Join(err, s.drain(stop))
}

// lastMail is how long a mail that is being handed over at a stop is waited for.
const lastMail = 2 * time.Second

// post tells members by mail that something waits, where that was set up.
func (s *Server) post(ctx context.Context) {
	if s.mail == nil {
		return
	}
	go s.signIns.Run(ctx)
	(&mail.Post{
		Store: s.store, Send: s.mail.Send, Origin: s.origin, SignIn: s.signIns.Link, Woken: s.mailed, Hour: s.config.Mail.Hour,
		Now: s.config.Now, After: time.After, Log: s.config.Log,
	}).Run(ctx)
}

// drain ends everything, in the order in which each needs the next.
func (s *Server) drain(ctx context.Context) error {
	s.stopping.Store(true)
	done := make(chan struct{})
	go func() {
		s.live.Drain(ctx)
		close(done)
	}()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close() // a request that does not end is cut
	}
	<-done
	s.suggests.Close()
	s.figures.Close()
	return errors.Join(err, s.store.Close())
}

// Close gives back what New took, for a server that was never run.
func (s *Server) Close() error {
	var errs []error
	for _, l := range []net.Listener{s.listener, s.metrics} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	if s.suggests != nil {
		s.suggests.Close()
	}
	if s.figures != nil {
		s.figures.Close()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
