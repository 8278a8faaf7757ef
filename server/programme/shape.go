package programme

import (
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"earshot/sync/record"
)

// Objects are one register each, since their parts change together. Their shapes
// are narrow: a key that is not named here has no place in a record, so that
// nothing about a speaker finds one.

const (
	// guidanceMax bounds whom to call and the script, in bytes: they are said in
	// whatever alphabet people here read.
	guidanceMax = 64 << 10
	// contentMax bounds what a committee is handed, in bytes.
	contentMax = 192 << 10
	textMax    = 2000
	scriptMax  = 8000
)

// A check says whether a decoded JSON value is what a key may hold.
type check func(any) bool

// A key of an object.
type key struct {
	check
	needed bool
}

type object map[string]key

func need(c check) key { return key{c, true} }
func may(c check) key  { return key{c, false} }

func (o object) is(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for name, k := range o {
		if _, there := m[name]; k.needed && !there {
			return false
		}
	}
	for name, value := range m {
		if k, known := o[name]; !known || !k.check(value) {
			return false
		}
	}
	return true
}

// shape makes a [record.Field].Shape of a check.
func shape(c check) func(record.Value) bool {
	return func(v record.Value) bool {
		var decoded any
		return json.Unmarshal([]byte(v), &decoded) == nil && c(decoded)
	}
}

func text(most int) check {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && len([]rune(s)) <= most
	}
}

func whole(from, to float64) check {
	return func(v any) bool {
		n, ok := v.(float64)
		return ok && n == float64(int64(n)) && n >= from && n <= to
	}
}

func oneOf(values ...string) check {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && slices.Contains(values, s)
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func id(v any) bool {
	s, ok := v.(string)
	return ok && uuid.MatchString(s)
}

func day(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func instant(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	_, err := record.ParseTime(s)
	return err == nil
}

func hour(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	_, err := time.Parse("15:04", s)
	return err == nil
}

func list(c check, most int) check {
	return func(v any) bool {
		items, ok := v.([]any)
		return ok && len(items) <= most && !slices.ContainsFunc(items, func(one any) bool { return !c(one) })
	}
}

func either(a, b check) check { return func(v any) bool { return a(v) || b(v) } }

// each holds an object whose keys are names of its own, one thing under each.
func each(name, c check, most int) check {
	return func(v any) bool {
		m, ok := v.(map[string]any)
		if !ok || len(m) > most {
			return false
		}
		for k, one := range m {
			if !name(k) || !c(one) {
				return false
			}
		}
		return true
	}
}

// weekdays are the days of a week as they stand in lines.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

var (
	linesShape = shape(list(object{
		"way":     need(oneOf(escalationKinds...)),
		"service": may(id),
		"who":     need(text(NameMax)),
		"number":  need(text(NameMax)),
		"days":    may(either(list(either(oneOf(weekdays...), whole(1, 7)), 7), text(NameMax))),
		"from":    may(hour),
		"to":      may(hour),
		"say":     need(text(textMax)),
	}.is, 100))

	scriptShape = shape(object{"version": need(whole(1, 1e9)), "text": need(text(scriptMax))}.is)

	targetsShape = shape(object{
		"visits": may(whole(0, 1e6)), "hours": may(whole(0, 1e6)),
		"spoken": may(whole(0, 1e6)), "views": may(whole(0, 1e6)),
	}.is)

	// For each method: who looks after it, and how many days they may take.
	pathsShape = shape(each(oneOf(Methods...), object{"owner": may(either(id, text(NameMax))), "days": may(whole(0, 366))}.is, 100))

	// For each sign-off paper: who signed, their post, and when.
	signedShape = shape(each(text(NameMax), object{"who": need(text(NameMax)), "post": need(text(NameMax)), "date": need(day)}.is, 100))

	acknowledgedShape = shape(object{"by": need(id), "at": need(instant)}.is)

	decidedByShape = shape(object{"body": need(text(NameMax)), "on": need(day)}.is)

	promiseShape = shape(object{"what": need(text(textMax)), "by": may(text(NameMax)), "who": may(text(NameMax))}.is)

	// Where ids stand in them. One that may be a text instead is an id where it is one.
	linesRefs        = []record.InnerRef{{Path: []string{"*", "service"}, Target: "service"}}
	pathsRefs        = []record.InnerRef{{Path: []string{"*", "owner"}, Target: "member"}}
	acknowledgedRefs = []record.InnerRef{{Path: []string{"by"}, Target: "member"}}

	contentShape = shape(func(v any) bool { _, ok := v.(map[string]any); return ok })
)
