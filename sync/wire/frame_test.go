package wire

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

func TestAClientFrameThatIsTaken(t *testing.T) {
	now, _ := record.ParseTime("2026-11-24T09:30:00.25Z")
	for _, c := range []struct {
		name, raw string
		want      Frame
	}{
		{"a first hello", `{"t":"hello","access":"A","app":"1.0","schema":1,"epoch":null,"cursor":null,"now":"2026-11-24T09:30:00.25Z","holds":{"ops":3,"oldest":"2026-11-24T09:30:00.25Z","persisted":true,"trouble":"no_answer"}}`,
			&Hello{Access: "A", App: "1.0", Schema: 1, Reads: true, Now: now, Holds: Holds{3, now, true, "no_answer"}}},
		{"a later hello", `{"t":"hello","access":"A","app":"1","schema":1,"epoch":"E","cursor":"C","now":"2026-11-24T09:30:00.25Z","holds":{},"again":["desk"]}`,
			&Hello{Access: "A", App: "1", Schema: 1, Epoch: "E", Reads: true, Cursor: "C", Now: now, Again: []string{"desk"}}},
		{"one that only pushes", `{"t":"hello","access":"A","copied":true}`, &Hello{Access: "A", Copied: true}},
		{"members that are not known are passed over", `{"t":"hello","mood":{"a":[1]},"holds":{"ops":-4,"x":1,"trouble":"My own words"}}`,
			&Hello{Holds: Holds{Trouble: "other"}}},
		{"seen", `{"t":"seen","cursor":"C"}`, &Seen{"C"}},
		{"token", `{"access":"A","t":"token"}`, &Token{"A"}},
		{"ping", ` {"t":"ping"} `, &Ping{}},
		{"a push of nothing", `{"t":"push","ops":[]}`, &Push{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := DecodeClient([]byte(c.raw))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Fatalf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAPushGivesEachOpAsItStood(t *testing.T) {
	plain := `{ "at":"x","n":4, "set":{"a":"b"} }`
	sealed := `{"n":5,"key":"K","sealed":"AAAA"}`
	void := `{"n":6,"to":9,"void":true}`
	f, err := DecodeClient([]byte(`{"t":"push","ops":[` + plain + ` , ` + sealed + `,` + void + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	ops := f.(*Push).Ops
	for i, want := range []Envelope{
		{N: 4, To: 4, Raw: jsontext.Value(plain)},
		{N: 5, To: 5, Key: "K", Sealed: "AAAA", Raw: jsontext.Value(sealed)},
		{N: 6, To: 9, Void: true, Raw: jsontext.Value(void)},
	} {
		want.Hash = sha256.Sum256(want.Raw)
		if !reflect.DeepEqual(ops[i], want) {
			t.Errorf("%+v, want %+v", ops[i], want)
		}
	}
}

func TestWhatIsWrongInsideAnOpIsThatOpsOwnAffair(t *testing.T) {
	for _, op := range []string{
		`{"n":1,"set":{"a":1,"a":2}}`,
		"{\"n\":1,\"set\":{\"a\":\"\xff\"}}",
		`{"n":1,"c":"nothing"}`,
		`{"n":1}`,
		`{"n":1,"sealed":7}`,
		`{"n":1,"n":1}`,
	} {
		f, err := DecodeClient([]byte(`{"t":"push","ops":[` + op + `]}`))
		if err != nil {
			t.Errorf("%q: %v", op, err)
			continue
		}
		if _, p := DecodeOp(testSchema, f.(*Push).Ops[0].Raw, 1); p == nil {
			t.Errorf("%q was taken", op)
		}
	}
}

func TestAFrameThatIsNotTakenSaysHowTheConnectionEnds(t *testing.T) {
	deepOp := `{"n":1,"set":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`
	ops := func(n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"n":%d}`, i+1)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, raw string
		close     int
	}{
		{"not JSON", `hello`, CloseMalformed},
		{"nothing", ``, CloseMalformed},
		{"an array", `[]`, CloseMalformed},
		{"half an object", `{"t":"ping"`, CloseMalformed},
		{"two objects", `{"t":"ping"}{"t":"ping"}`, CloseMalformed},
		{"no kind", `{}`, CloseMalformed},
		{"a kind that is no text", `{"t":1}`, CloseMalformed},
		{"an unknown kind", `{"t":"pull"}`, CloseMalformed},
		{"a kind twice", `{"t":"ping","t":"ping"}`, CloseMalformed},
		{"a hello whose schema is text", `{"t":"hello","schema":"1"}`, CloseMalformed},
		{"a hello with a name twice", `{"t":"hello","app":"a","app":"b"}`, CloseMalformed},
		{"a hello whose clock is no time", `{"t":"hello","now":"soon"}`, CloseMalformed},
		{"seen of nothing", `{"t":"seen"}`, CloseMalformed},
		{"a token that is none", `{"t":"token","access":null}`, CloseMalformed},
		{"a push without ops", `{"t":"push"}`, CloseMalformed},
		{"ops that are no array", `{"t":"push","ops":{}}`, CloseMalformed},
		{"ops twice", `{"t":"push","ops":[],"ops":[]}`, CloseMalformed},
		{"an op that is no object", `{"t":"push","ops":[1]}`, CloseMalformed},
		{"an op without a number", `{"t":"push","ops":[{}]}`, CloseMalformed},
		{"an op numbered 0", `{"t":"push","ops":[{"n":0}]}`, CloseMalformed},
		{"an op numbered with text", `{"t":"push","ops":[{"n":"1"}]}`, CloseMalformed},
		{"an op with two numbers", `{"t":"push","ops":[{"n":1,"n":2}]}`, CloseMalformed},
		{"an op numbered beyond what every reader knows", `{"t":"push","ops":[{"n":9007199254740992}]}`, CloseMalformed},
		{"a void that ends before it begins", `{"t":"push","ops":[{"n":3,"to":2,"void":true}]}`, CloseMalformed},
		{"no UTF-8 beside the ops", "{\"t\":\"push\",\"ops\":[],\"x\":\"\xff\"}", CloseMalformed},
		{"no UTF-8 as a name", "{\"t\":\"push\",\"ops\":[],\"\xff\":1}", CloseMalformed},
		{"an op that nests too deep", `{"t":"push","ops":[` + deepOp + `]}`, CloseMalformed},
		{"a frame that nests too deep", `{"t":"ping","x":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat("}", 40) + `}`, CloseMalformed},
		{"a frame that nests without end", `{"t":"ping","x":` + strings.Repeat(`[`, 200_000), CloseMalformed},
		{"a frame that is too large", `{"t":"ping","x":"` + strings.Repeat("x", MaxFrame) + `"}`, CloseTooLarge},
		{"too many ops", `{"t":"push","ops":[` + ops(MaxOps+1) + `]}`, CloseTooLarge},
		{"an op that is too large", `{"t":"push","ops":[{"n":1,"x":"` + strings.Repeat("x", MaxOp) + `"}]}`, CloseTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := DecodeClient([]byte(c.raw))
			var fault *Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%+v, %v", f, err)
			}
			if fault.Close != c.close || fault.Message == "" {
				t.Fatalf("%v, want close %d", fault, c.close)
			}
		})
	}
	if _, err := DecodeClient([]byte(`{"t":"push","ops":[` + ops(MaxOps) + `]}`)); err != nil {
		t.Errorf("%d ops are within the limit: %v", MaxOps, err)
	}
}

func TestServerFramesComeBackAsTheyWere(t *testing.T) {
	now, _ := record.ParseTime("2026-11-24T09:30:00Z")
	for _, f := range []Frame{
		&Welcome{Epoch: "E", Acked: 3, Tip: "T", Safe: 2, Backed: true, Now: now, Audiences: []string{"desk", "team"}, Intake: Intake{"k", "P"}, Limits: Limits{500, 1 << 20, 4}},
		&Welcome{Epoch: "E", Now: now, Audiences: []string{}, Intake: Intake{"k", "P"}, Limits: Limits{500, 1 << 20, 4}},
		&Ack{Acked: 2, Safe: 1, Results: []Result{
			{N: 1, Status: record.Kept, Seq: 8},
			{N: 2, Status: record.Refused, Problem: &record.Problem{Code: "stale", Field: "role", Message: "Look \"again\"."}},
		}},
		&Changes{Records: jsontext.Value(`[{"c":"a","r":"b","v":1}]`), After: "A", Cursor: "C", More: true, Dropped: []string{"x"}, Sums: map[string]string{"team": "18446744073709551615", "desk": "0"}},
		&Changes{Records: jsontext.Value(`[]`), Cursor: "C"},
		&Reset{Reason: ResetEpoch},
		&Wipe{Reason: "revoked"},
		&Error{Code: CodeGap, Message: "Send again.", Expected: 4},
		&Error{Code: CodeUnavailable, Message: "Wait.", RetryAfter: 1.5},
		&Pong{Now: now},
	} {
		raw := f.Append(nil)
		got, err := DecodeServer(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if !reflect.DeepEqual(got, f) {
			t.Errorf("%s came back as %+v", raw, got)
		}
	}
}

func TestClientFramesComeBackAsTheyWere(t *testing.T) {
	now, _ := record.ParseTime("2026-11-24T09:30:00Z")
	for _, f := range []Frame{
		&Hello{Access: "A", App: "1", Schema: 1, Reads: true, Now: now},
		&Hello{Access: "A", App: "1", Schema: 1, Epoch: "E", Reads: true, Cursor: "C", Now: now, Holds: Holds{2, now, true, "gap"}, Again: []string{"a"}, Copied: true},
		&Seen{"C"}, &Token{"A"}, &Ping{},
	} {
		raw := f.Append(nil)
		got, err := DecodeClient(raw)
		if err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%s came back as %+v, %v", raw, got, err)
		}
	}
}

func TestAClientPassesOverWhatItDoesNotKnow(t *testing.T) {
	f, err := DecodeServer([]byte(`{"t":"tide","height":{"m":3}}`))
	if u, ok := f.(*Unknown); err != nil || !ok || u.T != "tide" {
		t.Fatal(f, err)
	}
	f, err = DecodeServer([]byte(`{"new":1,"t":"ack","acked":1,"safe":1,"results":[{"n":1,"status":"blessed","seq":4,"problem":null,"x":1}]}`))
	if err != nil || f.(*Ack).Results[0].Status != record.Applied {
		t.Fatal(f, err)
	}
	for _, raw := range []string{``, `[]`, `{}`, `{"t":"changes","cursor":"C"}`, `{"t":"welcome"}`, `{"t":"ack","acked":"1"}`} {
		if f, err := DecodeServer([]byte(raw)); !errors.Is(err, ErrFrame) {
			t.Errorf("%s gives %+v, %v", raw, f, err)
		}
	}
}

func TestTheMessagesOverHTTPAreTheSame(t *testing.T) {
	now, _ := record.ParseTime("2026-11-24T09:30:00Z")
	call := &Call{Hello: Hello{App: "1", Schema: 1, Reads: true, Now: now}, Push: &Push{Ops: []Envelope{{N: 1, To: 1, Raw: jsontext.Value(`{"n":1}`)}}}}
	call.Push.Ops[0].Hash = sha256.Sum256(call.Push.Ops[0].Raw)
	raw := call.Append(nil)
	got, err := DecodeCall(raw)
	if err != nil || !reflect.DeepEqual(got, call) {
		t.Fatalf("%s came back as %+v, %v", raw, got, err)
	}
	reply := &Reply{
		Welcome: &Welcome{Epoch: "E", Now: now, Audiences: []string{}}, Ack: &Ack{Acked: 1, Results: []Result{}},
		Changes: &Changes{Records: jsontext.Value(`[]`), Cursor: "C"}, Reset: &Reset{"cursor"}, Wipe: &Wipe{"revoked"}, Error: &Error{Code: "gap", Expected: 1},
	}
	raw = reply.Append(nil)
	back, err := DecodeReply(raw)
	if err != nil || !reflect.DeepEqual(back, reply) {
		t.Fatalf("%s came back as %+v, %v", raw, back, err)
	}
	for _, raw := range []string{``, `{}`, `{"push":{"ops":[]}}`, `{"hello":1}`, `{"hello":null}`, `{"hello":{},"push":[]}`, `{"hello":{},"push":{}}`, `{"hello":{},"hello":{}}`, `{"hello":{},"push":{"ops":[{"n":0}]}}`} {
		var fault *Fault
		if c, err := DecodeCall([]byte(raw)); !errors.As(err, &fault) {
			t.Errorf("%s gives %+v, %v", raw, c, err)
		}
	}
}

func TestRecordsComeOneByOne(t *testing.T) {
	page := `[{"c":"note","r":"1","v":4,"a":["team"],"f":{"title":"x"},"k":{"title":[{"value":"y","by":"m","at":"t","n":2,"device":"d"}]}},
		{"c":"note","r":"2","v":5,"gone":true},{"c":"note","r":"3","v":6,"out":true,"new":1}]`
	var got []byte
	count := 0
	err := DecodeRecords(jsontext.Value(page), func(r *Record) error {
		got = append(r.Append(got), '\n')
		count++
		return nil
	})
	if err != nil || count != 3 {
		t.Fatal(count, err)
	}
	want := `{"c":"note","r":"1","v":4,"a":["team"],"f":{"title":"x"},"k":{"title":[{"value":"y","by":"m","at":"t","n":2,"device":"d"}]}}
{"c":"note","r":"2","v":5,"gone":true}
{"c":"note","r":"3","v":6,"out":true}
`
	if string(got) != want {
		t.Fatalf("%s", got)
	}
	stop := errors.New("stop")
	if err := DecodeRecords(jsontext.Value(page), func(*Record) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	for _, bad := range []string{`{}`, `[1]`, `[{}]`, `[{"c":"a","r":"b","v":"1"}]`, `[{"c":"a","r":"b","v":1`} {
		if err := DecodeRecords(jsontext.Value(bad), func(*Record) error { return nil }); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// hundred is a push of a hundred ops of about 600 bytes.
func hundred() []byte {
	var b bytes.Buffer
	b.WriteString(`{"t":"push","ops":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.Replace(plainOp, `"n":7`, fmt.Sprintf(`"n":%d`, i+1), 1))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkDecodePushOf100(b *testing.B) {
	raw := hundred()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeClient(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodePageOf1000(b *testing.B) {
	page := &Changes{Cursor: "C", Records: jsontext.Value("[" + strings.Repeat(`{"c":"note","r":"`+id1+`","v":4,"a":["desk"],"f":{"title":"x","words":"`+strings.Repeat("word ", 90)+`"}},`, 999) + `{"c":"note","r":"2","v":5,"gone":true}]`)}
	raw := page.Append(nil)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeServer(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAckOf100(b *testing.B) {
	ack := &Ack{Acked: 100, Safe: 100}
	for n := range int64(100) {
		ack.Results = append(ack.Results, Result{N: n, Seq: n + 1000})
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = ack.Append(dst[:0])
	}
}

func TestAHelloKeepsNoMoreOfWhatItAsksAgainThanAMemberReads(t *testing.T) {
	many := strings.Repeat(`"team",`, 100_000)
	f, err := DecodeClient([]byte(`{"t":"hello","access":"A","cursor":null,"again":["` + strings.Repeat("x", 100_000) + `",` + many + `"desk"]}`))
	if err != nil {
		t.Fatal(err)
	}
	again := f.(*Hello).Again
	if len(again) == 0 || len(again) > 1000 || again[0] != "team" {
		t.Errorf("of 100,002 it keeps %d, the first %.10q", len(again), again[0])
	}
}
