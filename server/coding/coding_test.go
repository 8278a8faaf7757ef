package coding_test

import (
	"net/http"
	"testing"

	"earshot/server/coding"
)

func TestACodingIsTakenWhereItIsNamedAndNotRefused(t *testing.T) {
	for _, it := range []struct {
		accepted []string
		takes    bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"identity"}, false},
		{[]string{"gzip"}, true},
		{[]string{"GZip"}, true},
		{[]string{"deflate, gzip, br"}, true},
		{[]string{"deflate", "gzip"}, true},
		{[]string{"gzip;q=0.1"}, true},
		{[]string{"gzip;q=0"}, false},
		{[]string{"gzip; q=0.000"}, false},
		{[]string{"gzip;q=much"}, false},
		{[]string{"x-gzip"}, false},
		{[]string{"gzipped"}, false},
		{[]string{"*"}, true},
		{[]string{"*;q=0"}, false},
		{[]string{"*, gzip;q=0"}, false},
		{[]string{"gzip, *;q=0"}, true},
	} {
		h := http.Header{}
		for _, line := range it.accepted {
			h.Add("Accept-Encoding", line)
		}
		if got := coding.Takes(h, "gzip"); got != it.takes {
			t.Errorf("%q: %v", it.accepted, got)
		}
	}
}
