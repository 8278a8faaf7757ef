package device

import (
	"sync"
	"testing"
	"time"
)

// A clock stands still until a test moves it.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	ring []alarm
	set  chan struct{} // an alarm was set
}

type alarm struct {
	at   time.Time
	wait time.Duration
	c    chan time.Time
}

func newClock() *clock {
	return &clock{now: time.Now().Truncate(time.Second), set: make(chan struct{}, 1000)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := alarm{c.now.Add(d), d, make(chan time.Time, 1)}
	if d <= 0 {
		a.c <- c.now
		return a.c
	}
	c.ring = append(c.ring, a)
	ring(c.set)
	return a.c
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	var left []alarm
	for _, a := range c.ring {
		if a.at.After(c.now) {
			left = append(left, a)
		} else {
			a.c <- c.now
		}
	}
	c.ring = left
}

// awaits waits until an alarm is set for so long from now.
func (c *clock) awaits(t *testing.T, d time.Duration) {
	t.Helper()
	for late := time.After(10 * time.Second); ; {
		c.mu.Lock()
		for _, a := range c.ring {
			if a.at.Equal(c.now.Add(d)) {
				c.mu.Unlock()
				return
			}
		}
		c.mu.Unlock()
		select {
		case <-c.set:
		case <-late:
			t.Fatalf("no alarm is set for %v", d)
		}
	}
}
