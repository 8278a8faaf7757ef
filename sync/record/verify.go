package record

import "slices"

// verify panics on a declaration that contradicts itself.
func (c *Collection) verify() {
	bits := len(c.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		c.verifyField(f)
		for _, k := range f.Entry {
			if k.ReadBy != nil {
				bits++
			}
		}
	}
	if bits > 64 {
		panic("record: " + c.Name + " has more than 64 fields and kept-back keys, the bits of a Mask")
	}
	c.mustHave(c.By, "")
	c.mustHave(c.Service, "")
	for _, r := range c.Rules {
		c.mustHave(r.Of, "id", "")
		c.verifyConds(r.When)
		for _, s := range r.Fields {
			c.mustHave(s.Field)
			c.verifyConds(s.When)
		}
		for _, b := range r.But {
			c.mustHave(b)
		}
	}
}

func (c *Collection) verifyField(f *Field) {
	name := c.Name + "." + f.Name
	if (f.Kind == Narrow || f.Kind == Steps || f.Type == Enum) && len(f.Values) == 0 {
		panic("record: " + name + " names no values")
	}
	if f.Type == Enum && f.Default != "" && !slices.Contains(f.Values, f.Default.Text()) {
		panic("record: " + name + " starts as what it may not be")
	}
	if f.Refs != nil && f.Type != Object {
		panic("record: " + name + " names records inside, and is no object")
	}
	if f.Stands && f.Kind != Register {
		panic("record: " + name + " stands, and is no register")
	}
	for _, s := range f.Steps {
		for _, v := range slices.Concat(s.From, s.To) {
			if !slices.Contains(f.Values, v) {
				panic("record: " + name + " has a step to or from " + v + ", which it may not be")
			}
		}
		if s.Note != "" {
			c.mustHave(s.Note)
			if c.Fields[c.Field(s.Note)].Kind != Log {
				panic("record: " + name + " wants a note in " + s.Note + ", which is no log")
			}
		}
	}
}

func (c *Collection) verifyConds(conds []Cond) {
	for _, w := range conds {
		c.mustHave(w.Field)
	}
}

func (c *Collection) mustHave(name string, or ...string) {
	if !slices.Contains(or, name) && c.Field(name) < 0 {
		panic("record: " + c.Name + " has no field " + name)
	}
}
