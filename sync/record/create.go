package record

import "slices"

// wouldMake says whether the op holds all that making its record requires, and
// nothing that only a record that is here can take.
func wouldMake(op *Op) bool { return op.Base == 0 && missing(op) < 0 && !patches(op) }

// missing gives the index of a required field that the op does not set, or -1.
func missing(op *Op) int {
	need := op.Collection.plan.required
	if need == 0 {
		return -1
	}
	for i := range op.Changes {
		if c := &op.Changes[i]; c.Verb != Remove && c.Verb != Redact && c.Value != Null {
			need &^= bit(c.Field)
		}
	}
	for i := 0; need != 0; i++ {
		if need.Has(i) {
			return i
		}
	}
	return -1
}

// patches says whether the op takes something away that must be there first.
func patches(op *Op) bool {
	return slices.ContainsFunc(op.Changes, func(c Change) bool { return c.Verb == Redact })
}

// create makes a record.
func create(op *Op, w *Writer, a *Arrival) Result {
	c := op.Collection
	if op.Base > 0 || patches(op) {
		return refuse(TooEarly, "", "This waits for the record that it changes.")
	}
	if i := missing(op); i >= 0 {
		return refuse(TooEarly, c.Fields[i].Name, "This waits for its record, or lacks what a new one needs.")
	}
	rec := &Record{
		Collection: c, ID: op.ID, V: a.Seq,
		Made: newWrite(op, w, a), Fields: slices.Clone(c.plan.starts),
	}
	set, p := rec.fill(op, a)
	if p != nil {
		return refused(p)
	}
	rec.fillIn(set, a)
	if p := rec.mayMake(op, set, w); p != nil {
		return refused(p)
	}
	if c.Judge != nil {
		p := c.Judge(Case{Op: op, Writer: *w, Making: true, Before: absent, After: rec.Get})
		if p != nil {
			return refused(p)
		}
	}
	return Result{Record: rec, Private: rec.takePrivate(set)}
}

func absent(string) Value { return "" }

// fill puts the op's own values into a new record and says which fields it set.
func (r *Record) fill(op *Op, a *Arrival) (set Mask, p *Problem) {
	for i := range op.Changes {
		c := &op.Changes[i]
		f := &r.Collection.Fields[c.Field]
		if p := wrongKind(f, c.Verb); p != nil {
			return 0, p
		}
		switch {
		case c.Verb == Remove:
			continue
		case f.Kind == Set:
			values := sortedSet(slices.Clone(c.Values))
			if len(c.Values) > MaxSet && len(values.Elements()) > MaxSet {
				return 0, tooManyValues(f)
			}
			r.Fields[c.Field] = values
		case f.Kind == Log:
			log, p := newLog(f, c.Values, r.Made.Member, a.Time)
			if p != nil {
				return 0, p
			}
			r.Fields[c.Field] = log
		case c.Value == Null:
			if !f.clearable() && f.Kind != Once {
				return 0, mustStand(f)
			}
			r.Fields[c.Field] = ""
		default:
			if set.Has(c.Field) {
				return 0, twice(f)
			}
			r.Fields[c.Field] = c.Value
		}
		set |= bit(c.Field)
	}
	return set, nil
}

// fillIn adds what the server knows and the op left out.
func (r *Record) fillIn(set Mask, a *Arrival) {
	for _, i := range r.Collection.plan.filled {
		if set.Has(i) && r.Fields[i] != "" {
			continue
		}
		switch f := &r.Collection.Fields[i]; {
		case f.Derive != nil:
			r.Fields[i] = f.Derive(r.Get)
		case f.Fill == "time":
			r.Fields[i] = a.Time.Value()
		case f.Fill == "member":
			r.Fields[i] = Text(r.Made.Member)
		}
	}
}

// takePrivate takes out of a new record what leaves the server for nobody.
func (r *Record) takePrivate(set Mask) []PrivateValue {
	var out []PrivateValue
	for left, i := set&r.Collection.plan.private, 0; left != 0; i++ {
		if !left.Has(i) {
			continue
		}
		left &^= bit(i)
		if r.Fields[i] != "" {
			out = append(out, PrivateValue{i, r.Fields[i]})
			r.Fields[i] = ""
		}
	}
	return out
}
