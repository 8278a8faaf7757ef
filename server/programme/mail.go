package programme

import (
	"strings"
	"time"

	"earshot/sync/record"
)

// A Notice is that one member is to be told, by mail, that something waits for
// them. It holds nothing of what it is.
type Notice struct {
	Member string        // id
	Kind   string        // one of the kinds below
	About  string        // the record that waits, or a day
	After  time.Duration // how long it waits first, from when it is known
}

// Kinds of notice.
const (
	NoticeEscalation = "escalation" // to the desk, at once
	NoticeCover      = "cover"      // to the second member, when nobody has acknowledged it in time
	NoticeAsk        = "ask"        // to a service's managers, at once
	NoticeDigest     = "digest"     // to desk and leads, once a day
	NoticeSignIn     = "signin"     // somebody asked to be let in; they alone get a link that does
)

// noticed is how long after it was made something is news. What is older was seen
// on a screen, or stands in a digest.
const noticed = 7 * 24 * time.Hour

// Escalated gives who is told of an escalation that nobody has acknowledged: the
// desk at once, and after the DAT's escalate_minutes the member who covers.
func Escalated(now time.Time, dat *record.Record, members []*record.Record, e *record.Record) []Notice {
	if !StillWaits(NoticeEscalation, e) || !isNews(now, e) {
		return nil
	}
	var notices []Notice
	for _, m := range members {
		if m.Get("role").Text() == coordinator && mailed(m) {
			notices = append(notices, Notice{Member: m.ID, Kind: NoticeEscalation, About: e.ID})
		}
	}
	if cover := dat.Get("cover").Text(); cover != "" {
		for _, m := range members {
			if m.ID == cover && !left(m) { // named for when others are away, so also while resting
				notices = append(notices, Notice{Member: cover, Kind: NoticeCover, About: e.ID, After: escalateAfter(dat)})
			}
		}
	}
	return notices
}

func escalateAfter(dat *record.Record) time.Duration {
	minutes, err := dat.Get("escalate_minutes").Integer()
	if err != nil {
		minutes = 30
	}
	return time.Duration(minutes) * time.Minute
}

// Asked gives who is told of an ask that has no answer yet: the managers of its
// service. One that is handled as sensitive is not theirs to know of.
func Asked(now time.Time, members []*record.Record, a *record.Record) []Notice {
	if !StillWaits(NoticeAsk, a) || !isNews(now, a) {
		return nil
	}
	service := a.Get("service").Text()
	var notices []Notice
	for _, m := range members {
		if m.Get("role").Text() == manager && mailed(m) && manages(m, service) {
			notices = append(notices, Notice{Member: m.ID, Kind: NoticeAsk, About: a.ID})
		}
	}
	return notices
}

// Digest gives who is told on a day that something waits for them, where it does.
func Digest(day string, members []*record.Record, desk, board bool) []Notice {
	var notices []Notice
	for _, m := range members {
		role := m.Get("role").Text()
		if mailed(m) && (role == coordinator && desk || role == lead && board) {
			notices = append(notices, Notice{Member: m.ID, Kind: NoticeDigest, About: day})
		}
	}
	return notices
}

// Awaiting are the collections whose records may wait for desk or board.
var Awaiting = []string{"view", "escalation", "ask", "matter"}

// WaitsForDesk says whether a record waits for a coordinator: a view that nobody
// has gone through, an escalation that nobody has acknowledged, an ask that is
// replied to or overdue, a matter that nobody owns or that is overdue.
func WaitsForDesk(now time.Time, r *record.Record) bool {
	switch {
	case r.Gone:
		return false
	case r.Collection == view:
		return r.Get("review").Text() == "new"
	case r.Collection == escalation:
		return r.Get("acknowledged").Absent()
	case r.Collection == ask:
		return r.Get("status").Text() == "asked" && (!r.Get("reply").Absent() || overdue(now, r))
	case r.Collection == matter:
		return !ended(r) && (r.Get("owner").Absent() || overdue(now, r))
	}
	return false
}

// WaitsForBoard says whether a record waits for a lead: a matter that is with the DAT.
func WaitsForBoard(r *record.Record) bool {
	return !r.Gone && r.Collection == matter && r.Get("status").Text() == "with_dat"
}

// StillWaits says whether what a notice of this kind is about still waits.
func StillWaits(kind string, r *record.Record) bool {
	if r.Gone {
		return false
	}
	switch kind {
	case NoticeEscalation, NoticeCover:
		return r.Get("acknowledged").Absent()
	case NoticeAsk:
		return r.Get("status").Text() == "asked" && r.Get("reply").Absent() && r.Get("handling").Text() != "sensitive"
	}
	return true
}

// CollectionOf gives the collection of the record that a notice of this kind is
// about, "" where it is about none.
func CollectionOf(kind string) string {
	switch kind {
	case NoticeEscalation, NoticeCover:
		return escalation.Name
	case NoticeAsk:
		return ask.Name
	}
	return ""
}

func isNews(now time.Time, r *record.Record) bool {
	return r.Made.Time > record.At(now.Add(-noticed))
}

func overdue(now time.Time, r *record.Record) bool {
	due := r.Get("due").Text()
	return due != "" && due < Date(now).Text()
}

func ended(matter *record.Record) bool {
	status := matter.Get("status").Text()
	return status == "done" || status == "parked" || !matter.Get("merged_into").Absent()
}

func manages(member *record.Record, service string) bool {
	return strings.Contains(string(member.Get("services")), string(record.Text(service))) // a set of ids
}

func left(member *record.Record) bool { return member.Gone || member.Get("status").Text() == "left" }

// mailed says whether a member is one to be told: with us, not resting, and with an address.
func mailed(member *record.Record) bool {
	return !left(member) && member.Get("status").Text() != "resting" && !member.Get("email").Absent()
}
