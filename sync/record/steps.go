package record

import "slices"

// by is who may make a step: its own list, or whoever may set the field.
func (c *Collection) stepBy(f *Field, s *Step) []string {
	if s.By != nil {
		return s.By
	}
	return c.setBy(f)
}

// allows says whether one of the field's steps leads there, for this writer.
func (c *Collection) allows(f *Field, from, to string, r *Record, op *Op, w *Writer) bool {
	for i := range f.Steps {
		s := &f.Steps[i]
		if !slices.Contains(s.To, to) || len(s.From) > 0 && !slices.Contains(s.From, from) {
			continue
		}
		if (s.Note == "" || notes(op, s.Note)) && permits(c.stepBy(f, s), r, w) {
			return true
		}
	}
	return false
}

// notes says whether the op adds an entry to a log.
func notes(op *Op, log string) bool {
	i := op.Collection.Field(log)
	return slices.ContainsFunc(op.Changes, func(c Change) bool {
		return c.Field == i && c.Verb == Add && len(c.Values) > 0
	})
}

// maySteps says whether a writer may set the status of the record at all.
func (c *Collection) maySteps(f *Field, r *Record, w *Writer) bool {
	if permits(c.setBy(f), r, w) {
		return true
	}
	for i := range f.Steps {
		if permits(c.stepBy(f, &f.Steps[i]), r, w) {
			return true
		}
	}
	return false
}

// judgeStep: the step that a change leaves is the one its writer had seen. A
// settle chooses the value or any loser that it has seen, or a step from one of
// them.
func (c *Collection) judgeStep(f *Field, seen *Record, op *Op, ch *Change, w *Writer) *Problem {
	if w.Server {
		return nil
	}
	if ch.Value == Null {
		return mustStand(f)
	}
	if !c.maySteps(f, seen, w) {
		return notAllowed(f)
	}
	from := seen.Fields[ch.Field]
	if from == "" {
		from = f.start()
	}
	to := ch.Value.Text()
	if from == ch.Value || c.allows(f, from.Text(), to, seen, op, w) {
		return nil
	}
	if ch.Verb == Settle {
		for _, l := range seen.Losers(ch.Field) {
			if l.Value == ch.Value || c.allows(f, l.Value.Text(), to, seen, op, w) {
				return nil
			}
		}
	}
	return &Problem{WrongStep, f.Name, c.stepMessage(f, from.Text(), to)}
}

func (c *Collection) stepMessage(f *Field, from, to string) string {
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.Note != "" && slices.Contains(s.To, to) && (len(s.From) == 0 || slices.Contains(s.From, from)) {
			return "Going back a step needs an entry in " + s.Note + " in the same op."
		}
	}
	return "This step is not made from there, or not by your role."
}

// reaches says whether the maker of a record could have come to its step from
// the first one, by as many steps as it takes.
func (c *Collection) reaches(f *Field, r *Record, op *Op, w *Writer) bool {
	goal := r.Fields[c.Field(f.Name)].Text()
	reached := []string{f.start().Text()}
	for i := 0; i < len(reached); i++ {
		if reached[i] == goal {
			return true
		}
		for _, v := range f.Values {
			if !slices.Contains(reached, v) && c.allows(f, reached[i], v, r, op, w) {
				reached = append(reached, v)
			}
		}
	}
	return false
}
