package identity

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress gives the address that a request comes from. X-Forwarded-For
// is believed only as far as it was written by proxies in trusted networks:
// the list is read from its end, and the first address that is no trusted
// proxy is the client.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	if !within(address, trusted) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // what stands before it was written by nobody we know
		}
		address = hop.Unmap()
		if !within(address, trusted) {
			break
		}
	}
	return address
}

// Secure says whether the request came over TLS, here or at a trusted proxy.
func Secure(r *http.Request, trusted []netip.Prefix) bool {
	if r.TLS != nil {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && within(peer.Addr().Unmap(), trusted) && r.Header.Get("X-Forwarded-Proto") == "https"
}

func within(a netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
