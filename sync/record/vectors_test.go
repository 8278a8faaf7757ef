package record

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
)

// The shared cases of sync/vectors: what they say is here read as README.md
// there says, and nothing is known of how Apply and Lay come to it.

type vectorWriter struct {
	Device, Member, Role string
	Services             []string
	Server               bool
}

func (w vectorWriter) writer() Writer {
	return Writer{Device: w.Device, Member: w.Member, Role: w.Role, Services: w.Services, Server: w.Server}
}

type vectorRecord struct {
	V    int64
	Gone bool
	F, K json.RawMessage
}

type vectorCase struct {
	Name, Holds, Collection string
	vectorWriter
	Ops    []json.RawMessage
	Record *vectorRecord
	Shows  *vectorRecord
	Reads  map[string][]string
}

type vectorFile struct {
	Collections map[string]vectorCollection
	Readers     map[string][]string
	Cases       []vectorCase
}

type vectorCollection struct {
	By         string
	Service    string
	MadeBy     []string `json:"made_by"`
	ChangedBy  []string `json:"changed_by"`
	WithdrawBy []string `json:"withdraw_by"`
	Fields     []struct {
		Name, Kind, Type, Target, Fill        string
		Values                                []string
		Required, Redactable, Deciding, Stale bool
		Private                               bool
		Default                               json.RawMessage
		SetBy                                 []string `json:"set_by"`
		Steps                                 []Step
		Entry                                 []struct {
			Name   string
			ReadBy []string `json:"read_by"`
		}
	}
	Rules []Rule
}

func readVectors(t *testing.T, name string) (*vectorFile, *Schema) {
	t.Helper()
	text, err := os.ReadFile("../vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []*Collection
	for name, v := range file.Collections {
		all = append(all, v.collection(t, name))
	}
	s := NewSchema(1, all...)
	if file.Readers != nil {
		s.AudiencesOf = file.audiences
	}
	return &file, s
}

// audiences fills in who "$member" is, and each "$service".
func (f *vectorFile) audiences(w Writer) []string {
	var out []string
	for _, a := range f.Readers[w.Role] {
		if kind, ok := strings.CutSuffix(a, "$service"); ok {
			for _, s := range w.Services {
				out = append(out, kind+s)
			}
			continue
		}
		out = append(out, strings.Replace(a, "$member", w.Member, 1))
	}
	return out
}

func (v vectorCollection) collection(t *testing.T, name string) *Collection {
	c := &Collection{
		Name: name, By: v.By, Service: v.Service, Rules: v.Rules,
		MadeBy: v.MadeBy, ChangedBy: v.ChangedBy, WithdrawBy: v.WithdrawBy,
	}
	for _, f := range v.Fields {
		g := Field{
			Name: f.Name, Values: f.Values, Target: f.Target, Fill: f.Fill, Required: f.Required,
			Redactable: f.Redactable, Deciding: f.Deciding, Stale: f.Stale, Private: f.Private,
			SetBy: f.SetBy, Steps: f.Steps, Default: canon(t, f.Default),
		}
		for g.Kind = Register; g.Kind.String() != f.Kind; g.Kind++ {
		}
		for g.Type = String; g.Type.String() != f.Type; g.Type++ {
		}
		for _, e := range f.Entry {
			g.Entry = append(g.Entry, EntryKey{Name: e.Name, ReadBy: e.ReadBy})
		}
		c.Fields = append(c.Fields, g)
	}
	return c
}

// canon gives the canonical text of JSON that holds no number but integers and
// no key beyond ASCII, which is all that these files hold.
func canon(t *testing.T, raw json.RawMessage) Value {
	t.Helper()
	if len(raw) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return Value(strings.TrimSpace(b.String()))
}

func vectorOp(t *testing.T, s *Schema, raw json.RawMessage) *Op {
	t.Helper()
	var v struct {
		N, Base             int64
		Schema              int
		At, C, R            string
		Set, Settle, Redact map[string]json.RawMessage
		Add, Remove         map[string][]json.RawMessage
		Withdraw            bool
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	op := &Op{N: v.N, Base: v.Base, Schema: v.Schema, ID: v.R, Collection: s.Collection(v.C), Withdraw: v.Withdraw}
	if v.At != "" {
		op.At = vectorTime(t, v.At)
	}
	for verb, fields := range map[Verb]map[string]json.RawMessage{SetTo: v.Set, Settle: v.Settle, Redact: v.Redact} {
		for name, raw := range fields {
			op.Changes = append(op.Changes, Change{Field: op.Collection.Field(name), Verb: verb, Value: canon(t, raw)})
		}
	}
	for verb, fields := range map[Verb]map[string][]json.RawMessage{Add: v.Add, Remove: v.Remove} {
		for name, raws := range fields {
			c := Change{Field: op.Collection.Field(name), Verb: verb}
			for _, raw := range raws {
				c.Values = append(c.Values, canon(t, raw))
			}
			op.Changes = append(op.Changes, c)
		}
	}
	slices.SortFunc(op.Changes, func(a, b Change) int { return a.Field*8 + int(a.Verb) - b.Field*8 - int(b.Verb) })
	return op
}

func vectorTime(t *testing.T, s string) Time {
	t.Helper()
	at, err := ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestMergeVectors(t *testing.T) {
	file, s := readVectors(t, "merge.json")
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			rec := playVector(t, s, c.Ops)
			switch {
			case c.Record == nil:
				if rec != nil {
					t.Fatalf("there is a record: %s", describe(rec))
				}
				return
			case rec == nil:
				t.Fatal("there is no record")
			case rec.V != c.Record.V || rec.Gone != c.Record.Gone:
				t.Errorf("v %d, gone %v; want %d, %v", rec.V, rec.Gone, c.Record.V, c.Record.Gone)
			}
			if c.Record.Gone {
				return
			}
			sameText(t, "f", AppendFields(nil, rec, rec.Collection.plan.everything), c.Record.F)
			sameText(t, "k", AppendLosers(nil, rec, ^Mask(0)), c.Record.K)
			for audience, want := range c.Reads {
				readsVector(t, rec, audience, want)
			}
		})
	}
}

func playVector(t *testing.T, s *Schema, ops []json.RawMessage) *Record {
	var rec *Record
	seq := int64(0)
	for i, raw := range ops {
		var step struct {
			vectorWriter
			Time, Status, Code, Field string
			Waits                     bool
			Op                        json.RawMessage
		}
		if err := json.Unmarshal(raw, &step); err != nil {
			t.Fatal(err)
		}
		r := Apply(rec, vectorOp(t, s, step.Op), step.writer(), Arrival{Seq: seq + 1, Time: vectorTime(t, step.Time)})
		p := r.Problem
		if p == nil {
			p = &Problem{}
		}
		if r.Status.String() != step.Status || r.Waits != step.Waits || p.Code != step.Code || step.Field != "" && p.Field != step.Field {
			t.Errorf("op %d: %v, waits %v, %v %v; want %s, waits %v, %s %s",
				i+1, r.Status, r.Waits, p.Code, p.Field, step.Status, step.Waits, step.Code, step.Field)
		}
		if r.Record != nil {
			rec, seq = r.Record, seq+1
		}
	}
	return rec
}

func readsVector(t *testing.T, rec *Record, audience string, want []string) {
	t.Helper()
	m, in := grantOf(rec, audience)
	if in != (want != nil) {
		t.Errorf("%s is in: %v", audience, in)
		return
	}
	var f map[string]any
	if err := json.Unmarshal(AppendFields(nil, rec, m), &f); err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for name := range f {
		got = append(got, name)
	}
	if sort.Strings(got); in && !slices.Equal(got, want) {
		t.Errorf("%s reads %v, want %v", audience, got, want)
	}
}

func sameText(t *testing.T, what string, got []byte, want json.RawMessage) {
	t.Helper()
	if w := canon(t, want); string(got) != string(w) {
		t.Errorf("%s\n got %s\nwant %s", what, got, w)
	}
}

func TestLayVectors(t *testing.T) {
	file, s := readVectors(t, "lay.json")
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			col := s.Collection(c.Collection)
			var rec *Record
			if c.Record != nil {
				rec = &Record{Collection: col, V: c.Record.V}
				var err error
				if rec.Fields, err = ParseFields(col, []byte(canon(t, c.Record.F))); err != nil {
					t.Fatal(err)
				}
				if err := ParseLosers(rec, []byte(canon(t, c.Record.K))); err != nil {
					t.Fatal(err)
				}
			}
			for _, raw := range c.Ops {
				rec = Lay(rec, vectorOp(t, s, raw), c.writer())
			}
			if c.Shows == nil {
				if rec != nil && !rec.Gone {
					t.Fatalf("it shows %s", describe(rec))
				}
				return
			}
			if rec == nil || rec.Gone {
				t.Fatal("it shows nothing")
			}
			sameText(t, "f", AppendFields(nil, rec, ^Mask(0)), c.Shows.F)
			sameText(t, "k", AppendLosers(nil, rec, ^Mask(0)), c.Shows.K)
		})
	}
}
