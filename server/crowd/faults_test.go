package crowd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// aLine is a bad line to somebody who sends and gets what it is.
func aLine(t *testing.T, out, in int64) (*badLine, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	b := &badLine{Conn: here, faults: &Faults{}}
	b.out.Store(out)
	b.in.Store(in)
	b.faults.Begin()
	return b, there
}

func TestALineBreaksInTheMiddleOfWhatIsSent(t *testing.T) {
	line, server := aLine(t, 4, 100)
	got := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(server)
		got <- all
	}()
	if n, err := line.Write([]byte("a view")); !errors.Is(err, errCut) || n != 4 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if part := <-got; string(part) != "a vi" {
		t.Errorf("the server got %q", part)
	}
	if line.faults.Cut.Load() != 1 {
		t.Errorf("counted %d", line.faults.Cut.Load())
	}
}

func TestAnAnswerIsLost(t *testing.T) {
	line, server := aLine(t, 100, 4)
	go server.Write([]byte("an ack"))
	if n, err := line.Read(make([]byte, 10)); !errors.Is(err, errCut) || n != 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if line.faults.Unanswered.Load() != 1 {
		t.Errorf("counted %d", line.faults.Unanswered.Load())
	}
}

func TestALineIsALineWhereFaultsHaveEnded(t *testing.T) {
	line, server := aLine(t, 0, 0)
	line.faults.End()
	go func() {
		io.CopyN(server, server, 6)
	}()
	if n, err := line.Write([]byte("a view")); err != nil || n != 6 {
		t.Errorf("%d bytes, %v", n, err)
	}
	back := make([]byte, 6)
	if _, err := io.ReadFull(line, back); err != nil || !bytes.Equal(back, []byte("a view")) {
		t.Errorf("%q came back, %v", back, err)
	}
}

func TestWhoeverLetsNoWebsocketThroughSaysSoInHTTP(t *testing.T) {
	here, there := net.Pipe()
	go refuse(there)
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return here, nil },
	}}
	answer, err := client.Get("http://earshot.invalid/v1/sync")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusBadGateway {
		t.Errorf("it answers %s", answer.Status)
	}
}
