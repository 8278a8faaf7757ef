package identity

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Rate is a budget: Burst at once, and one more each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// A Limiter bounds how often something may be tried, by address and in all. It
// holds a bounded number of addresses, forgetting the one that was quiet for
// longest: who comes from ever new addresses meets the bound in all.
type Limiter struct {
	each Rate
	now  func() time.Time

	mu    sync.Mutex
	all   *rate.Limiter
	by    map[netip.Prefix]*list.Element
	order *list.List // of *addressBudget, the last used one in front
}

type addressBudget struct {
	address netip.Prefix
	limiter *rate.Limiter
}

// maxAddresses bounds the memory of a Limiter to about 2 MB.
const maxAddresses = 10_000

// NewLimiter makes a limiter with a budget for each address and one for all.
func NewLimiter(now func() time.Time, each, all Rate) *Limiter {
	return &Limiter{
		each: each, now: now,
		all: rate.NewLimiter(rate.Every(all.Every), all.Burst),
		by:  map[netip.Prefix]*list.Element{}, order: list.New(),
	}
}

// Try takes one try from both budgets. Where one is used up, ok is false and
// wait says when to come back. Otherwise giveBack returns the try, for what
// turned out to be no guess; it may be called once, or not at all.
func (l *Limiter) Try(address netip.Addr) (giveBack func(), wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	mine := l.budget(address)
	one := mine.ReserveN(now, 1)
	if d := one.DelayFrom(now); d > 0 {
		one.CancelAt(now)
		return nil, d, false
	}
	every := l.all.ReserveN(now, 1)
	if d := every.DelayFrom(now); d > 0 {
		every.CancelAt(now)
		one.CancelAt(now)
		return nil, d, false
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		// A reservation gives back only up to the moment that it was made for.
		one.CancelAt(now)
		every.CancelAt(now)
	}, 0, true
}

// Allow takes one try, and says whether there was one left, or when there will be.
func (l *Limiter) Allow(address netip.Addr) (wait time.Duration, ok bool) {
	_, wait, ok = l.Try(address)
	return wait, ok
}

func (l *Limiter) budget(address netip.Addr) *rate.Limiter {
	key := network(address)
	if e := l.by[key]; e != nil {
		l.order.MoveToFront(e)
		return e.Value.(*addressBudget).limiter
	}
	if l.order.Len() >= maxAddresses {
		last := l.order.Back()
		delete(l.by, last.Value.(*addressBudget).address)
		l.order.Remove(last)
	}
	b := &addressBudget{key, rate.NewLimiter(rate.Every(l.each.Every), l.each.Burst)}
	l.by[key] = l.order.PushFront(b)
	return b.limiter
}

// network gives what is counted as one address: an IPv4 address, or the /64
// that one customer has of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address at all: all such share one budget
	}
	return p
}
