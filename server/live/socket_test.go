package live

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gorilla/websocket"
)

// A phone on a poor line takes longer for a frame than anybody may be silent:
// each part that comes is a sign of life.
func TestEachPartOfAFrameIsASignOfLife(t *testing.T) {
	signs := 0
	heard := func() error { signs++; return nil }
	got, err := readLimited(iotest.OneByteReader(strings.NewReader("slowly")), nil, 6, heard)
	if err != nil || string(got) != "slowly" || signs < 6 {
		t.Errorf("read %q (%v) with %d signs of life", got, err, signs)
	}
}

func TestAFrameIsReadNoFurtherThanItsLimit(t *testing.T) {
	alive := func() error { return nil }
	for size, want := range map[int]error{0: nil, 9: nil, 10: nil, 11: errTooLarge, 1 << 20: errTooLarge} {
		from := strings.NewReader(strings.Repeat("x", size))
		got, err := readLimited(from, make([]byte, 0, 4), 10, alive)
		if !errors.Is(err, want) || err == nil && len(got) != size {
			t.Errorf("%d bytes: %d read, %v", size, len(got), err)
		}
		if read := size - from.Len(); read > 64 {
			t.Errorf("of %d bytes %d were read", size, read)
		}
	}
	broken := errors.New("the line broke")
	if _, err := readLimited(io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken)), nil, 10, alive); !errors.Is(err, broken) {
		t.Errorf("a line that breaks gives %v", err)
	}
	closing := errors.New("closing")
	if _, err := readLimited(strings.NewReader("x"), nil, 10, func() error { return closing }); !errors.Is(err, closing) {
		t.Errorf("a connection that closes meanwhile gives %v", err)
	}
}

// The wait is for the write itself: it ends by its deadline, however busy the
// machine is, since the peer takes nothing and no kernel can hold so much for it.
func TestAPeerThatTakesNothingIsCutOff(t *testing.T) {
	times := StandardTimes
	times.Write = 10 * time.Millisecond
	wrote := make(chan error, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			wrote <- err
			return
		}
		s := newSocket(conn, times, 10)
		wrote <- s.write(make([]byte, 64<<20))
		wrote <- s.read(func([]byte) {}) // the connection is closed: reading ends too
	}))
	defer server.Close()
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = <-wrote
	if late, ok := errors.AsType[net.Error](err); !ok || !late.Timeout() {
		t.Errorf("the write ends with %v", err)
	}
	if err := <-wrote; !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading from the peer ends with %v", err)
	}
}
