package record

import "slices"

// permits says whether a writer is among those that a list of roles and words
// (see [Field].SetBy) names, for this record.
func permits(list []string, r *Record, w *Writer) bool {
	if w.Server {
		return true
	}
	p := &r.Collection.plan
	for _, who := range list {
		switch who {
		case "by":
			if p.by >= 0 && w.Member != "" && r.Fields[p.by].Text() == w.Member {
				return true
			}
		case "own":
			if r.ID == w.Member {
				return true
			}
		case "manager":
			if w.Role == who && r.isServedBy(w) {
				return true
			}
		default:
			if w.Role == who {
				return true
			}
		}
	}
	return false
}

// isServedBy says whether the record is of one of the writer's own services, or
// of a kind that is of no service.
func (r *Record) isServedBy(w *Writer) bool {
	i := r.Collection.plan.service
	if i < 0 {
		return true
	}
	if r.Collection.Fields[i].Kind != Set {
		return r.Fields[i] != "" && slices.Contains(w.Services, r.Fields[i].Text())
	}
	for e := newElements(r.Fields[i]); e.next(); {
		if slices.Contains(w.Services, e.value.Text()) {
			return true
		}
	}
	return false
}

type chance uint8

const (
	no chance = iota
	maybe
	yes
)

// permitsUnseen is permits for a record that is not here: what hangs on its
// fields can't be told yet.
func permitsUnseen(list []string, id string, w *Writer) chance {
	if w.Server {
		return yes
	}
	best := no
	for _, who := range list {
		switch {
		case who == "by", who == "manager" && w.Role == who:
			best = max(best, maybe)
		case who == "own" && id == w.Member, who == w.Role:
			return yes
		}
	}
	return best
}

// MayRedact says whether a writer may redact a field of a record that is not here.
// Where that hangs on whose the record is, own says whether it is the writer's.
func (o *Op) MayRedact(c *Change, w Writer, own bool) bool {
	f := &o.Collection.Fields[c.Field]
	if w.Server {
		return true
	}
	if !f.Redactable || f.Kind != Register {
		return false
	}
	may := permitsUnseen(o.Collection.setBy(f), o.ID, &w)
	return may == yes || may == maybe && own
}

// setBy is who may change a field once its record is made.
func (c *Collection) setBy(f *Field) []string {
	if f.SetBy != nil {
		return f.SetBy
	}
	return c.ChangedBy
}

// mayMake judges whether the writer may make this record, with these fields.
func (r *Record) mayMake(op *Op, set Mask, w *Writer) *Problem {
	if w.Server {
		return nil
	}
	c := r.Collection
	if !permits(c.MadeBy, r, w) {
		return &Problem{NotAllowed, "", "Your role does not make these. Ask the desk."}
	}
	for left, i := set&c.plan.listed, 0; left != 0; i++ {
		if !left.Has(i) {
			continue
		}
		left &^= bit(i)
		f := &c.Fields[i]
		if f.Kind != Steps && !permits(f.SetBy, r, w) {
			return notAllowed(f)
		}
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Kind == Steps && set.Has(i) && !c.reaches(f, r, op, w) {
			return &Problem{WrongStep, f.Name, "A new one can't begin at this step. Begin earlier, and go on from there."}
		}
	}
	return nil
}

// readable gives the fields that a writer is let through of a record.
func (r *Record) readable(w *Writer) Mask {
	audiences := w.Audiences
	if audiences == nil {
		of := r.Collection.plan.schema.AudiencesOf
		if of == nil {
			return ^Mask(0)
		}
		audiences = of(*w)
	}
	var room [8]Grant
	var m Mask
	for _, g := range r.AppendGrants(room[:0]) {
		if slices.Contains(audiences, g.Audience) {
			m |= g.Mask
		}
	}
	return m
}

// Settles gives the fields that this writer may settle: losers ("k") are for
// whoever may, and is let through the field, alone.
func (r *Record) Settles(w Writer) Mask {
	var m Mask
	for i := range r.Collection.Fields {
		f := &r.Collection.Fields[i]
		switch f.Kind {
		case Register:
			if permits(r.Collection.setBy(f), r, &w) {
				m |= bit(i)
			}
		case Steps:
			if r.Collection.maySteps(f, r, &w) {
				m |= bit(i)
			}
		}
	}
	return m
}

// judge says why an op may not change the record, given the record as its writer
// had seen it: nothing that came since counts.
func judge(rec, seen *Record, op *Op, w *Writer) *Problem {
	c := rec.Collection
	if p := wrongVerbs(op); p != nil {
		return p
	}
	if !w.Server {
		// Before anything that tells one value from another.
		readable := seen.readable(w)
		for i := range op.Changes {
			if ch := &op.Changes[i]; !readable.Has(ch.Field) {
				return notAllowed(&c.Fields[ch.Field])
			}
		}
	}
	for i := range op.Changes {
		ch := &op.Changes[i]
		if p := judgeChange(rec, seen, op, ch, w); p != nil {
			return p
		}
	}
	if c.Judge == nil {
		return nil
	}
	var laid *Record
	return c.Judge(Case{Op: op, Writer: *w, Before: seen.Get, After: func(field string) Value {
		if laid == nil {
			laid = Lay(seen, op, *w)
		}
		return laid.Get(field)
	}})
}

// wrongVerbs looks at the verbs alone.
func wrongVerbs(op *Op) *Problem {
	for i := range op.Changes {
		ch := &op.Changes[i]
		f := &op.Collection.Fields[ch.Field]
		if p := wrongKind(f, ch.Verb); p != nil {
			return p
		}
		if i > 0 && op.Changes[i-1].Field == ch.Field && (f.Kind != Set || op.Changes[i-1].Verb == ch.Verb) {
			return twice(f)
		}
	}
	return nil
}

func judgeChange(rec, seen *Record, op *Op, ch *Change, w *Writer) *Problem {
	c := rec.Collection
	f := &c.Fields[ch.Field]
	if ch.Verb == Redact {
		switch {
		case w.Server:
			return nil
		case !f.Redactable || f.Kind != Register:
			return &Problem{WrongKind, f.Name, "This field can't be redacted; change it, or take the whole back."}
		}
	}
	if f.Kind == Steps {
		if p := c.judgeStep(f, seen, op, ch, w); p != nil {
			return p
		}
	} else if f.Kind == Once {
		if p := judgeOnce(rec, ch, f, w); p != nil {
			return p
		}
	} else if !permits(c.setBy(f), seen, w) {
		return notAllowed(f)
	} else if f.Stands && !w.Server && ch.Verb != Redact && !ch.repeats(seen) {
		return &Problem{NotAllowed, f.Name, "This stands as it was said. Write down what is new beside it."}
	}
	if ch.Value == Null && !f.clearable() && f.Kind != Once && !w.Server {
		return mustStand(f)
	}
	if f.Stale && !rec.lastSeen(ch.Field, op, w) {
		return &Problem{StaleField, f.Name, "Somebody has changed this since. Look at it as it is now, then change it."}
	}
	return nil
}

// repeats says whether the change sets what is there already.
func (c *Change) repeats(r *Record) bool {
	now := r.Fields[c.Field]
	return c.Value == now || c.Value == Null && now == ""
}

// judgeOnce: only the device that made the record may still set what it left
// out. The same value again is no change, whoever sends it.
func judgeOnce(rec *Record, ch *Change, f *Field, w *Writer) *Problem {
	if ch.repeats(rec) {
		return nil
	}
	now := rec.Fields[ch.Field]
	st := rec.state(ch.Field)
	erased := st != nil && st.Redacted.Seq != 0
	if now == "" && !erased && !f.Private && rec.Made.Device == w.Device {
		if f.SetBy != nil && !permits(f.SetBy, rec, w) {
			return notAllowed(f)
		}
		return nil
	}
	return &Problem{OnceOnly, f.Name, "This is set once, when the record is made. It stays as it is."}
}

// lastSeen says whether the op has seen the last change of the field.
func (r *Record) lastSeen(field int, op *Op, w *Writer) bool {
	last := Touch{r.Made.Seq, r.Made.Device}
	if st := r.state(field); st != nil {
		last = st.Last
	}
	return last.Seq <= op.Base || last.Device == w.Device
}

// wrongKind refuses a verb that the kind of field does not know.
func wrongKind(f *Field, v Verb) *Problem {
	ok := false
	switch v {
	case SetTo:
		ok = f.Kind != Set && f.Kind != Log
	case Settle:
		ok = f.Kind == Register || f.Kind == Steps
	case Add:
		ok = f.Kind == Set || f.Kind == Log
	case Remove:
		ok = f.Kind == Set
	case Redact:
		ok = true
	}
	if ok {
		return nil
	}
	return &Problem{WrongKind, f.Name, "A field of kind " + f.Kind.String() + " can't be changed by " + v.String() + "."}
}

func notAllowed(f *Field) *Problem {
	return &Problem{NotAllowed, f.Name, "Your role does not change this here. Ask the desk."}
}

func mustStand(f *Field) *Problem {
	return &Problem{MissingField, f.Name, "This can't be left empty. Give it a value."}
}

func twice(f *Field) *Problem {
	return &Problem{WrongKind, f.Name, "One op changes a field in one way. Send the second change as another op."}
}

func tooManyValues(f *Field) *Problem {
	return &Problem{TooManyValues, f.Name, "This is full. Take something out first."}
}
