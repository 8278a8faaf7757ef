package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// A Line is the websocket of one device, driven by hand: frames go out as they
// were made before the clock started, and what comes back is looked at no more
// than is needed, so that a benchmark measures the server and not itself.
type Line struct {
	// Welcome is what the server said when the line was opened.
	Welcome struct {
		Epoch string
		Acked int64
	}

	conn  *websocket.Conn
	frame bytes.Buffer
}

// ErrTurnedAway is given for a hello that was not welcome.
var ErrTurnedAway = errors.New("rig: not welcome")

// A Place is how far a replica has come: the epoch that it was read in and its cursor.
type Place struct{ Epoch, Cursor string }

// dial opens a line and says hello. With a place it reads on from there (from
// nothing where that is empty), without one it only pushes.
func dial(ctx context.Context, url, access string, from *Place, deflate bool) (*Line, error) {
	dialer := websocket.Dialer{
		Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 30 * time.Second, EnableCompression: deflate,
		ReadBufferSize: 64 << 10,
	}
	conn, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/v1/sync", http.Header{})
	if err != nil {
		if answer != nil {
			return nil, fmt.Errorf("rig: opening a line: %w (%s)", err, answer.Status)
		}
		return nil, fmt.Errorf("rig: opening a line: %w", err)
	}
	l := &Line{conn: conn}
	hello := wire.Hello{Access: access, App: "bench", Schema: 1, Now: record.At(time.Now())}
	if from != nil {
		hello.Reads, hello.Epoch, hello.Cursor = true, from.Epoch, from.Cursor
	}
	if err := l.Send(hello.Append(nil)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	welcome, err := l.Next()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if !Is(welcome, "welcome") {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrTurnedAway, welcome), l.Close())
	}
	if err := json.Unmarshal(welcome, &l.Welcome); err != nil {
		return nil, errors.Join(fmt.Errorf("rig: a welcome: %w", err), l.Close())
	}
	return l, nil
}

// Close ends the line without a word, as a lost signal does.
func (l *Line) Close() error { return l.conn.Close() }

// Send sends one frame.
func (l *Line) Send(frame []byte) error {
	if err := l.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		return fmt.Errorf("rig: sending a frame: %w", err)
	}
	return nil
}

// Next waits for the next frame. Its bytes are good until the frame after it.
func (l *Line) Next() ([]byte, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	_, r, err := l.conn.NextReader()
	if err == nil {
		l.frame.Reset()
		_, err = l.frame.ReadFrom(r)
	}
	if err != nil {
		return nil, fmt.Errorf("rig: waiting for a frame: %w", err)
	}
	return l.frame.Bytes(), nil
}

// Acked waits for an ack, passes other frames over, and fails where an op was refused.
func (l *Line) Acked() error {
	for {
		frame, err := l.Next()
		switch {
		case err != nil:
			return err
		case Is(frame, "error"):
			return fmt.Errorf("rig: the server answers %s", frame)
		case !Is(frame, "ack"):
		case bytes.Contains(frame, []byte(`"refused"`)):
			return fmt.Errorf("rig: refused: %.600s", frame)
		default:
			return nil
		}
	}
}

// HandIn makes so many views after op n of the device, pushes them in one frame
// and waits for the ack.
func (l *Line) HandIn(views Views, n int64, count int) error {
	ops := make([][]byte, count)
	for i := range ops {
		op, _ := views.Op(views.Words())
		ops[i] = Numbered(n+int64(i)+1, op)
	}
	if err := l.Send(PushFrame(ops...)); err != nil {
		return err
	}
	return l.Acked()
}

// A Page is one page of changes, for whoever looks into it.
type Page struct {
	T       string
	Records []struct {
		C, R string
		V    int64
		A    []string
		F    map[string]any
		Gone bool
	}
	After, Cursor string
	More          bool
	Sums          map[string]string
}

// Page waits for the next page of changes.
func (l *Line) Page() (Page, error) {
	for {
		frame, err := l.Next()
		if err != nil {
			return Page{}, err
		}
		if Is(frame, "changes") {
			var page Page
			if err := json.Unmarshal(frame, &page); err != nil {
				return Page{}, fmt.Errorf("rig: a page: %w", err)
			}
			return page, nil
		}
	}
}

// Seen tells the server that a page is stored.
func (l *Line) Seen(cursor []byte) error {
	return l.Send(append(append([]byte(`{"t":"seen","cursor":"`), cursor...), `"}`...))
}

// Is says whether a frame is of this kind. It looks at the beginning first, where
// our own server puts t.
func Is(frame []byte, kind string) bool {
	want := `"t":"` + kind + `"`
	return bytes.HasPrefix(frame, []byte("{"+want)) || bytes.Contains(frame, []byte(want)) && !bytes.HasPrefix(frame, []byte(`{"t":"`))
}

// Cursor gives the cursor of a page of changes.
func Cursor(frame []byte) []byte { return member(frame, `"cursor":"`) }

// More says whether another page follows.
func More(frame []byte) bool { return bytes.Contains(frame, []byte(`"more":true`)) }

// member gives the string that follows a key at its last place in a frame: the
// words of records stand before it, or inside escaped quotes.
func member(frame []byte, key string) []byte {
	at := bytes.LastIndex(frame, []byte(key))
	if at < 0 {
		return nil
	}
	rest := frame[at+len(key):]
	if end := bytes.IndexByte(rest, '"'); end >= 0 {
		return rest[:end]
	}
	return nil
}
