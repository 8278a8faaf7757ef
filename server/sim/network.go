package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

var errLine = errors.New("the line broke")

// A delivery is a request that the network has kept, to hand it in once more.
type delivery struct {
	path, access, from string
	body               []byte
}

// An event is where a goroutine stands still. One works at a time, and only when the
// simulation lets it: so the dice alone decide in which order things happen.
type event struct {
	on    chan struct{}   // closed to let it go on
	waits <-chan struct{} // it waits for a commit, which closes this; nil: it is about to hand something in
	over  bool
	err   error
}

// pause is called by whoever is about to send something: others may have come as far.
func (w *world) pause() { w.stand(nil) }

// stand waits until the simulation goes on with the goroutine that calls it.
func (w *world) stand(waits <-chan struct{}) {
	on := make(chan struct{})
	w.events <- event{on: on, waits: waits}
	<-on
}

// together lets several things be done at a time. What waits for a commit meets in it.
func (w *world) together(all ...func() error) error {
	var errs []error
	var ready, waiting []event
	for _, f := range all {
		on := make(chan struct{})
		go func() {
			<-on
			w.events <- event{over: true, err: f()}
		}()
		ready = append(ready, event{on: on})
	}
	for len(ready)+len(waiting) > 0 {
		next := ready
		ready = nil
		for _, it := range next {
			close(it.on)
			switch e := <-w.events; {
			case e.over:
				errs = append(errs, e.err)
			case e.waits != nil:
				waiting = append(waiting, e)
			default:
				ready = append(ready, e)
			}
		}
		if len(ready) == 0 && len(waiting) > 0 {
			w.store.Step()
			waiting = slices.DeleteFunc(waiting, func(e event) bool {
				select {
				case <-e.waits:
					ready = append(ready, e)
					return true
				default:
					return false
				}
			})
		}
	}
	return errors.Join(errs...)
}

// turns lets devices be in touch at the same time.
func (w *world) turns(phones ...*phone) error {
	w.did.Turns += len(phones)
	if len(phones) > 1 {
		w.did.Grouped++
	}
	all := make([]func() error, len(phones))
	for i, p := range phones {
		all[i] = p.turn
	}
	return w.together(all...)
}

// A line is the way from a device to the server.
type line struct{ p *phone }

// RoundTrip hands a request in, as far as the line lets it.
func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w := l.p.w
	it := delivery{path: r.URL.Path, access: r.Header.Get("Authorization"), from: fmt.Sprintf("10.0.0.%d:1", l.p.num+1), body: body}
	w.pause()
	if !l.p.poor {
		return w.answer(it, nil), nil
	}
	return w.carry(it)
}

// carry lets the dice decide what becomes of a request and of its answer.
func (w *world) carry(it delivery) (*http.Response, error) {
	switch w.dice.IntN(12) {
	case 0:
		w.did.Lost++
		return nil, errLine
	case 1:
		w.did.Lost++
		w.answer(it, nil)
		return nil, errLine
	case 2:
		w.did.Cut++
		w.answer(it, errLine) // it breaks while the server reads, whose answer nobody hears
		return nil, errLine
	case 3:
		w.did.Cut++
		res := w.answer(it, nil)
		whole, _ := io.ReadAll(res.Body)
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:w.dice.IntN(len(whole)+1)]), broken{}))
		return res, nil
	case 4:
		w.did.Twice++
		w.answer(it, nil)
	case 5:
		w.did.Late++
		w.late = append(w.late, it)
	}
	return w.answer(it, nil), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errLine }

// answer is the server's. With an error the request breaks off half way.
func (w *world) answer(it delivery, breaks error) *http.Response {
	body := io.Reader(bytes.NewReader(it.body))
	if breaks != nil {
		body = io.MultiReader(bytes.NewReader(it.body[:len(it.body)/2]), broken{})
	}
	r := httptest.NewRequest(http.MethodPost, it.path, body)
	r.RemoteAddr = it.from
	r.Header.Set("Content-Type", "application/json")
	if it.access != "" {
		r.Header.Set("Authorization", it.access)
	}
	to := recorder{httptest.NewRecorder()}
	w.handler.ServeHTTP(to, r)
	w.trace("%s from %s: %d bytes, answered with %d and %d bytes", it.path, it.from, len(it.body), to.Code, to.Body.Len())
	return to.Result()
}

// recorder takes deadlines, as a connection does.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error  { return nil }
func (recorder) SetWriteDeadline(time.Time) error { return nil }

// arrive hands in what the network has kept, in whatever order.
func (w *world) arrive() error {
	if len(w.late) == 0 {
		return nil
	}
	i := w.dice.IntN(len(w.late))
	it := w.late[i]
	w.late = append(w.late[:i], w.late[i+1:]...)
	return w.call(func() error { w.answer(it, nil); return nil })
}
