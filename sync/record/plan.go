package record

import "slices"

// A plan is what is worked out once about a collection, so that no op and no
// read has to ask the declaration by name.
type plan struct {
	schema *Schema
	// sorted are the fields in the order of their names, as RFC 8785 wants keys.
	sorted []int
	// heads are the fields' names as keys, with the quotes and the colon.
	heads []string
	// starts is what a record's fields are before its making op.
	starts []Value
	// required fields have nothing that they start as.
	required Mask
	// filled fields have a Fill or a Derive, derived ones come last.
	filled []int
	// private fields leave the server for nobody.
	private Mask
	// everything is the mask of a rule that names no fields.
	everything Mask
	// kept holds, by field, the keys of a log's entries that have readers of their own.
	kept    [][]keptKey
	rules   []rule
	by      int // index of the By field, or -1
	service int // index of the Service field, or -1
	// listed fields have a SetBy, which holds in the making op too.
	listed Mask
}

// A keptKey is a key of a log's entries and the mask bit that lets it through.
type keptKey struct {
	name   string
	bit    Mask
	readBy []string
}

func bit(i int) Mask { return 1 << uint(i) }

func makePlan(s *Schema, c *Collection) plan {
	n := len(c.Fields)
	p := plan{
		schema: s, heads: make([]string, n), starts: make([]Value, n), kept: make([][]keptKey, n),
		by: c.Field(c.By), service: c.Field(c.Service),
	}
	next := n
	for i := range c.Fields {
		f := &c.Fields[i]
		p.sorted = append(p.sorted, i)
		p.heads[i] = string(Text(f.Name)) + ":"
		p.starts[i] = f.start()
		if f.Required && p.starts[i] == "" && f.Fill == "" && f.Derive == nil {
			p.required |= bit(i)
		}
		if f.Private {
			p.private |= bit(i)
		} else {
			p.everything |= bit(i)
		}
		if f.SetBy != nil {
			p.listed |= bit(i)
		}
		for _, k := range f.Entry {
			if k.ReadBy != nil {
				p.kept[i] = append(p.kept[i], keptKey{k.Name, bit(next), k.ReadBy})
				next++
			}
		}
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Fill != "" && f.Derive == nil {
			p.filled = append(p.filled, i)
		}
	}
	for i := range c.Fields {
		if c.Fields[i].Derive != nil {
			p.filled = append(p.filled, i)
		}
	}
	slices.SortFunc(p.sorted, func(a, b int) int {
		if c.Fields[a].Name < c.Fields[b].Name {
			return -1
		}
		return 1
	})
	for i := range c.Rules {
		p.rules = append(p.rules, compileRule(c, &p, &c.Rules[i]))
	}
	return p
}

// start is what a field is before anybody has set it.
func (f *Field) start() Value {
	switch {
	case f.Default != "":
		return f.Default
	case f.Kind == Set || f.Kind == Log:
		return "[]"
	case f.Kind == Steps:
		return Text(f.Values[0])
	}
	return ""
}

// clearable says whether a person may set the field to null.
func (f *Field) clearable() bool {
	return f.Kind == Register && !f.Required && f.Default == "" && f.Fill == "" && f.Derive == nil
}

// textual says whether values of the field are JSON strings.
func (f *Field) textual() bool {
	return f.Type != Integer && f.Type != Boolean && f.Type != Object
}
