package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Server is `earshot serve` as a process of its own.
type Server struct {
	URL    string // "http://127.0.0.1:41234"
	Data   string
	Ready  time.Duration // from the start of the process to "listening on"
	binary string
	args   []string
	run    *exec.Cmd
	ended  chan error
	said   tail
}

// ErrNotReady is given for a server that ends, or says nothing, before it listens.
var ErrNotReady = errors.New("rig: the server did not come up")

// Start runs the binary on a data directory and waits until it listens.
// Further flags of `serve` may follow.
func Start(ctx context.Context, binary, data string, flags ...string) (*Server, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, fmt.Errorf("rig: finding the binary: %w", err)
	}
	s := &Server{Data: data, binary: binary, args: flags}
	return s, s.start(ctx, "127.0.0.1:0")
}

// Again starts a stopped or killed server on the same data and address.
func (s *Server) Again(ctx context.Context) error {
	return s.start(ctx, strings.TrimPrefix(s.URL, "http://"))
}

func (s *Server) start(ctx context.Context, listen string) error {
	args := append([]string{"serve", "--data", s.Data, "--listen", listen}, s.args...)
	s.run = exec.CommandContext(ctx, s.binary, args...)
	s.run.Cancel = func() error { return s.run.Process.Signal(syscall.SIGTERM) }
	s.run.WaitDelay = 15 * time.Second
	// Not an os.Pipe of the exec package: its Wait would close it under the reader.
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("rig: a pipe for the server's log: %w", err)
	}
	s.run.Stderr = write
	began := time.Now()
	err = s.run.Start()
	write.Close()
	if err != nil {
		read.Close()
		return fmt.Errorf("rig: starting %s: %w (make build first?)", s.binary, err)
	}
	listening := make(chan string, 1)
	go func() {
		defer read.Close()
		for lines := bufio.NewScanner(read); lines.Scan(); {
			s.said.add(lines.Text())
			if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
				url, _, _ = strings.Cut(url, `"`)
				select {
				case listening <- strings.TrimSpace(url):
				default:
				}
			}
		}
	}()
	ended := make(chan error, 1)
	s.ended = ended
	run := s.run
	go func() { ended <- run.Wait() }()
	select {
	case s.URL = <-listening:
		s.Ready = time.Since(began)
		return nil
	case err := <-ended:
		return fmt.Errorf("%w: %v\n%s", ErrNotReady, err, s.said.text())
	case <-time.After(60 * time.Second):
		return errors.Join(fmt.Errorf("%w within a minute\n%s", ErrNotReady, s.said.text()), s.Kill())
	}
}

// Stop ends the server as an operator does and says so where it did not end well.
func (s *Server) Stop() error {
	if err := s.run.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("rig: stopping the server: %w", err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			return fmt.Errorf("rig: the server ended with %w\n%s", err, s.said.text())
		}
		return nil
	case <-time.After(12 * time.Second):
		return errors.Join(errors.New("rig: the server did not drain within 12 s"), s.Kill())
	}
}

// Kill ends the server as a power cut does.
func (s *Server) Kill() error {
	if err := s.run.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("rig: killing the server: %w", err)
	}
	<-s.ended
	return nil
}

// Log gives the last lines that the server wrote to stderr.
func (s *Server) Log() string { return s.said.text() }

// Command runs another command of the binary on the same data, beside the
// server, with --json, and reads what it prints into out (nil: nobody reads it).
func (s *Server) Command(ctx context.Context, out any, args ...string) error {
	args = append(args, "--data", s.Data, "--json")
	var stdout, stderr bytes.Buffer
	run := exec.CommandContext(ctx, s.binary, args...)
	run.Stdout, run.Stderr = &stdout, &stderr
	failed := run.Run()
	if out != nil && stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
			return fmt.Errorf("rig: earshot %s printed no JSON: %w", args[0], err)
		}
	}
	if failed != nil {
		return fmt.Errorf("rig: earshot %s: %w\n%s", strings.Join(args, " "), failed, stderr.Bytes())
	}
	return nil
}

// PID is the server's process.
func (s *Server) PID() int { return s.run.Process.Pid }

// CPU is the time that the server's process has used so far, user and system.
// It reads /proc, in steps of 10 ms.
func (s *Server) CPU() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		return 0, fmt.Errorf("rig: the server's CPU time (Linux only): %w", err)
	}
	// The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it.
	after := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(after) < 13 {
		return 0, errors.New("rig: /proc/PID/stat has another shape here")
	}
	ticks := 0
	for _, field := range after[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, fmt.Errorf("rig: the server's CPU time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}

// Rest comes back when the server has done what it leaves for when nobody asks
// anything of it: when it has hardly used the CPU for half a second.
func (s *Server) Rest(ctx context.Context) error {
	const tick = time.Second / 100
	before, err := s.CPU()
	for quiet := 0; err == nil && quiet < 2; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
		var now time.Duration
		if now, err = s.CPU(); now-before > tick {
			quiet = 0
		} else {
			quiet++
		}
		before = now
	}
	return err
}

// Resident is how many bytes of the server's process are in memory now.
func (s *Server) Resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return 0, fmt.Errorf("rig: the server's memory (Linux only): %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.Fields(kib)[0], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("rig: /proc/PID/status has no VmRSS")
}

// tail keeps the last lines of a log.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lines = append(t.lines, line); len(t.lines) > 40 {
		t.lines = t.lines[1:]
	}
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
