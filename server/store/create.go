package store

import (
	"context"

	"github.com/go-json-experiment/json"

	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A Creation is a record that the server is to make out of what came from
// outside: a command line, a form, a row of a file. Values are what JSON is made
// of; what the record is by default is left out.
type Creation struct {
	Collection string
	ID         string
	Set        map[string]any
	Add        map[string][]string // to sets, by field; nothing of a field is nothing
}

// Op gives the op that makes the record, for [Store.Do]. It goes through the same
// strict door as a phone's, and a problem says what is wrong with it.
func (c Creation) Op() (*record.Op, *record.Problem) {
	// Base and at are Do's to say; an op is not read without them.
	raw := map[string]any{
		"c": c.Collection, "r": c.ID, "base": 0, "at": record.Time(0).String(), "schema": programme.Version, "set": c.Set,
	}
	add := map[string][]string{}
	for field, values := range c.Add {
		if len(values) > 0 {
			add[field] = values
		}
	}
	if len(add) > 0 {
		raw["add"] = add
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, &record.Problem{Code: record.Malformed, Message: "This can't be written down. Look for characters that are no text."}
	}
	return wire.DecodeOp(programme.Schema(), text, 1)
}

// Create makes one record, in a commit of its own. actor is as in [Store.Do]. A
// problem says why it was not made.
func (s *Store) Create(ctx context.Context, dat int64, actor string, c Creation) (*record.Problem, error) {
	op, problem := c.Op()
	if problem != nil {
		return problem, nil
	}
	results, err := s.Do(ctx, dat, actor, []*record.Op{op})
	if err != nil {
		return nil, err
	}
	return results[0].Problem, nil
}
