package public

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
	"earshot/server/web"
)

// The states of what was said, as a receipt tells them.
const (
	unknown   = "unknown"
	received  = "received"
	looking   = "looking"
	decided   = "decided"
	answered  = "answered"
	withdrawn = "withdrawn"
)

// A fate is what a code tells of what was said: never the words.
type fate struct {
	Status  string        `json:"status"`
	Answers []givenAnswer `json:"answers"`
}

// A givenAnswer is one answer to what was said.
type givenAnswer struct {
	ID        string `json:"id"`
	Said      string `json:"said"`
	Did       string `json:"did"`
	Published string `json:"published"`

	dat     int64
	service string // of the view, for the telling
}

// maxReceipt bounds what is looked at as a code, in bytes.
const maxReceipt = 100

// readReceipt gives a code in the form in which phones make it, from what
// somebody typed: any case, blanks or dashes between. "" for what can't be one.
func readReceipt(typed string) string {
	if len(typed) > maxReceipt {
		return ""
	}
	return store.ReadReceipt(typed)
}

// lookUp finds what became of a view by its code; dat 0 looks in every DAT.
func (p *Pages) lookUp(ctx context.Context, dat int64, code string) (fate, error) {
	found := fate{Status: unknown, Answers: []givenAnswer{}}
	if code == "" {
		return found, nil
	}
	receipts, waiting, err := p.store.Receipts(ctx, dat, code)
	if err != nil {
		return found, err
	}
	if waiting {
		found.Status = withdrawn
	}
	for _, r := range receipts {
		// Two may have one code, once in a million: both answers are shown.
		status, answers, err := p.became(ctx, r)
		if err != nil {
			return found, err
		}
		found.Answers = append(found.Answers, answers...)
		if rank(status) > rank(found.Status) {
			found.Status = status
		}
	}
	return found, nil
}

func rank(status string) int {
	return slices.Index([]string{unknown, withdrawn, received, looking, decided, answered}, status)
}

// became says how far what was said has come.
func (p *Pages) became(ctx context.Context, r store.Receipt) (string, []givenAnswer, error) {
	if r.Gone {
		return withdrawn, nil, nil
	}
	view, err := p.store.Record(ctx, r.DAT, r.Collection, r.ID)
	if err != nil {
		return "", nil, err
	}
	status := received
	if view.Get("review").Text() != "new" {
		status = looking
	}
	var answers []givenAnswer
	for _, linked := range view.Get("matters").Elements() {
		id := linked.Text()
		matter, err := p.store.Record(ctx, r.DAT, "matter", id)
		if errors.Is(err, store.ErrNotFound) || err == nil && matter.Gone {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		of := looking
		if s := matter.Get("status").Text(); s == "decided" || s == "done" {
			of = decided
		}
		more, err := p.answersTo(ctx, r.DAT, id, view.Get("service").Text())
		if err != nil {
			return "", nil, err
		}
		if len(more) > 0 {
			of = answered
		}
		answers = append(answers, more...)
		if rank(of) > rank(status) {
			status = of
		}
	}
	return status, answers, nil
}

// answersTo gives the published answers of a matter. A closed matter's is for
// those who said it too, though not for the public page.
func (p *Pages) answersTo(ctx context.Context, dat int64, matter, service string) ([]givenAnswer, error) {
	list, err := p.store.Pointing(ctx, dat, "answer", "matter", matter)
	if err != nil {
		return nil, err
	}
	var answers []givenAnswer
	for _, a := range list {
		if !only(a, "status", "published") || !only(a, "handling", "open") && !only(a, "handling", "closed") {
			continue
		}
		answers = append(answers, givenAnswer{
			ID: a.ID, Said: a.Get("said").Text(), Did: a.Get("did").Text(), Published: published(a).String(),
			dat: dat, service: service,
		})
	}
	return answers, nil
}

// PostReceipt answers POST /v1/receipt, for members: {"code"}.
func (p *Pages) PostReceipt(c echo.Context) error {
	var asked struct {
		Code string `json:"code"`
	}
	if err := jsonbody.Read(c, 4<<10, &asked); err != nil {
		return err
	}
	from := identity.ClientAddress(c.Request(), p.o.Trusted)
	if wait, ok := p.looks.Allow(from); !ok {
		return identity.ErrTooMany.After(wait)
	}
	found, err := p.lookUp(c.Request().Context(), identity.CallerOf(c).DAT, readReceipt(asked.Code))
	if err != nil {
		return problem.Unavailable.Because(err)
	}
	if found.Status == unknown {
		p.looks.Missed(from)
	}
	return jsonbody.Send(c, http.StatusOK, found)
}

// receiptPage is what the page for codes shows.
type receiptPage struct {
	Code    string
	Found   *fate
	Notice  string // what was done, or could not be
	Confirm bool   // ask before taking back
	Thanked string // id of the answer that a verdict was given on
}

// Receipt answers GET /r.
func (p *Pages) Receipt(c echo.Context) error {
	return p.show(c, http.StatusOK, receiptPage{})
}

// PostReceiptPage answers POST /r: a code alone looks it up; with do=withdraw it
// takes back what was said; with answer=ID and verdict it says what the person
// thinks of an answer.
func (p *Pages) PostReceiptPage(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		return p.show(c, http.StatusBadRequest, receiptPage{Notice: "Put in the code from your card."})
	}
	page := receiptPage{Code: readReceipt(r.PostForm.Get("code"))}
	from := identity.ClientAddress(r, p.o.Trusted)
	if wait, ok := p.looks.Allow(from); !ok {
		page.Notice = identity.ErrTooMany.Detail
		c.Response().Header().Set("Retry-After", strconv.Itoa(problem.Seconds(wait)))
		return p.show(c, http.StatusTooManyRequests, page)
	}
	if page.Code == "" {
		page.Notice = "Put in the code from your card: three words and a number."
		return p.show(c, http.StatusOK, page)
	}
	status, do := http.StatusOK, r.PostForm.Get("do")
	err := p.act(r.Context(), &page, do, r.PostForm.Get("answer"), r.PostForm.Get("verdict"), from)
	if err != nil {
		p.o.Log.Warn("a receipt could not be looked up", "error", err)
		page.Found, page.Notice, status = nil, "We can't look just now. Try again in a few minutes.", http.StatusServiceUnavailable
	}
	// Taking back is counted whether the code is known or not: what is not known
	// waits, and would read like a hit, and a hit can't be undone.
	if err == nil && (do == withdraw || page.Found.Status == unknown) {
		p.looks.Missed(from)
	}
	return p.show(c, status, page)
}

func (p *Pages) act(ctx context.Context, page *receiptPage, do, answer, verdict string, from netip.Addr) error {
	switch {
	case do == withdraw:
		if err := p.takeBack(ctx, page, from); err != nil {
			return err
		}
	case do == "ask":
		page.Confirm = true
	case answer != "":
		if err := p.judge(ctx, page, answer, verdict); err != nil {
			return err
		}
	}
	found, err := p.lookUp(ctx, 0, page.Code)
	page.Found = &found
	return err
}

func (p *Pages) takeBack(ctx context.Context, page *receiptPage, from netip.Addr) error {
	err := p.store.WithdrawReceipt(ctx, page.Code, p.hashed("address", from.String()).String())
	if errors.Is(err, store.ErrTaken) {
		page.Notice = "Please ask whoever gave you the card to take it back for you."
		return nil
	}
	if err == nil {
		page.Notice = "It is taken back. Nobody can read it any more."
	}
	return err
}

// withdraw is the do of a form that takes back.
const withdraw = "withdraw"

// verdicts that a person may give on an answer.
var verdicts = []string{"fair", "unfair", "not_true"}

// judge keeps what the person thinks of an answer: one telling for each code and
// answer, so that a second verdict changes nothing.
func (p *Pages) judge(ctx context.Context, page *receiptPage, answer, verdict string) error {
	if !slices.Contains(verdicts, verdict) {
		page.Notice = "Pick one of the three, please."
		return nil
	}
	found, err := p.lookUp(ctx, 0, page.Code)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found.Answers, func(a givenAnswer) bool { return a.ID == answer })
	if i < 0 {
		return nil // the look-up says what there is
	}
	a := found.Answers[i]
	page.Thanked = a.ID
	id := p.tellingID(page.Code, a)
	if _, err := p.store.Record(ctx, a.dat, "telling", id); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	refused, err := p.store.Create(ctx, a.dat, "", store.Creation{
		Collection: "telling", ID: id,
		Set: map[string]any{"answer": a.ID, "service": a.service, "way": "receipt", "verdict": verdict},
	})
	if err == nil && refused != nil {
		err = refused
	}
	return err
}

// tellingID follows from code and answer, so that there is one telling for both.
func (p *Pages) tellingID(code string, a givenAnswer) string {
	id := p.hashed("telling", code+"|"+a.ID)
	id[6] = id[6]&0x0f | 0x80 // version 8: made in a way of our own (RFC 9562)
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// hashed gives 16 bytes that follow from a text and can't be turned back into it.
func (p *Pages) hashed(what, text string) uuid.UUID {
	h := hmac.New(sha256.New, p.o.Secret)
	io.WriteString(h, what+"|"+text)
	return uuid.UUID(h.Sum(nil)[:16])
}

func (p *Pages) show(c echo.Context, status int, page receiptPage) error {
	var b bytes.Buffer
	if err := p.html.ExecuteTemplate(&b, "receipt.html", page); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", web.PolicyPublic)
	h.Set("Cache-Control", "no-store")
	return c.HTMLBlob(status, b.Bytes())
}
