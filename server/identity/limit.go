package identity

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// A Rate is a budget: Burst at once, and one more each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// A Limiter bounds how often something may be guessed, by address, by site and in
// all. It holds a bounded number of addresses, forgetting the one that was quiet for
// longest: who comes from ever new addresses meets the bound in all. A line of IPv6
// has thousands of addresses: its site's bound is there so that one such line does
// not use up what there is for everybody.
//
// Only what turned out to be a wrong guess costs anything, so that a crowd behind
// one address (a training room, a proxy) is not held up by coming at the same
// moment. Guesses that are on their way together may overdraw a budget; what they
// overdrew is paid back before the next one is let through.
type Limiter struct {
	each, site, inAll Rate
	now               func() time.Time

	mu    sync.Mutex
	all   budget
	by    map[netip.Prefix]*list.Element
	order *list.List // of *addressBudget, the last used one in front
}

// A budget is how many guesses are left, as of a moment; below 0 it is overdrawn.
type budget struct {
	left float64
	at   time.Time
}

type addressBudget struct {
	address netip.Prefix
	budget
}

// maxAddresses bounds the memory of a Limiter to about 2 MB.
const maxAddresses = 10_000

// maxDebt bounds for how long an address is held up by what it has overdrawn: it
// may be shared with people who guess nothing. What is overdrawn in all is
// forgotten at once, since everybody would pay for it.
const maxDebt = time.Hour

// ofOneSite is how many addresses' budgets a site of IPv6 has.
const ofOneSite = 8

// NewLimiter makes a limiter with a budget for each address and one for all.
func NewLimiter(now func() time.Time, each, all Rate) *Limiter {
	return &Limiter{
		each: each, site: Rate{each.Burst * ofOneSite, each.Every / ofOneSite}, inAll: all, now: now,
		all: budget{left: float64(all.Burst), at: now()},
		by:  map[netip.Prefix]*list.Element{}, order: list.New(),
	}
}

// Allow says whether an address may guess, or when it may again. It costs nothing.
func (l *Limiter) Allow(address netip.Addr) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	wait = max(l.of(Network(address), l.each, now).wait(now, l.each), l.all.wait(now, l.inAll))
	if site := Site(address); site.Addr().Is6() {
		wait = max(wait, l.of(site, l.site, now).wait(now, l.site))
	}
	return wait, wait == 0
}

// Missed counts a guess that was wrong.
func (l *Limiter) Missed(address netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.of(Network(address), l.each, now).spend(now, l.each, -maxDebt.Seconds()/l.each.Every.Seconds())
	if site := Site(address); site.Addr().Is6() {
		l.of(site, l.site, now).spend(now, l.site, -maxDebt.Seconds()/l.site.Every.Seconds())
	}
	l.all.spend(now, l.inAll, 0)
}

// wait gives the time until a guess is left.
func (b *budget) wait(now time.Time, r Rate) time.Duration {
	b.grow(now, r)
	if b.left >= 1 {
		return 0
	}
	return time.Duration((1 - b.left) * float64(r.Every))
}

// spend takes a guess away, but leaves no less than floor.
func (b *budget) spend(now time.Time, r Rate, floor float64) {
	b.grow(now, r)
	b.left = max(floor, b.left-1)
}

func (b *budget) grow(now time.Time, r Rate) {
	if since := now.Sub(b.at); since > 0 {
		b.left = min(float64(r.Burst), b.left+since.Seconds()/r.Every.Seconds())
		b.at = now
	}
}

func (l *Limiter) of(key netip.Prefix, r Rate, now time.Time) *budget {
	if e := l.by[key]; e != nil {
		l.order.MoveToFront(e)
		return &e.Value.(*addressBudget).budget
	}
	if l.order.Len() >= maxAddresses {
		last := l.order.Back()
		delete(l.by, last.Value.(*addressBudget).address)
		l.order.Remove(last)
	}
	b := &addressBudget{key, budget{left: float64(r.Burst), at: now}}
	l.by[key] = l.order.PushFront(b)
	return &b.budget
}

// Network gives what is counted as one address: an IPv4 address, or a /64 of IPv6,
// which is the least that a customer has.
func Network(a netip.Addr) netip.Prefix { return prefix(a, 64) }

// Site gives what one customer may have at most: an IPv4 address, or a /48 of IPv6.
func Site(a netip.Addr) netip.Prefix { return prefix(a, 48) }

func prefix(a netip.Addr, of6 int) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = of6
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address at all: all such share one budget
	}
	return p
}
