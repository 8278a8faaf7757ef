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

// changed gives the ids that a change of an op names.
func changed(f *record.Field, c *record.Change) []string {
	if c.Verb == record.Remove {
		return nil
	}
	var ids []string
	switch {
	case f.Kind == record.Log:
		for _, v := range c.Values {
			if e := entry(v); e != nil {
				ids = appendEntryIDs(ids, f, e)
			}
		}
	case c.Values != nil:
		for _, v := range c.Values {
			ids = appendID1(ids, v)
		}
	case f.Kind == record.Set:
		ids = setIDs(string(c.Value))
	default:
		ids = appendID1(ids, c.Value)
	}
	return ids
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
		isRef := f.Type == record.Ref && f.Target != ""
		if !isRef && !(f.Kind == record.Log && len(f.Entry) > 0) {
			continue
		}
		for _, id := range changed(f, c) {
			for _, target := range targets(f) {
				here, err := t.isHere(d.Num, target, id)
				if err != nil {
					return nil, nil, err
				}
				if here {
					continue
				}
				if target == awaited {
					awaits = append(awaits, id)
					continue
				}
				foreign, err := t.isElsewhere(d, target, id)
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
	}
	return awaits, nil, nil
}

func targets(f *record.Field) []string {
	if f.Type == record.Ref && f.Target != "" {
		return []string{f.Target}
	}
	var out []string
	for _, k := range f.Entry {
		if k.Target != "" {
			out = append(out, k.Target)
		}
	}
	return out
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
