package programme

import (
	"time"

	"earshot/sync/record"
)

// Monday gives the Monday, 00:00 UTC, of the ISO week that a time lies in.
func Monday(t time.Time) time.Time {
	t = t.UTC()
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, time.UTC)
}

// Date gives the day of a time, in UTC, as a value of a date field.
func Date(t time.Time) record.Value { return record.Text(t.UTC().Format(time.DateOnly)) }

// weekHeard gives the week of a view from when it was heard. The server works it
// out when the view is made, since no device may say it.
func weekHeard(made func(field string) record.Value) record.Value {
	at, err := record.ParseTime(made("at").Text())
	if err != nil {
		return ""
	}
	return Date(Monday(at.Std()))
}
