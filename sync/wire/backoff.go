package wire

import (
	"math"
	"time"
)

// The bounds of the waiting time between two tries to connect.
const (
	FirstWait   = time.Second
	LongestWait = 60 * time.Second
	// VisibleWait is the longest while somebody looks on with something waiting.
	VisibleWait = 3 * time.Second
)

// Backoff gives the time to wait before the next try: exponential with full
// jitter (Brooker, "Exponential Backoff And Jitter"), so that a crowd that lost
// its server does not come back all at once. Attempt counts the failures before
// it, from 0; dice is uniform in [0, 1).
func Backoff(attempt int, visibleWaiting bool, dice float64) time.Duration {
	ceiling := float64(LongestWait)
	if attempt < 16 {
		ceiling = math.Min(ceiling, float64(FirstWait)*float64(int64(1)<<max(0, attempt)))
	}
	if visibleWaiting {
		ceiling = math.Min(ceiling, float64(VisibleWait))
	}
	return time.Duration(dice * ceiling)
}
