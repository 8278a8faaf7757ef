package desk

import (
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
)

// A Searcher answers those who look for what was said, in words, among what they
// see because of their role.
type Searcher struct {
	store *store.Store
	// turns are searches that go on at a time: fewer than the store has readers, so
	// that nobody who syncs waits for people who look for something.
	turns chan struct{}
}

// NewSearcher makes a Searcher.
func NewSearcher(s *store.Store) *Searcher {
	return &Searcher{store: s, turns: make(chan struct{}, 2)}
}

const (
	maxSearchBody = 4 << 10 // bytes
	maxSearchText = 200     // code points
	maxHits       = 100
	usualHits     = 50
)

var errSearch = problem.New(http.StatusUnprocessableEntity, "search_invalid", "Write one to twelve words to look for, up to 200 characters.")

// hit is a record that was found, and text one text of it, where marks are from the
// first code point to the one after the last.
type hit struct {
	C     string `json:"c"`
	R     string `json:"r"`
	Texts []text `json:"texts"`
}

type text struct {
	Field string   `json:"field"`
	Entry string   `json:"entry,omitempty"`
	Text  string   `json:"text"`
	Marks [][2]int `json:"marks"`
}

// Post answers POST /v1/search with {"text", "collections"?, "limit"?}. What is
// looked for stands in the body, since addresses are kept in many places.
func (s *Searcher) Post(c echo.Context) error {
	var asked struct {
		Text        string   `json:"text"`
		Collections []string `json:"collections"`
		Limit       int      `json:"limit"`
	}
	if err := jsonbody.Read(c, maxSearchBody, &asked); err != nil {
		return err
	}
	if utf8.RuneCountInString(asked.Text) > maxSearchText {
		return errSearch
	}
	if asked.Limit <= 0 {
		asked.Limit = usualHits
	}
	ctx := c.Request().Context()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return problem.Unavailable.Because(ctx.Err())
	}
	by := identity.CallerOf(c)
	reader := by.Reader()
	reader.Audiences = programme.ByRole(by.Audiences)
	found, more, err := s.store.Search(ctx, reader, store.Search{
		Text: asked.Text, Collections: asked.Collections, Most: min(asked.Limit, maxHits),
	})
	switch {
	case errors.Is(err, store.ErrSearch):
		return errSearch
	case err != nil:
		return problem.Unavailable.Because(err)
	}
	hits := make([]hit, len(found))
	for i, f := range found {
		hits[i] = hit{C: f.Collection, R: f.ID}
		for _, t := range f.Texts {
			hits[i].Texts = append(hits[i].Texts, text(t))
		}
	}
	return jsonbody.Send(c, http.StatusOK, map[string]any{"hits": hits, "more": more})
}
