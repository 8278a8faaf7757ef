package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// maxAnswer bounds what is read of an answer: a page holds one record at least,
// however large that is.
const maxAnswer = 8 << 20

// errNoAnswer is an answer that did not come, or can't be the server's own.
var errNoAnswer = errors.New("device: no answer of an Earshot server")

// A Refusal is what the server answered instead of what it was asked for.
type Refusal struct {
	Status     int    // of HTTP
	Code       string // stable
	Detail     string // what to do, in English
	RetryAfter time.Duration
	Expected   int64       // with wire.CodeGap
	Now        record.Time // with clock_skew
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("device: the server answers %d %s: %s", r.Status, r.Code, r.Detail)
}

// refusalOf gives the refusal that an error is, or nil.
func refusalOf(err error) *Refusal {
	r, _ := errors.AsType[*Refusal](err)
	return r
}

// A server is the other side, as far as plain HTTP goes.
type server struct {
	url    string
	client *http.Client
}

// post sends a body and gives the answer's.
func (s *server) post(ctx context.Context, path, access string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("device: ask %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if access != "" {
		req.Header.Set("Authorization", "Bearer "+access)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: ask %s: %w", errNoAnswer, path, err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end or given up
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: read that of %s: %w", errNoAnswer, path, err)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("%w: that of %s is larger than any that the protocol knows", errNoAnswer, path)
	case res.StatusCode >= 300:
		return answer, refusal(res, answer)
	}
	return answer, nil
}

// refusal reads application/problem+json, or a reply of /v1/sync that is an error.
func refusal(res *http.Response, body []byte) error {
	var b struct {
		Code       string  `json:"code"`
		Detail     string  `json:"detail"`
		RetryAfter float64 `json:"retry_after"`
		Expected   int64   `json:"expected"`
		Now        string  `json:"now"`
	}
	r := &Refusal{Status: res.StatusCode}
	if json.Unmarshal(body, &b) == nil {
		r.Code, r.Detail, r.RetryAfter, r.Expected = b.Code, b.Detail, seconds(b.RetryAfter), b.Expected
		r.Now, _ = record.ParseTime(b.Now)
	}
	if reply, err := wire.DecodeReply(body); err == nil && reply.Error != nil {
		e := reply.Error
		r.Code, r.Detail, r.RetryAfter, r.Expected = e.Code, e.Message, seconds(e.RetryAfter), e.Expected
	}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && r.RetryAfter == 0 {
		r.RetryAfter = seconds(float64(n))
	}
	return r
}

// longestWish bounds how long a server may ask to be left alone.
const longestWish = 10 * time.Minute

func seconds(s float64) time.Duration {
	return min(max(0, time.Duration(s*float64(time.Second))), longestWish)
}

// An enrolment is what the server answers to a good code.
type enrolment struct {
	Device string      `json:"device"`
	Member string      `json:"member"`
	Name   string      `json:"name"`
	Role   string      `json:"role"`
	DAT    DAT         `json:"dat"`
	Intake wire.Intake `json:"intake"`
	Epoch  string      `json:"epoch"`
	Now    string      `json:"now"`
}

func (s *server) enrol(ctx context.Context, code, name string, public jwk) (*enrolment, error) {
	body, err := json.Marshal(struct {
		Code string `json:"code"`
		Key  jwk    `json:"key"`
		Name string `json:"name"`
	}{code, public, name})
	if err != nil {
		return nil, fmt.Errorf("device: enrol: %w", err)
	}
	answer, err := s.post(ctx, "/v1/enrol", "", body)
	if err != nil {
		return nil, err
	}
	var e enrolment
	if err := json.Unmarshal(answer, &e); err != nil {
		return nil, errNoAnswer
	}
	if e.Device != public.thumbprint() {
		return nil, fmt.Errorf("%w: it names another id than the key's thumbprint", errNoAnswer)
	}
	return &e, nil
}

// A token is what lets a device in for a while.
type token struct {
	access string
	until  time.Time // by this device's clock
	life   time.Duration
	now    record.Time // the server's clock when it was given
}

func (s *server) token(ctx context.Context, assertion string, now func() time.Time) (*token, error) {
	body, err := json.Marshal(map[string]string{"assertion": assertion})
	if err != nil {
		return nil, fmt.Errorf("device: ask for a token: %w", err)
	}
	answer, err := s.post(ctx, "/v1/token", "", body)
	if err != nil {
		return nil, err
	}
	var b struct {
		Access    string  `json:"access"`
		ExpiresIn float64 `json:"expires_in"`
		Now       string  `json:"now"`
	}
	if err := json.Unmarshal(answer, &b); err != nil || b.Access == "" {
		return nil, errNoAnswer
	}
	life := time.Duration(b.ExpiresIn * float64(time.Second))
	t := &token{access: b.Access, until: now().Add(life), life: life}
	t.now, _ = record.ParseTime(b.Now)
	return t, nil
}

// exchange makes one call of the HTTP twin.
func (s *server) exchange(ctx context.Context, access string, call *wire.Call) (*wire.Reply, error) {
	answer, err := s.post(ctx, "/v1/sync", access, call.Append(nil))
	if err != nil {
		return nil, err
	}
	reply, err := wire.DecodeReply(answer)
	if err != nil {
		return nil, fmt.Errorf("device: the answer of /v1/sync: %w", err)
	}
	return reply, nil
}
