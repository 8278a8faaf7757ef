package store

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
)

// references gives the ids that a field's value names: one, those of a set, or
// those in a log's entries.
func references(f *record.Field, v record.Value) []string {
	switch {
	case v.Absent() || v == "[]":
		return nil
	case f.Kind == record.Set:
		return setIDs(string(v))
	case f.Kind == record.Log:
		var ids []string
		for _, e := range entries(v) {
			ids = appendEntryIDs(ids, f, e)
		}
		return ids
	}
	return appendID1(nil, v)
}

// A reference is an id that an op names, and the collection that it is one of.
type reference struct{ target, id string }

// named gives the references of a change of an op.
func named(f *record.Field, c *record.Change) []reference {
	if c.Verb == record.Remove {
		return nil
	}
	var refs []reference
	switch {
	case f.Refs != nil:
		var object any
		if json.Unmarshal([]byte(c.Value), &object) != nil {
			return nil // there is none
		}
		for _, r := range f.Refs {
			refs = within(refs, r.Target, object, r.Path)
		}
	case f.Kind == record.Log:
		for _, v := range c.Values {
			for _, k := range f.Entry {
				if id, ok := entry(v)[k.Name].(string); ok && k.Target != "" {
					refs = append(refs, reference{k.Target, id})
				}
			}
		}
	case f.Type != record.Ref || f.Target == "":
	default:
		ids := appendID1(nil, c.Value)
		if f.Kind == record.Set {
			ids = setIDs(string(c.Value))
		}
		for _, v := range c.Values {
			ids = appendID1(ids, v)
		}
		for _, id := range ids {
			refs = append(refs, reference{f.Target, id})
		}
	}
	return refs
}

// within appends what stands at the end of a path into an object, where it is an id.
func within(refs []reference, target string, v any, path []string) []reference {
	if len(path) == 0 {
		if id, ok := v.(string); ok && isID(id) {
			refs = append(refs, reference{target, id})
		}
		return refs
	}
	switch v := v.(type) {
	case []any:
		if path[0] == "*" {
			for _, one := range v {
				refs = within(refs, target, one, path[1:])
			}
		}
	case map[string]any:
		for name, one := range v {
			if path[0] == "*" || path[0] == name {
				refs = within(refs, target, one, path[1:])
			}
		}
	}
	return refs
}

func appendID1(ids []string, v record.Value) []string {
	if id := v.Text(); id != "" {
		return append(ids, id)
	}
	return ids
}

// setIDs gives the strings of a canonical array of ids, which hold no escapes.
func setIDs(s string) []string {
	var ids []string
	for len(s) > 2 {
		from := strings.IndexByte(s, '"')
		if from < 0 {
			break
		}
		to := strings.IndexByte(s[from+1:], '"')
		if to < 0 {
			break
		}
		ids = append(ids, s[from+1:from+1+to])
		s = s[from+to+2:]
	}
	return ids
}

// entries gives the entries of a log.
func entries(v record.Value) []map[string]any {
	var es []map[string]any
	if json.Unmarshal([]byte(v), &es) != nil {
		return nil
	}
	return es
}

func entry(v record.Value) map[string]any {
	var e map[string]any
	if json.Unmarshal([]byte(v), &e) != nil {
		return nil
	}
	return e
}

func appendEntryIDs(ids []string, f *record.Field, e map[string]any) []string {
	for _, k := range f.Entry {
		if id, ok := e[k.Name].(string); ok && k.Target != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// isHere says whether a record of a collection is here, gone or not. What was
// found is remembered: records never leave.
func (t *tx) isHere(dat int64, target, id string) (bool, error) {
	k := hereKey{dat, target, id}
	if t.mem.here[k] {
		return true, nil
	}
	c := t.s.kinds.schema.Collection(target)
	if c == nil {
		return false, nil
	}
	r, err := t.one("SELECT 1 FROM records WHERE id = ? AND kind = ? AND dat = ?", rawID(id), t.s.kinds.num(c), dat)
	if err != nil || r == nil {
		return false, err
	}
	t.mem.here[k] = true
	return true, nil
}

// refer looks at what an op names. It gives the services that are not here yet,
// for which the op has to wait, and a problem where it names a record of another
// DAT.
func (t *tx) refer(d *tenant, k *kind, op *record.Op) (awaits []string, p *record.Problem, err error) {
	for i := range op.Changes {
		c := &op.Changes[i]
		f := &k.Fields[c.Field]
		for _, r := range named(f, c) {
			here, err := t.isHere(d.Num, r.target, r.id)
			if err != nil {
				return nil, nil, err
			}
			if here {
				continue
			}
			if r.target == awaited {
				awaits = append(awaits, r.id)
				continue
			}
			foreign, err := t.isElsewhere(d, r.target, r.id)
			if err != nil {
				return nil, nil, err
			}
			if foreign {
				return nil, &record.Problem{
					Code: record.UnknownRecord, Field: f.Name,
					Message: "This names a record that is not here. Choose one that is, and hand it in again.",
				}, nil
			}
		}
	}
	return awaits, nil, nil
}

// isElsewhere says whether a record is another DAT's.
func (t *tx) isElsewhere(d *tenant, target, id string) (bool, error) {
	c := t.s.kinds.schema.Collection(target)
	if c == nil {
		return false, nil
	}
	r, err := t.one("SELECT 1 FROM records WHERE id = ? AND kind = ? AND dat <> ?", rawID(id), t.s.kinds.num(c), d.Num)
	return r != nil, err
}
