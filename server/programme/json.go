package programme

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"earshot/sync/record"
)

// JSON gives what /v1/schema and `earshot schema` say: for each collection who
// makes it; for each field its kind, type, limits, whether the maker must name it
// ("required": nothing fills it in), whether it can be redacted, who may set it
// ("by": the member whom the record names as its own; "own": the member whose
// record it is; "manager": of the record's service; "server": nobody else) and
// which audiences are ever let through to it. The caller may change the bytes.
func JSON() []byte { return bytes.Clone(schemaJSON()) }

var schemaJSON = sync.OnceValue(func() []byte {
	type described struct {
		Kind       string   `json:"kind"`
		Type       string   `json:"type"`
		Values     []string `json:"values"` // null where any will do
		Max        *int64   `json:"max"`    // null where there is no bound
		Required   bool     `json:"required"`
		Redactable bool     `json:"redactable"`
		SetBy      []string `json:"set_by"`
		ReadBy     []string `json:"read_by"`
	}
	type collection struct {
		MadeBy []string           `json:"made_by"`
		Fields inOrder[described] `json:"fields"`
	}
	var all inOrder[collection]
	for _, c := range schema.Collections {
		one := collection{MadeBy: c.MadeBy}
		for i := range c.Fields {
			f := &c.Fields[i]
			var most *int64
			if m := MaxOf(f); m != 0 {
				most = &m
			}
			one.Fields = append(one.Fields, named[described]{f.Name, described{
				Kind: f.Kind.String(), Type: f.Type.String(), Values: f.Values, Max: most,
				Required: MustName(f), Redactable: f.Redactable,
				SetBy: setBy(c, f), ReadBy: readBy(c, f),
			}})
		}
		all = append(all, named[collection]{c.Name, one})
	}
	out, err := json.MarshalIndent(struct {
		Schema      int                 `json:"schema"`
		Collections inOrder[collection] `json:"collections"`
	}{Version, all}, "", "  ")
	if err != nil {
		panic("programme: the schema can't be written: " + err.Error())
	}
	return append(out, '\n')
})

// MustName says whether the op that makes a record has to name the field, since
// nothing fills it in.
func MustName(f *record.Field) bool {
	return f.Required && f.Default == "" && f.Fill == "" && f.Derive == nil && f.Kind != record.Steps
}

// MaxOf gives the greatest length of a text in code points, or the greatest
// whole number, 0 where there is no bound of the field's own.
func MaxOf(f *record.Field) int64 {
	if f.Type == record.String && f.Max == 0 {
		return textMax
	}
	return f.Max
}

func setBy(c *record.Collection, f *record.Field) []string {
	switch {
	case f.SetBy != nil:
		return f.SetBy
	case f.Kind == record.Once || f.Stands:
		return c.MadeBy
	}
	both := slices.Clone(c.MadeBy)
	for _, who := range c.ChangedBy {
		if !slices.Contains(both, who) {
			both = append(both, who)
		}
	}
	return both
}

// readBy names the audiences that a rule lets through to the field, on some
// condition or on none: "person:BY" is that of the member in the field "by".
func readBy(c *record.Collection, f *record.Field) []string {
	readers := []string{}
	for _, r := range c.Rules {
		through := r.Fields == nil && !slices.Contains(r.But, f.Name) ||
			slices.ContainsFunc(r.Fields, func(s record.Show) bool { return s.Field == f.Name })
		if name := r.Audience + strings.ToUpper(r.Of); through && !f.Private && !slices.Contains(readers, name) {
			readers = append(readers, name)
		}
	}
	return readers
}

// inOrder is a JSON object whose keys keep the order of their declaration.
type inOrder[T any] []named[T]

type named[T any] struct {
	name string
	is   T
}

func (o inOrder[T]) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, n := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, record.Text(n.name)...)
		b = append(b, ':')
		v, err := json.Marshal(n.is)
		if err != nil {
			return nil, err
		}
		b = append(b, v...)
	}
	return append(b, '}'), nil
}
