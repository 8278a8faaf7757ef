package desk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"earshot/server/desk/suggest"
	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/store"
)

const (
	// suggestViews is how many views one answer is about, suggestThemes how many
	// themes it names of each.
	suggestViews, suggestThemes = 100, 5
	// themeLikely is from which score on a theme counts as the view's when a matter is looked for.
	themeLikely = 0.5
	// A model is learnt anew after so many decisions, or one for so many that it was made from.
	learnAfter, learnOneIn = 10, 20
	// keepLearnt is how long what was learnt is kept when nobody asks.
	keepLearnt = 30 * time.Minute
)

// Suggestions answers the desk what the views that wait may be about, which matter
// they may belong to and which view they may repeat. It changes nothing.
//
// What it knows stays in memory for as long as somebody asks. Before each answer it
// reads what has changed: words that were erased are gone before it says anything
// more. The model, which holds no words, is learnt anew behind the answers, away
// from the store, once enough was decided or something that it was made from is gone.
type Suggestions struct {
	store *store.Store
	log   *slog.Logger
	// ctx ends what is being learnt.
	ctx     context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu     sync.Mutex
	learnt map[int64]*learnt // by DAT
}

// NewSuggestions makes a Suggestions that knows nothing yet. Close it when nobody
// asks any more.
func NewSuggestions(s *store.Store, log *slog.Logger) *Suggestions {
	ctx, stop := context.WithCancel(context.Background())
	return &Suggestions{store: s, log: log, learnt: map[int64]*learnt{}, ctx: ctx, stop: stop}
}

// Close ends what is being learnt and forgets the rest.
func (s *Suggestions) Close() {
	s.stop()
	s.working.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.learnt {
		l.idle.Stop()
	}
	clear(s.learnt)
}

// learnt is what is known and was learnt of one DAT.
type learnt struct {
	idle *time.Timer

	mu      sync.Mutex // over everything below
	known   *known
	themes  *suggest.Themes  // nil: nothing is learnt yet
	said    *suggest.Repeats // from known
	matters *suggest.Matters // from known; nil: something of it has changed
	// from is how many decisions themes was learnt from; since, how many have come,
	// gone or changed from then on. stale says that it must be learnt anew whatever
	// their number; learning, that it is.
	from, since     int
	stale, learning bool
	answers         map[string]suggestAnswer // to what was asked since something has changed, by the view it goes on after
}

type suggestAnswer struct {
	tag  string
	body []byte
}

func (s *Suggestions) of(dat int64) *learnt {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.learnt[dat]
	if l == nil {
		l = &learnt{}
		l.begin(dat)
		l.idle = time.AfterFunc(keepLearnt, func() { s.forget(dat, l) })
		s.learnt[dat] = l
	}
	l.idle.Reset(keepLearnt)
	return l
}

func (s *Suggestions) forget(dat int64, l *learnt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.learnt[dat] == l {
		delete(s.learnt, dat)
	}
}

func (l *learnt) begin(dat int64) {
	l.known, l.said, l.themes, l.matters = know(dat), suggest.NewRepeats(), nil, nil
	l.answers = map[string]suggestAnswer{}
}

// Get answers GET /v1/reports/suggestions: of the views that nobody has reviewed,
// the newest first, a hundred at a time; after names the last one of the answer
// before. An answer that the caller has (If-None-Match) is not sent again.
func (s *Suggestions) Get(c echo.Context) error {
	by, ctx := identity.CallerOf(c), c.Request().Context()
	l := s.of(by.DAT)
	l.mu.Lock()
	answer, err := s.answer(ctx, l, c.QueryParam("after"))
	l.mu.Unlock()
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store") // what the app keeps it keeps sealed
	header.Set("ETag", answer.tag)
	if c.Request().Header.Get("If-None-Match") == answer.tag {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, answer.body)
}

func (s *Suggestions) answer(ctx context.Context, l *learnt, after string) (suggestAnswer, error) {
	if err := s.lookAgain(ctx, l); err != nil {
		return suggestAnswer{}, err
	}
	if answer, ok := l.answers[after]; ok {
		return answer, nil
	}
	body, err := json.Marshal(l.suggest(after), jsontext.EscapeForHTML(true))
	if err != nil {
		return suggestAnswer{}, err
	}
	sum := sha256.Sum256(body)
	answer := suggestAnswer{tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, body: body}
	if len(l.answers) >= suggestViews {
		clear(l.answers) // nobody goes through so many pages of one state
	}
	l.answers[after] = answer
	return answer, nil
}

// lookAgain reads what has changed, and sees to it that there is a model.
func (s *Suggestions) lookAgain(ctx context.Context, l *learnt) error {
	changed, err := l.known.catchUp(ctx, s.store)
	if errors.Is(err, errStartAgain) {
		l.begin(l.known.dat)
		changed, err = l.known.catchUp(ctx, s.store)
	}
	if err != nil {
		return err
	}
	l.take(changed)
	if l.themes == nil {
		// The first answer waits for it: a desk asks once in the morning.
		from := l.known.decided()
		if l.themes, err = suggest.LearnThemes(ctx, inOrder(l.known.themes), from); err != nil {
			l.themes = nil
			return err
		}
		l.from, l.since, l.stale = len(from), 0, false
	}
	if !l.learning && (l.stale || l.since >= max(learnAfter, l.from/learnOneIn)) && s.ctx.Err() == nil {
		s.learnBehind(l)
	}
	return nil
}

// take brings what is known into what suggestions are made from.
func (l *learnt) take(changed news) {
	if len(changed.was) > 0 || changed.themes || changed.matters {
		clear(l.answers)
	}
	l.stale = l.stale || changed.themes
	if changed.matters {
		l.matters = nil
	}
	for id, was := range changed.was {
		now := l.known.views[id]
		if now == nil {
			l.said.Remove(id)
		} else if was == nil || was.Words != now.Words || was.Service != now.Service {
			l.said.Add(&now.View)
		}
		was, now := cmp.Or(was, &knownView{}), cmp.Or(now, &knownView{})
		if len(was.Matters) > 0 || len(now.Matters) > 0 {
			l.matters = nil
		}
		if was.decided != now.decided || now.decided && !slices.Equal(was.Themes, now.Themes) {
			l.since++
		}
		// What a person took back, or the desk erased, leaves the model too.
		l.stale = l.stale || was.decided && was.Words != now.Words
	}
}

// learnBehind learns while answers go on being given from what was learnt before.
func (s *Suggestions) learnBehind(l *learnt) {
	from, themes := l.known.decided(), inOrder(l.known.themes)
	l.learning, l.stale, l.since = true, false, 0
	s.working.Go(func() {
		began := time.Now()
		learnt, err := suggest.LearnThemes(s.ctx, themes, from)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.learning = false
		if err != nil {
			return // the server stops
		}
		l.themes, l.from = learnt, len(from)
		clear(l.answers)
		s.log.Info("suggestions were learnt anew", "decisions", len(from), "took", time.Since(began))
	})
}

// suggestedView is what is suggested for one view.
type suggestedView struct {
	View   string           `json:"view"`
	Themes []suggestedTheme `json:"themes"`
	Matter *suggestedMatter `json:"matter"`
	Same   *SuggestedSame   `json:"same"`
}

type suggestedTheme struct {
	Theme string `json:"theme"`
	SuggestedTheme
}

// suggestedMatter is the matter that a view may belong to: because of words that
// its views share, and whether a theme and the service are shared too.
type suggestedMatter struct {
	Matter  string   `json:"matter"`
	Score   float64  `json:"score"`
	Because []string `json:"because"`
	Theme   bool     `json:"theme"`
	Service bool     `json:"service"`
}

type suggestedPage struct {
	Learnt int             `json:"learnt"` // how many decisions it is learnt from
	Views  []suggestedView `json:"views"`
	After  *string         `json:"after"` // where the next page goes on; null: nowhere
}

// suggest makes the page that goes on after a view.
func (l *learnt) suggest(after string) suggestedPage {
	var waiting []*knownView
	for _, v := range l.known.views {
		if v.waits && (after == "" || v.ID < after) {
			waiting = append(waiting, v)
		}
	}
	slices.SortFunc(waiting, func(a, b *knownView) int { return strings.Compare(b.ID, a.ID) })
	page := suggestedPage{Learnt: l.from, Views: []suggestedView{}}
	if len(waiting) > suggestViews {
		waiting = waiting[:suggestViews]
		page.After = &waiting[suggestViews-1].ID
	}
	if l.matters == nil && len(waiting) > 0 {
		l.matters = suggest.GatherMatters(inOrder(l.known.matters), l.known.linked())
	}
	for _, v := range waiting {
		page.Views = append(page.Views, l.suggestFor(&v.View))
	}
	return page
}

func (l *learnt) suggestFor(v *suggest.View) suggestedView {
	fits := slices.DeleteFunc(l.themes.Rank(v), func(f suggest.Fit) bool { return slices.Contains(v.Themes, f.Theme.ID) })
	themes := slices.Clone(v.Themes)
	for _, fit := range fits {
		if fit.Score >= themeLikely {
			themes = append(themes, fit.Theme.ID)
		}
	}
	one := suggestedView{View: v.ID, Themes: []suggestedTheme{}}
	for _, fit := range fits[:min(suggestThemes, len(fits))] {
		one.Themes = append(one.Themes, suggestedTheme{fit.Theme.ID, suggested(fit)})
	}
	if link, ok := l.matters.Find(v, themes); ok {
		one.Matter = &suggestedMatter{link.Matter, rounded(link.Score), link.Because, link.Theme, link.Service}
	}
	if found, ok := l.said.Find(v); ok {
		one.Same = &SuggestedSame{View: found.View, Score: rounded(found.Score)}
	}
	return one
}
