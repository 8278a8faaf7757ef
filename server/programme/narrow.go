package programme

import (
	"slices"

	"earshot/sync/record"
)

// Decides says whether a field decides who sees or who may do what, so that no
// restored backup may bring an older, wider value of it back.
func Decides(f *record.Field) bool { return f.Kind == record.Narrow || f.Deciding || f.Stale }

// Narrows says whether a change of a field that decides takes sight or rights away:
// words travel less far, a view is no longer accepted, an answer no longer published,
// a record is handled more closely. A member's role, services and status count as
// narrower whatever they become: nobody is what they were.
func Narrows(f *record.Field, before, after record.Value) bool {
	switch {
	case before == after:
		return false
	case f.Stale:
		return true
	case f.Kind == record.Steps:
		return slices.Contains(letsOut, before.Text())
	}
	return slices.Index(f.Values, after.Text()) > slices.Index(f.Values, before.Text())
}

// The steps at which something leaves the desk.
var letsOut = []string{"accepted", "published"}
