package record

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// A Mask has a bit for each field of a collection, in their order, and after
// those one for each key of a log's entries that has readers of its own.
type Mask uint64

// Has says whether the field with this index is let through.
func (m Mask) Has(field int) bool { return m&bit(field) != 0 }

// A Grant is one audience that a record is in, and what that is let through.
type Grant struct {
	Audience string
	Mask     Mask
}

// A rule is a [Rule] with names turned into indices.
type rule struct {
	audience string
	of       int
	when     []cond
	mask     Mask
	shows    []show
}

type show struct {
	mask Mask
	when []cond
}

type cond struct {
	field    int
	in       []Value
	not      bool
	deciding bool
	many     bool // a set or a log: one value among several is enough
}

const (
	ofNothing = -2
	ofID      = -1
)

func compileRule(c *Collection, p *plan, r *Rule) rule {
	out := rule{audience: r.Audience, of: ofNothing, when: compileConds(c, r.When)}
	switch r.Of {
	case "":
	case "id":
		out.of = ofID
	default:
		out.of = c.Field(r.Of)
	}
	// keys are the kept-back keys of a field's entries that this audience reads.
	keys := func(i int) (m Mask) {
		for _, k := range p.kept[i] {
			if slices.Contains(k.readBy, r.Audience) {
				m |= k.bit
			}
		}
		return m
	}
	if r.Fields == nil {
		for i := range c.Fields {
			if p.everything.Has(i) && !slices.Contains(r.But, c.Fields[i].Name) {
				out.mask |= bit(i) | keys(i)
			}
		}
	}
	for _, s := range r.Fields {
		i := c.Field(s.Field)
		m := (bit(i) | keys(i)) &^ p.private
		if len(s.When) == 0 {
			out.mask |= m
		} else {
			out.shows = append(out.shows, show{m, compileConds(c, s.When)})
		}
	}
	return out
}

func compileConds(c *Collection, conds []Cond) []cond {
	var out []cond
	for _, w := range conds {
		i := c.Field(w.Field)
		f := &c.Fields[i]
		k := cond{field: i, not: w.Not, deciding: f.Deciding, many: f.Kind == Set || f.Kind == Log}
		for _, v := range w.In {
			if f.textual() {
				k.in = append(k.in, Text(v))
			} else {
				k.in = append(k.in, Value(v))
			}
		}
		out = append(out, k)
	}
	return out
}

// Grants gives all audiences that the record is in now, each once, and what
// each is let through. A gone record is in none.
func (r *Record) Grants() []Grant { return r.AppendGrants(nil) }

// AppendGrants appends what [Record.Grants] gives.
func (r *Record) AppendGrants(dst []Grant) []Grant {
	if r.Gone {
		return dst
	}
	start := len(dst)
	for i := range r.Collection.plan.rules {
		q := &r.Collection.plan.rules[i]
		if !r.holdsAll(q.when) {
			continue
		}
		mask := q.mask
		for j := range q.shows {
			if s := &q.shows[j]; r.holdsAll(s.when) {
				mask |= s.mask
			}
		}
		switch q.of {
		case ofNothing:
			dst = addGrant(dst, start, q.audience, mask)
		case ofID:
			dst = addGrant(dst, start, q.audience+r.ID, mask)
		default:
			dst = r.grantOf(dst, start, q, mask)
		}
	}
	return dst
}

// grantOf names an audience after the value, or each value, of a field. While a
// conflict on a deciding field stands nobody is named after it.
func (r *Record) grantOf(dst []Grant, start int, q *rule, mask Mask) []Grant {
	f := &r.Collection.Fields[q.of]
	v := r.Fields[q.of]
	if v == "" || f.Deciding && len(r.Losers(q.of)) > 0 {
		return dst
	}
	if f.Kind != Set {
		return addGrant(dst, start, q.audience+v.Text(), mask)
	}
	for rest := newElements(v); rest.next(); {
		dst = addGrant(dst, start, q.audience+rest.value.Text(), mask)
	}
	return dst
}

func addGrant(dst []Grant, start int, audience string, mask Mask) []Grant {
	for i := start; i < len(dst); i++ {
		if dst[i].Audience == audience {
			dst[i].Mask |= mask
			return dst
		}
	}
	return append(dst, Grant{audience, mask})
}

func (r *Record) holdsAll(conds []cond) bool {
	for i := range conds {
		if !r.holds(&conds[i]) {
			return false
		}
	}
	return true
}

func (r *Record) holds(k *cond) bool {
	if !k.allows(r.Fields[k.field]) {
		return false
	}
	if k.deciding && r.States != nil && r.States[k.field] != nil {
		for _, l := range r.Losers(k.field) {
			if !k.allows(l.Value) {
				return false
			}
		}
	}
	return true
}

func (k *cond) allows(v Value) bool {
	has := !v.Absent()
	if k.many {
		has = has && v != "[]"
	}
	if k.in != nil {
		has = has && k.among(v)
	}
	return has != k.not
}

func (k *cond) among(v Value) bool {
	if !k.many {
		return slices.Contains(k.in, v)
	}
	for rest := newElements(v); rest.next(); {
		if slices.Contains(k.in, rest.value) {
			return true
		}
	}
	return false
}

// audienceKind is the part of an audience's name that rules are declared for:
// "service:" of "service:ID", all of "desk".
func audienceKind(audience string) string {
	if i := strings.IndexByte(audience, ':'); i >= 0 {
		return audience[:i+1]
	}
	return audience
}

// MaskRule gives a hash of all that is declared about what the kind of this
// audience is let through of the collection; "" where that is nothing. It is
// the same in every process until a release changes the declaration. A new
// field that a rule without Fields lets through does not change it, since
// nothing of it can have been missed.
func (c *Collection) MaskRule(audience string) string {
	type declared struct {
		Rule     Rule
		Private  []string
		Deciding []string
		Keys     []EntryKey
	}
	var d struct {
		Name  string
		Rules []declared
	}
	d.Name = c.Name
	kind := audienceKind(audience)
	for _, r := range c.Rules {
		if r.Audience != kind {
			continue
		}
		e := declared{Rule: r}
		for i := range c.Fields {
			f := &c.Fields[i]
			if f.Private {
				e.Private = append(e.Private, f.Name)
			}
			if f.Deciding {
				e.Deciding = append(e.Deciding, f.Name)
			}
			for _, k := range f.Entry {
				if k.ReadBy != nil {
					e.Keys = append(e.Keys, EntryKey{f.Name + "." + k.Name, "", k.ReadBy})
				}
			}
		}
		d.Rules = append(d.Rules, e)
	}
	if d.Rules == nil {
		return ""
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic("record: a rule can't be written down: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// MaskRule gives one hash over the rules of all collections for the kind of
// this audience.
func (s *Schema) MaskRule(audience string) string {
	if hash, ok := s.maskRules[audienceKind(audience)]; ok {
		return hash
	}
	return s.maskRules[""] // no rule names an audience of this kind
}

// hashRules works out once what every page asks for.
func (s *Schema) hashRules() {
	kinds := []string{""}
	for _, c := range s.Collections {
		for _, r := range c.Rules {
			kinds = append(kinds, r.Audience)
		}
	}
	s.maskRules = map[string]string{}
	for _, kind := range kinds {
		h := sha256.New()
		for _, c := range s.Collections {
			h.Write([]byte(c.MaskRule(kind)))
		}
		s.maskRules[kind] = base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
	}
}

// Unconditional says whether this audience is let through the same fields of
// every record that is in it, and which. It says nothing of who is in it.
func (c *Collection) Unconditional(audience string) (Mask, bool) {
	kind, found := audienceKind(audience), false
	var mask Mask
	for i := range c.plan.rules {
		q := &c.plan.rules[i]
		if q.audience != kind {
			continue
		}
		if len(q.shows) > 0 || found && mask != q.mask {
			return 0, false
		}
		mask, found = q.mask, true
	}
	return mask, found
}

// Ever gives what the kinds of these audiences are let through of any record at
// all, whatever the conditions; 0 where no rule names one of them.
func (c *Collection) Ever(audiences []string) Mask {
	var mask Mask
	for i := range c.plan.rules {
		q := &c.plan.rules[i]
		if !slices.ContainsFunc(audiences, func(a string) bool { return audienceKind(a) == q.audience }) {
			continue
		}
		mask |= q.mask
		for _, s := range q.shows {
			mask |= s.mask
		}
	}
	return mask
}
