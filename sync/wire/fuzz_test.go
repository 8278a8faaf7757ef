package wire

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// The seeds are in testdata/fuzz; a seed that failed once stays there.

func FuzzDecodeClient(f *testing.F) {
	f.Add(hundred())
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := DecodeClient(data)
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) || fault.Close != CloseMalformed && fault.Close != CloseTooLarge {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if !jsontext.Value(data).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
			t.Fatal("what is no JSON was taken")
		}
		push, ok := frame.(*Push)
		if !ok {
			again, err := DecodeClient(frame.Append(nil))
			if err != nil || again.Kind() != frame.Kind() {
				t.Fatalf("%s does not come back: %v", frame.Append(nil), err)
			}
			return
		}
		if len(push.Ops) > MaxOps {
			t.Fatal("too many ops")
		}
		for _, e := range push.Ops {
			if e.N < 1 || e.To < e.N || len(e.Raw) > MaxOp || !bytes.Contains(data, e.Raw) {
				t.Fatalf("%+v", e)
			}
			if p, _ := DecodeOp(testSchema, e.Raw, e.N); p != nil && !utf8.Valid(e.Raw) {
				t.Fatal("an op that is no UTF-8 was taken")
			}
		}
	})
}

func FuzzDecodeCall(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		call, err := DecodeCall(data)
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if call.Push != nil && len(call.Push.Ops) > 0 && !utf8.Valid(data) {
			return // an op holds what can't be written again as it was
		}
		if _, err := DecodeCall(call.Append(nil)); err != nil {
			t.Fatalf("%s does not come back: %v", call.Append(nil), err)
		}
	})
}

func FuzzDecodeServer(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := DecodeServer(data)
		if err != nil {
			if !errors.Is(err, ErrFrame) {
				t.Fatal(err)
			}
			return
		}
		if c, ok := frame.(*Changes); ok {
			_ = DecodeRecords(c.Records, func(r *Record) error {
				if again, err := DecodeRecord(r.Append(nil)); err != nil || again.ID != r.ID {
					t.Fatalf("%s does not come back: %v", r.Append(nil), err)
				}
				return nil
			})
		}
		if again, err := DecodeServer(frame.Append(nil)); err != nil || again.Kind() != frame.Kind() {
			t.Fatalf("%s does not come back: %v", frame.Append(nil), err)
		}
	})
}

func FuzzDecodeReply(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		reply, err := DecodeReply(data)
		if err != nil {
			return
		}
		if _, err := DecodeReply(reply.Append(nil)); err != nil {
			t.Fatalf("%s does not come back: %v", reply.Append(nil), err)
		}
	})
}

func FuzzDecodeOp(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		op, p := DecodeOp(testSchema, data, 7)
		if p != nil {
			if p.Code == "" || p.Message == "" {
				t.Fatalf("%+v says nothing", p)
			}
			return
		}
		if !utf8.Valid(data) {
			t.Fatal("what is no UTF-8 was taken")
		}
		once := EncodeOp(op)
		again, p := DecodeOp(testSchema, once, 7)
		if p != nil {
			t.Fatalf("%s does not come back: %v", once, p)
		}
		if twice := EncodeOp(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s, then %s", once, twice)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Canonical(data)
		if err != nil {
			return
		}
		if again, err := Canonical([]byte(v)); err != nil || again != v {
			t.Fatalf("%s is not its own canonical form: %s, %v", v, again, err)
		}
		if !jsontext.Value(v).IsValid() {
			t.Fatalf("%s is no JSON", v)
		}
	})
}

func FuzzOpen(f *testing.F) {
	_, o := sealing(f)
	f.Fuzz(func(t *testing.T, key, sealed string, n int64) {
		if op, p := o.Open(key, "d", n, sealed); p == nil || p.Code != record.Unopened || op != nil {
			t.Fatalf("it opened: %s", op)
		}
	})
}
