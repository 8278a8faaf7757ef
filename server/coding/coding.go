// Package coding says which content codings somebody who asks takes: gzip, br
// (RFC 9110, 12.5.3). What is sent compressed to somebody who did not ask for it,
// or refused it with weight 0, can't be read there.
package coding

import (
	"net/http"
	"strconv"
	"strings"
)

// Takes says whether a request's Accept-Encoding takes a coding. The coding's own
// weight counts; where it is not named, that of "*". No header takes nothing.
func Takes(request http.Header, coding string) bool {
	any := false
	for it := range strings.SplitSeq(strings.Join(request.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(it, ";")
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, coding):
			return wanted(weight)
		case name == "*":
			any = wanted(weight)
		}
	}
	return any
}

// wanted reads a weight, "q=0.5": absent is 1, and what can't be read is 0.
func wanted(weight string) bool {
	_, q, said := strings.Cut(weight, "=")
	if !said {
		return true
	}
	w, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	return err == nil && w > 0
}
