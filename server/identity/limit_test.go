package identity

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

var (
	guesser = netip.MustParseAddr("192.0.2.1")
	another = netip.MustParseAddr("192.0.2.2")
	third   = netip.MustParseAddr("192.0.2.3")
)

// miss guesses wrongly, where that is allowed.
func miss(l *Limiter, a netip.Addr) bool {
	if _, ok := l.Allow(a); !ok {
		return false
	}
	l.Missed(a)
	return true
}

func TestGuessesAreLimitedByAddressAndInAll(t *testing.T) {
	now := noon
	l := NewLimiter(func() time.Time { return now }, Rate{3, time.Minute}, Rate{5, time.Hour})
	for range 3 {
		if !miss(l, guesser) {
			t.Fatal("a guess too few")
		}
	}
	if wait, ok := l.Allow(guesser); ok || wait != time.Minute {
		t.Errorf("a fourth guess: %v, wait %v", ok, wait)
	}
	for range 2 {
		if !miss(l, another) {
			t.Error("another address pays for the first")
		}
	}
	if miss(l, third) {
		t.Error("there is no bound in all")
	}
	now = now.Add(2 * time.Hour)
	if !miss(l, guesser) {
		t.Error("a budget does not grow again")
	}
}

// A line of IPv6 with all its addresses must not use up what there is for everybody.
func TestOneSiteOfIPv6LeavesGuessesToOthers(t *testing.T) {
	now := noon
	l := NewLimiter(func() time.Time { return now }, Rate{3, time.Minute}, Rate{100, time.Second})
	guessed := 0
	for range 10 {
		for i := range 2000 {
			if miss(l, netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 7, byte(i >> 8), byte(i), 15: 1})) {
				guessed++
			}
		}
		now = now.Add(10 * time.Second)
	}
	if guessed > 3*8+100*8/60+1 {
		t.Errorf("a site guessed %d times in 100 s", guessed)
	}
	for _, a := range []netip.Addr{guesser, netip.MustParseAddr("2001:db8:8::1")} {
		if !miss(l, a) {
			t.Errorf("%v pays for it", a)
		}
	}
}

func TestWhatIsNoGuessCostsNothing(t *testing.T) {
	l := NewLimiter(func() time.Time { return noon }, Rate{2, time.Hour}, Rate{2, time.Hour})
	for range 100 {
		if _, ok := l.Allow(guesser); !ok {
			t.Fatal("good codes are counted")
		}
	}
}

func TestGuessesAtTheSameMomentArePaidBackBeforeTheNext(t *testing.T) {
	now := noon
	l := NewLimiter(func() time.Time { return now }, Rate{3, time.Minute}, Rate{1000, time.Second})
	for range 10 { // all of them were let through together
		l.Missed(guesser)
	}
	if wait, ok := l.Allow(guesser); ok || wait != 8*time.Minute {
		t.Errorf("overdrawn by seven: %v, wait %v", ok, wait)
	}
	for range 10_000 {
		l.Missed(guesser)
	}
	if wait, _ := l.Allow(guesser); wait > maxDebt+time.Minute {
		t.Errorf("people who share the address wait %v", wait)
	}
	if wait, ok := l.Allow(another); ok || wait > time.Second {
		t.Errorf("everybody pays for one address: wait %v", wait)
	}
}

func TestALimiterForgetsTheQuietestAddressFirst(t *testing.T) {
	l := NewLimiter(func() time.Time { return noon }, Rate{1, time.Hour}, Rate{1 << 30, time.Nanosecond})
	l.Missed(guesser)
	for i := range 3 * maxAddresses {
		l.Missed(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		if _, ok := l.Allow(guesser); ok {
			t.Fatal("an address that is in use was forgotten")
		}
	}
	if n := len(l.by); n > maxAddresses || l.order.Len() != n {
		t.Errorf("%d addresses are held", n)
	}
}

func TestOneCustomerOfIPv6IsOneAddress(t *testing.T) {
	for _, it := range []struct{ a, b, same, site string }{
		{"2001:db8::1", "2001:db8::ffff:1", "yes", "yes"},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", "no", "yes"},
		{"2001:db8:1::1", "2001:db8:2::1", "no", "no"},
		{"::ffff:192.0.2.1", "192.0.2.1", "yes", "yes"},
		{"192.0.2.1", "192.0.2.2", "no", "no"},
	} {
		if same := Network(netip.MustParseAddr(it.a)) == Network(netip.MustParseAddr(it.b)); same != (it.same == "yes") {
			t.Errorf("%s and %s: the same is %v", it.a, it.b, same)
		}
		if one := Site(netip.MustParseAddr(it.a)) == Site(netip.MustParseAddr(it.b)); one != (it.site == "yes") {
			t.Errorf("%s and %s: one site is %v", it.a, it.b, one)
		}
	}
}

func TestAClientsAddressIsBelievedFromTrustedProxiesAlone(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, it := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "198.51.100.7:1", nil, "198.51.100.7"},
		{"a client that lies", "198.51.100.7:1", []string{"192.0.2.1"}, "198.51.100.7"},
		{"behind the proxy", "10.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"behind the proxy, and lies", "10.0.0.1:1", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1"},
		{"behind two proxies", "10.0.0.1:1", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"in two headers", "10.0.0.1:1", []string{"203.0.113.9", "192.0.2.1"}, "192.0.2.1"},
		{"the proxy itself", "10.0.0.1:1", nil, "10.0.0.1"},
		{"nonsense", "10.0.0.1:1", []string{"192.0.2.1, x"}, "10.0.0.1"},
		{"a mapped peer", "[::ffff:10.0.0.1]:1", []string{"192.0.2.1"}, "192.0.2.1"},
	} {
		r := &http.Request{RemoteAddr: it.peer, Header: http.Header{"X-Forwarded-For": it.forwarded}}
		if got := ClientAddress(r, trusted); got.String() != it.want {
			t.Errorf("%s: got %v, want %s", it.name, got, it.want)
		}
	}
}
