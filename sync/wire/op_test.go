package wire

import (
	"strconv"
	"strings"
	"testing"

	"earshot/sync/record"
)

// opWith gives an op on the note with these members beside the usual ones.
func opWith(members string) string {
	return `{"at":"2026-11-24T09:30:00Z","c":"note","r":"` + id1 + `","base":3,"schema":1,` + members + `}`
}

func TestAnOpComesOutCanonical(t *testing.T) {
	for _, c := range []struct{ name, set, field, want string }{
		{"a string as it is", `"set":{"title":"Late"}`, "title", `"Late"`},
		{"a string is trimmed", `"set":{"title":" \t Late\u00a0\ufeff"}`, "title", `"Late"`},
		{"a string is in NFC", `"set":{"title":"Cafe\u0301"}`, "title", `"Café"`},
		{"needless escapes go", `"set":{"title":"\u004cate\/"}`, "title", `"Late/"`},
		{"needed escapes are the shortest", `"set":{"title":"a\u000ab\u0001"}`, "title", `"a\nb\u0001"`},
		{"an empty optional string is as null", `"set":{"words":"  "}`, "words", `null`},
		{"null clears what is optional", `"set":{"words":null}`, "words", `null`},
		{"a whole number", `"set":{"times":2.0e1}`, "times", `20`},
		{"a negative number", `"set":{"feeling":-2}`, "feeling", `-2`},
		{"no minus zero", `"set":{"feeling":-0}`, "feeling", `0`},
		{"a truth", `"set":{"asked":false}`, "asked", `false`},
		{"a day", `"set":{"due":"2028-02-29"}`, "due", `"2028-02-29"`},
		{"a time of any offset, in UTC", `"set":{"heard":"2026-11-24T10:30:00.500+01:00"}`, "heard", `"2026-11-24T09:30:00.5Z"`},
		{"one of its values", `"set":{"kind":"praise"}`, "kind", `"praise"`},
		{"one of its values, escaped", `"set":{"kind":"pr\u0061ise"}`, "kind", `"praise"`},
		{"an id in lower case", `"set":{"by":"` + strings.ToUpper(id2) + `"}`, "by", `"` + id2 + `"`},
		{"a narrowing", `"set":{"share":"team"}`, "share", `"team"`},
		{"a settled field", `"settle":{"title":"One"}`, "title", `"One"`},
		{"a redacted field", `"redact":{"words":"[removed]"}`, "words", `"[removed]"`},
		{"a redacted field without a value", `"redact":{"words":null}`, "words", `null`},
		{"an object, sorted, its strings trimmed", `"set":{"targets":{"views":2.50,"a":" x "}}`, "targets", `{"a":"x","views":2.5}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			op, p := DecodeOp(testSchema, []byte(opWith(c.set)), 1)
			if p != nil {
				t.Fatal(p)
			}
			if got := op.Change(c.field); got == nil || string(got.Value) != c.want {
				t.Fatalf("%s is %v, want %s", c.field, got, c.want)
			}
		})
	}
}

func TestValuesOfSetsAndLogsComeOutCanonicalAndOnce(t *testing.T) {
	for _, c := range []struct{ name, members, want string }{
		{"ids", `"add":{"themes":["` + id1 + `","` + strings.ToUpper(id1) + `"]}`, `["` + id1 + `"]`},
		{"texts", `"remove":{"marks":[" a","b"]}`, `["a" "b"]`},
		{"none", `"add":{"marks":[]}`, `[]`},
		{"entries", `"add":{"said":[{"text":" so ","view":"` + id2 + `","id":"` + id1 + `","by":"x","at":1}]}`,
			`[{"id":"` + id1 + `","text":"so","view":"` + id2 + `"}]`},
		{"ids of entries that fall", `"redact":{"said":["` + id1 + `"]}`, `["` + id1 + `"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			op, p := DecodeOp(testSchema, []byte(opWith(c.members)), 1)
			if p != nil {
				t.Fatal(p)
			}
			texts := make([]string, 0, 2)
			for _, v := range op.Changes[0].Values {
				texts = append(texts, string(v))
			}
			if got := "[" + strings.Join(texts, " ") + "]"; got != c.want {
				t.Fatalf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAnOpIsRefusedWhole(t *testing.T) {
	long := strings.Repeat("é", 21)
	many := `"` + id1[:35] + `0"`
	for i := 1; i <= MaxSet; i++ {
		many += `,"` + strconv.Itoa(10_000_000+i) + id1[8:] + `"`
	}
	for _, c := range []struct{ name, raw, code, field string }{
		{"not an object", `[]`, record.Malformed, ""},
		{"more than one value", opWith(`"set":{}`) + `{}`, record.Malformed, ""},
		{"a name twice", opWith(`"set":{"title":"a","title":"b"}`), record.Malformed, ""},
		{"a member twice", opWith(`"base":4`), record.Malformed, ""},
		{"a name twice, deep inside", opWith(`"set":{"targets":{"a":{"b":1,"b":1}}}`), record.Malformed, ""},
		{"no UTF-8", opWith("\"set\":{\"title\":\"a\xffb\"}"), record.Malformed, ""},
		{"half a surrogate pair", opWith(`"set":{"title":"\ud800"}`), record.Malformed, ""},
		{"a member that is not known", opWith(`"merge":{}`), record.Malformed, ""},
		{"sealed and plain at once", opWith(`"sealed":"AA"`), record.Malformed, ""},
		{"another number inside", opWith(`"n":2`), record.Malformed, "n"},
		{"no time", `{"c":"note","r":"` + id1 + `","set":{}}`, record.Malformed, "at"},
		{"a time that is none", `{"at":"yesterday","c":"note","r":"` + id1 + `"}`, record.Malformed, "at"},
		{"a time beyond all years", `{"at":"9999-12-31T23:59:59-10:00","c":"note","r":"` + id1 + `"}`, record.Malformed, "at"},
		{"no collection", `{"at":"2026-11-24T09:30:00Z","r":"` + id1 + `"}`, record.UnknownKind, "c"},
		{"an unknown collection", `{"at":"2026-11-24T09:30:00Z","c":"song","r":"` + id1 + `"}`, record.UnknownKind, "c"},
		{"no id", `{"at":"2026-11-24T09:30:00Z","c":"note","set":{}}`, record.WrongType, "r"},
		{"an id that is no UUID", `{"at":"2026-11-24T09:30:00Z","c":"note","r":"7"}`, record.WrongType, "r"},
		{"a base below 0", `{"at":"2026-11-24T09:30:00Z","c":"note","r":"` + id1 + `","base":-1}`, record.WrongType, "base"},
		{"a base with a fraction", `{"at":"2026-11-24T09:30:00Z","c":"note","r":"` + id1 + `","base":1.5}`, record.WrongType, "base"},
		{"a schema that is none", `{"at":"2026-11-24T09:30:00Z","c":"note","r":"` + id1 + `","schema":"1"}`, record.WrongType, "schema"},
		{"a verb that is no object", opWith(`"set":[]`), record.WrongType, "set"},
		{"an unknown field", opWith(`"set":{"colour":"red"}`), record.UnknownField, "colour"},
		{"an unknown field that looks like words", opWith(`"set":{"I said this":1}`), record.UnknownField, "other"},
		{"the wrong type", opWith(`"set":{"title":7}`), record.WrongType, "title"},
		{"too long, in code points", opWith(`"set":{"title":"` + long + `"}`), record.TooLong, "title"},
		{"null for what is required", opWith(`"set":{"title":null}`), record.MissingField, "title"},
		{"nothing left of what is required", opWith(`"set":{"title":" \u2003"}`), record.MissingField, "title"},
		{"null for a step", opWith(`"set":{"review":null}`), record.MissingField, "review"},
		{"a number that is too small", opWith(`"set":{"times":0}`), record.WrongType, "times"},
		{"a number that is too large", opWith(`"set":{"times":501}`), record.WrongType, "times"},
		{"a number as text", opWith(`"set":{"times":"1"}`), record.WrongType, "times"},
		{"a truth as a number", opWith(`"set":{"asked":1}`), record.WrongType, "asked"},
		{"a day that is none", opWith(`"set":{"due":"2026-02-30"}`), record.WrongType, "due"},
		{"a time without an offset", opWith(`"set":{"heard":"2026-11-24T09:30:00"}`), record.WrongType, "heard"},
		{"a value that is not one of them", opWith(`"set":{"kind":"gap"}`), record.WrongType, "kind"},
		{"a reference that is no id", opWith(`"set":{"by":"CODE"}`), record.WrongType, "by"},
		{"set on a set", opWith(`"set":{"themes":["` + id1 + `"]}`), record.WrongKind, "themes"},
		{"add on a register", opWith(`"add":{"title":["a"]}`), record.WrongKind, "title"},
		{"remove on a log", opWith(`"remove":{"said":["` + id1 + `"]}`), record.WrongKind, "said"},
		{"settle on a field that narrows", opWith(`"settle":{"share":"team"}`), record.WrongKind, "share"},
		{"one value for a set", opWith(`"add":{"themes":"` + id1 + `"}`), record.WrongType, "themes"},
		{"an empty value in a set", opWith(`"add":{"marks":[" "]}`), record.WrongType, "marks"},
		{"too many values", opWith(`"add":{"themes":[` + many + `]}`), record.TooManyValues, "themes"},
		{"an entry without text", opWith(`"add":{"said":[{"id":"` + id1 + `"}]}`), record.WrongType, "said"},
		{"an entry with a key too many", opWith(`"add":{"said":[{"id":"` + id1 + `","text":"a","mood":1}]}`), record.UnknownField, "said"},
		{"an object of another shape", opWith(`"set":{"targets":[]}`), record.WrongType, "targets"},
		{"an object that is a string", opWith(`"set":{"targets":"x"}`), record.WrongType, "targets"},
		{"an object that is too large", opWith(`"set":{"targets":{"a":"` + strings.Repeat("x", MaxObject) + `"}}`), record.TooLong, "targets"},
		{"set and settled at once", opWith(`"set":{"title":"a"},"settle":{"title":"b"}`), record.Malformed, "title"},
		{"a receipt without withdraw", opWith(`"receipt":"PINE-RIVER-LAMP-42"`), record.WrongType, "receipt"},
		{"withdraw that is no truth", opWith(`"withdraw":"yes"`), record.WrongType, "withdraw"},
		{"what a newer app knows", `{"at":"2026-11-24T09:30:00Z","c":"song","r":"` + id1 + `","schema":2}`, record.NewerSchema, "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			op, p := DecodeOp(testSchema, []byte(c.raw), 1)
			if p == nil {
				t.Fatalf("taken: %+v", op)
			}
			if p.Code != c.code || p.Field != c.field {
				t.Fatalf("%s %q, want %s %q (%s)", p.Code, p.Field, c.code, c.field, p.Message)
			}
			if p.Message == "" {
				t.Fatal("it does not say what to do")
			}
		})
	}
}

func TestWithdrawIsTakenWhateverElseTheOpSays(t *testing.T) {
	op, p := DecodeOp(testSchema, []byte(opWith(`"withdraw":true,"set":{"title":"a"}`)), 1)
	if p != nil || !op.Withdraw || len(op.Changes) != 0 {
		t.Fatal(op, p)
	}
}

func TestAReceiptWithdrawalNeedsNoRecord(t *testing.T) {
	op, p := DecodeOp(testSchema, []byte(`{"at":"2026-11-24T09:30:00Z","c":"note","receipt":" PINE-RIVER-LAMP-42 ","withdraw":true}`), 9)
	if p != nil || op.Receipt != "PINE-RIVER-LAMP-42" || op.ID != "" || op.N != 9 {
		t.Fatal(op, p)
	}
}

func TestTheCollectionMayStandBehindTheVerbs(t *testing.T) {
	op, p := DecodeOp(testSchema, []byte(`{"set":{"title":"a"},"r":"`+id1+`","at":"2026-11-24T09:30:00Z","c":"note"}`), 1)
	if p != nil || op.Change("title").Value != `"a"` {
		t.Fatal(op, p)
	}
}

func TestWhatIsEncodedDecodesToTheSame(t *testing.T) {
	for _, raw := range []string{
		plainOp,
		opWith(`"n":7,"settle":{"title":"a"},"redact":{"words":null},"remove":{"marks":["a"]}`),
		opWith(`"n":7,"add":{"said":[{"id":"` + id1 + `","text":"a"}]},"set":{"words":null}`),
		opWith(`"n":7,"withdraw":true`),
		`{"n":7,"at":"2026-11-24T09:30:00Z","c":"note","receipt":"A-B-C-12","withdraw":true}`,
	} {
		op, p := DecodeOp(testSchema, []byte(raw), 7)
		if p != nil {
			t.Fatal(raw, p)
		}
		once := EncodeOp(op)
		again, p := DecodeOp(testSchema, once, 7)
		if p != nil {
			t.Fatalf("%s: %v", once, p)
		}
		if twice := EncodeOp(again); string(twice) != string(once) {
			t.Fatalf("%s, then %s", once, twice)
		}
	}
}

func BenchmarkDecodeOp(b *testing.B) {
	raw := []byte(plainOp)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, p := DecodeOp(testSchema, raw, 7); p != nil {
			b.Fatal(p)
		}
	}
}
