package store

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// What is taken back or redacted is erased in quarantine too.

// lenient reads and writes ops as they came, however broken.
var lenient = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true), json.Deterministic(true))

// eraseHeld removes what quarantine holds for a record that is gone.
func (t *tx) eraseHeld(d *tenant, k *kind, id string) error {
	rows, err := t.all("SELECT num, device FROM quarantine WHERE id = ? AND dat = ? AND coalesce(kind, ?) = ?", rawID(id), d.Num, k.num, k.num)
	if err != nil {
		return err
	}
	for _, r := range rows {
		t.erased = true
		if err := t.release(r.int(0), r.int(1)); err != nil {
			return err
		}
	}
	return nil
}

// redactHeld takes what an op redacts out of the ops that quarantine holds for the
// same record, but for those that its own device has made after it. unseen: the
// op itself waits, so that nobody has judged yet whether its writer may.
func (t *tx) redactHeld(d *tenant, w who, op *record.Op, unseen bool) error {
	rows, err := t.all(`SELECT q.num, q.op, q.n, q.device, q.copied, v.member FROM quarantine q JOIN devices v ON v.num = q.device
		WHERE q.id = ? AND q.dat = ? AND q.sealed = 0`, rawID(op.ID), d.Num)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.int(3) == w.device && w.handed == "" && r.int(4) == 0 && r.int(2) > op.N {
			continue
		}
		instead := map[string]record.Value{}
		for i := range op.Changes {
			c := &op.Changes[i]
			if op.Collection.Fields[c.Field].Kind == record.Log {
				continue // of which some entries fall: see unquoteHeld
			}
			if c.Verb == record.Redact && (!unseen || op.MayRedact(c, w.Writer, r.str(5) == w.Member)) {
				instead[op.Collection.Fields[c.Field].Name] = c.Value
			}
		}
		if len(instead) == 0 {
			continue
		}
		t.erased = true
		if err := t.exec("UPDATE quarantine SET op = ? WHERE num = ?", redacted(r.blob(1), instead), r.int(0)); err != nil {
			return err
		}
	}
	return nil
}

// redacted gives an op without what it says of some fields. What would be the
// value becomes the given one, so that an op which has to say something still
// does. One that can't be read loses everything.
func redacted(op []byte, instead map[string]record.Value) []byte {
	members := map[string]jsontext.Value{}
	if json.Unmarshal(op, &members, lenient) != nil {
		return []byte("{}")
	}
	for _, verb := range [...]string{"set", "settle", "redact", "add", "remove"} {
		v, ok := members[verb]
		if !ok {
			continue
		}
		delete(members, verb)
		values := map[string]jsontext.Value{}
		if json.Unmarshal(v, &values, lenient) != nil {
			continue
		}
		for field, value := range instead {
			_, said := values[field]
			if delete(values, field); said && verb != "add" && verb != "remove" && !value.Absent() {
				values[field] = jsontext.Value(value)
			}
		}
		if b, err := json.Marshal(values, lenient); err == nil {
			members[verb] = b
		}
	}
	b, err := json.Marshal(members, lenient)
	if err != nil {
		return []byte("{}")
	}
	return b
}

// noteQuotes notes which records the entries of logs in an op name that lies in
// quarantine, in the place of what was noted before: when one of them is taken
// back, nobody has to read everything that lies there.
func (t *tx) noteQuotes(d *tenant, held int64, op []byte) error {
	if err := t.exec("DELETE FROM quotes WHERE held = ?", held); err != nil {
		return err
	}
	for _, e := range addedBy(op) {
		for _, id := range namedBy(e) {
			if err := t.exec("INSERT OR IGNORE INTO quotes (dat, id, held) VALUES (?, ?, ?)", d.Num, rawID(id), held); err != nil {
				return err
			}
		}
	}
	return nil
}

// addedBy gives what an op adds to any of its fields.
func addedBy(op []byte) (all []jsontext.Value) {
	var m struct {
		Add map[string]jsontext.Value `json:"add"`
	}
	if json.Unmarshal(op, &m, lenient) != nil {
		return nil
	}
	for _, v := range m.Add {
		var entries []jsontext.Value
		if json.Unmarshal(v, &entries, lenient) == nil {
			all = append(all, entries...)
		}
	}
	return all
}

// namedBy gives the ids that an entry of a log has under any key but its own.
func namedBy(entry jsontext.Value) (ids []string) {
	keys := map[string]any{}
	if entry.Kind() != '{' || json.Unmarshal(entry, &keys, lenient) != nil {
		return nil
	}
	for key, v := range keys {
		if s, ok := v.(string); ok && key != "id" && isID(s) {
			ids = append(ids, strings.ToLower(s))
		}
	}
	return ids
}

// unquoteHeld takes out of the ops in quarantine the entries of logs that name a
// record: what was chosen from its words falls with them.
func (t *tx) unquoteHeld(d *tenant, id string) error {
	rows, err := t.all("SELECT q.num, q.op FROM quotes x JOIN quarantine q ON q.num = x.held WHERE x.dat = ? AND x.id = ?", d.Num, rawID(id))
	if err != nil {
		return err
	}
	for _, r := range rows {
		op, found := unquoted(r.blob(1), id)
		if !found {
			continue
		}
		t.erased = true
		if err := t.exec("UPDATE quarantine SET op = ? WHERE num = ?", op, r.int(0)); err != nil {
			return err
		}
	}
	return nil
}

// unquoted gives an op without the entries that name a record, and whether there
// were any. One that can't be read loses everything.
func unquoted(op []byte, id string) (left []byte, found bool) {
	members, adds := map[string]jsontext.Value{}, map[string]jsontext.Value{}
	if json.Unmarshal(op, &members, lenient) != nil {
		return []byte("{}"), true
	}
	if json.Unmarshal(members["add"], &adds, lenient) != nil {
		return nil, false
	}
	for field, v := range adds {
		var entries []jsontext.Value
		if json.Unmarshal(v, &entries, lenient) != nil {
			continue
		}
		kept := slices.DeleteFunc(entries, func(e jsontext.Value) bool { return slices.Contains(namedBy(e), id) })
		if len(kept) == len(entries) {
			continue
		}
		b, err := json.Marshal(kept, lenient)
		if err != nil {
			return []byte("{}"), true
		}
		adds[field], found = b, true
	}
	if !found {
		return nil, false
	}
	var err error
	if members["add"], err = json.Marshal(adds, lenient); err == nil {
		left, err = json.Marshal(members, lenient)
	}
	if err != nil {
		return []byte("{}"), true
	}
	return left, true
}
