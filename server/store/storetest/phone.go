package storetest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A Phone is a device that numbers ops, keeps them, and pushes them as they stand
// in a frame. It forgets nothing.
type Phone struct {
	w      *World
	ID     string
	As     string
	Member string
	Offset time.Duration // the server's clock less the phone's
	Mode   store.Mode
	outbox []string // ops as JSON, from n = 1
	sent   int      // how many of them the server has acked
}

// Phone enrols a device of a member.
func (w *World) Phone(as string) *Phone {
	w.Helper()
	w.devices++
	sum := sha256.Sum256(fmt.Appendf(nil, "device %d", w.devices))
	p := &Phone{w: w, As: as, Member: w.Members[as], ID: base64.RawURLEncoding.EncodeToString(sum[:])}
	_, err := w.AddDevice(ctx, store.Device{ID: p.ID, DAT: w.DAT.Num, Member: p.Member, Name: "phone", Key: "{}"})
	w.must(err)
	return p
}

// Op numbers an op and puts it into the outbox. What is not said is filled in:
// base 0, schema 1, the phone's present time.
func (p *Phone) Op(op m) int64 {
	n := int64(len(p.outbox) + 1)
	full := m{
		"n": n, "base": 0, "schema": 1, "at": p.Now().Format(time.RFC3339Nano),
	}
	for k, v := range op {
		full[k] = v
	}
	p.outbox = append(p.outbox, string(p.w.json(full)))
	return n
}

// Now is what the phone's clock shows.
func (p *Phone) Now() time.Time { return p.w.Clock.Now().Add(-p.Offset) }

// Raw puts JSON into the outbox as it stands; it names n itself.
func (p *Phone) Raw(format string, args ...any) int64 {
	p.outbox = append(p.outbox, fmt.Sprintf(format, args...))
	return int64(len(p.outbox))
}

// View captures a view in the first service and gives its id.
func (p *Phone) View(set m) string {
	id := p.w.NewID()
	all := m{
		"service": p.w.Services[0], "method": "conv", "words": "The queue was long.", "share": "words",
	}
	for k, v := range set {
		if v == nil {
			delete(all, k)
		} else {
			all[k] = v
		}
	}
	p.Op(m{"c": "view", "r": id, "set": all})
	return id
}

// Push sends what is not acked yet and gives the results by n.
func (p *Phone) Push() map[int64]wire.Result {
	p.w.Helper()
	ack := p.PushFrom(p.sent + 1)
	if ack.Gap {
		p.w.Fatalf("the push has a gap, expected %d", ack.Expected)
	}
	p.sent = int(ack.Acked)
	out := map[int64]wire.Result{}
	for _, r := range ack.Results {
		out[r.N] = r
	}
	return out
}

// PushOne numbers one op, sends it, and gives its result.
func (p *Phone) PushOne(op m) wire.Result {
	p.w.Helper()
	n := p.Op(op)
	return p.Push()[n]
}

// Change numbers a change of a record as the phone holds it at base, sends it, and
// gives its result.
func (p *Phone) Change(collection, id string, base int64, op m) wire.Result {
	p.w.Helper()
	full := m{"c": collection, "r": id, "base": base}
	maps.Copy(full, op)
	return p.PushOne(full)
}

// Set changes a record that the phone holds in its latest state.
func (p *Phone) Set(collection, id string, set m) wire.Result {
	p.w.Helper()
	return p.Change(collection, id, p.w.V(collection, id), m{"set": set})
}

// PushFrom sends all ops from a number on.
func (p *Phone) PushFrom(n int) store.Ack {
	p.w.Helper()
	ack, err := p.TryPush(p.outbox[n-1:])
	p.w.must(err)
	return ack
}

// TryPush sends these ops.
func (p *Phone) TryPush(ops []string) (store.Ack, error) {
	p.w.Helper()
	return p.w.Push(ctx, store.Push{
		DAT: p.w.DAT.Num, Device: p.ID, Mode: p.Mode, Offset: p.Offset, Ops: p.w.Incoming(ops),
	})
}

// Incoming decodes ops as the server's connection does. A sealed op whose key is
// "open" opens to what stands behind "sealed", any other does not open.
func (w *World) Incoming(ops []string) []store.Incoming {
	w.Helper()
	frame := `{"t":"push","ops":[`
	for i, op := range ops {
		if i > 0 {
			frame += ","
		}
		frame += op
	}
	f, err := wire.DecodeClient([]byte(frame + "]}"))
	w.must(err)
	var out []store.Incoming
	for _, e := range f.(*wire.Push).Ops {
		in := store.Incoming{Envelope: e}
		raw := []byte(e.Raw)
		switch {
		case e.Void:
			out = append(out, in)
			continue
		case e.Sealed != "" && e.Key == "open":
			in.Plain, err = base64.RawURLEncoding.DecodeString(e.Sealed)
			w.must(err)
			raw = in.Plain
		case e.Sealed != "":
			in.Problem = &record.Problem{Code: record.Unopened, Message: "It does not open."}
			out = append(out, in)
			continue
		}
		in.Op, in.Problem = wire.DecodeOp(programme.Schema(), raw, e.N)
		out = append(out, in)
	}
	return out
}

// A Replica is what one reader holds, out of pages alone.
type Replica struct {
	w       *World
	Reader  store.Reader
	Cursor  string
	Records map[string]Held // by "c/r"
	Pages   int
}

// Held is one record of a replica.
type Held struct {
	C    string                     `json:"c"`
	R    string                     `json:"r"`
	V    int64                      `json:"v"`
	A    []string                   `json:"a"`
	F    map[string]json.RawMessage `json:"f"`
	K    map[string]json.RawMessage `json:"k"`
	Gone bool                       `json:"gone"`
	Out  bool                       `json:"out"`
}

// Replica gives an empty replica of a member's.
func (w *World) Replica(as string) *Replica {
	return &Replica{w: w, Reader: w.Reader(as), Records: map[string]Held{}}
}

// Page reads one page and stores it; it says whether there is another.
func (r *Replica) Page() bool {
	r.w.Helper()
	p, err := r.w.Read(ctx, r.Reader, r.Cursor)
	r.w.must(err)
	r.Reader.Again = nil
	return r.store(p)
}

func (r *Replica) store(p store.Page) bool {
	r.w.Helper()
	if p.Reset != "" {
		r.Records, r.Cursor = map[string]Held{}, ""
		return true
	}
	if p.After != r.Cursor {
		r.w.Fatalf("the page follows another cursor")
	}
	if len(p.Records) > wire.MaxPageBytes && p.Count > 1 || p.Count > wire.MaxPageRecords {
		r.w.Fatalf("a page of %d records, %d bytes", p.Count, len(p.Records))
	}
	r.Pages++
	for _, a := range p.Dropped {
		for key, h := range r.Records {
			for _, has := range h.A {
				if has == a {
					delete(r.Records, key)
				}
			}
		}
	}
	var records []Held
	r.w.must(json.Unmarshal(p.Records, &records))
	if len(records) != p.Count {
		r.w.Fatalf("the page says %d records and has %d", p.Count, len(records))
	}
	for _, h := range records {
		if key := h.C + "/" + h.R; h.Gone || h.Out {
			delete(r.Records, key)
		} else {
			r.Records[key] = h
		}
	}
	r.Cursor = p.Cursor
	if p.Sums != nil {
		r.sums(p.Sums)
	}
	return p.More
}

// Catch reads until nothing more is there.
func (r *Replica) Catch() *Replica {
	r.w.Helper()
	for r.Page() {
	}
	return r
}

// sums compares the sums of a page with those of what is held.
func (r *Replica) sums(sums map[string]string) {
	r.w.Helper()
	for a, want := range sums {
		var sum uint64
		for _, h := range r.Records {
			for _, has := range h.A {
				if has == a {
					b := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", h.C, h.R, h.V))
					for i := range 8 {
						sum += uint64(b[i]) << (56 - 8*i)
					}
				}
			}
		}
		if got := fmt.Sprint(sum); got != want {
			r.w.Fatalf("audience %s: the page's sum is %s, the replica's is %s", a, want, got)
		}
	}
}

// Get gives a record that the replica holds, and fails the test where it does not.
func (r *Replica) Get(collection, id string) Held {
	r.w.Helper()
	h, ok := r.Records[collection+"/"+id]
	if !ok {
		r.w.Fatalf("%s %s is not held", collection, id)
	}
	return h
}

// Has says whether it holds a record.
func (r *Replica) Has(collection, id string) bool {
	_, ok := r.Records[collection+"/"+id]
	return ok
}
