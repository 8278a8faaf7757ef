package programme

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"earshot/sync/record"
)

// NewID makes a UUIDv7 of a time, the rest of it from random. That of a view, a
// visit or an escalation is made of the [Monday] of its week, so that an id tells
// no more than the masks do.
func NewID(at time.Time, random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	ms := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), nil
}

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
	monday := Monday(at.Std())
	if monday.Year() < 0 {
		return "" // the first days of the first year that a time may be of: no date is before them
	}
	return Date(monday)
}
