package programme

import (
	"slices"

	"earshot/sync/record"
)

// A rule hangs on several fields of a record, or on who writes them. It sees what
// the change has seen and what it says itself, never what came since.
type rule func(record.Case) *record.Problem

// judge makes one rule of several: the first that objects speaks.
func judge(rules ...rule) func(record.Case) *record.Problem {
	return func(c record.Case) *record.Problem {
		for _, r := range rules {
			if p := r(c); p != nil {
				return p
			}
		}
		return nil
	}
}

func problem(code, field, message string) *record.Problem {
	return &record.Problem{Code: code, Field: field, Message: message}
}

// notItself keeps a record from naming itself.
func notItself(field string) rule {
	return func(c record.Case) *record.Problem {
		if ch := change(c, field); ch != nil && ch.Value.Text() == c.Op.ID {
			return problem(record.NotARule, field, "Choose another one: this one names itself.")
		}
		return nil
	}
}

// asThemselves: a record is its writer's own, and only the desk makes one for
// somebody else.
func asThemselves(c record.Case) *record.Problem {
	if !c.Making || c.Writer.Server || c.Writer.Role == coordinator {
		return nil
	}
	if by := c.After("by"); !by.Absent() && by.Text() != c.Writer.Member {
		return problem(record.NotAllowed, "by", "Write this down as yourself, or ask a coordinator to do it.")
	}
	return nil
}

// change is what the op does to the value of a field, or nil.
func change(c record.Case, field string) *record.Change { return c.Op.Change(field) }

// removes says whether the op takes something out of a set.
func removes(c record.Case, field string) bool {
	i := c.Op.Collection.Field(field)
	return slices.ContainsFunc(c.Op.Changes, func(ch record.Change) bool {
		return ch.Field == i && ch.Verb == record.Remove
	})
}

// empty says whether a set holds nothing.
func empty(v record.Value) bool { return v.Absent() || v == "[]" }
