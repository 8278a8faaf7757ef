package live

import (
	"github.com/go-json-experiment/json"

	"earshot/server/store"
	"earshot/sync/wire"
)

// A holding is what a device said in its hello that it holds, kept up as it hands
// that in: the desk is to see which phones are stuck, and not what one had before it
// said so.
type holding struct {
	store  *store.Store
	device string
	ops    int    // that still wait
	said   string // now, as JSON
	none   string // once nothing waits
}

// holds notes a contact with a device, and what it said.
func (l *Live) holds(device string, h *wire.Hello) holding {
	empty := *h
	empty.Holds.Ops, empty.Holds.Oldest = 0, 0
	o := holding{store: l.store, device: device, ops: h.Holds.Ops, said: holdsJSON(h), none: holdsJSON(&empty)}
	o.again()
	return o
}

// again notes a contact with the device after that.
func (o *holding) again() { o.store.Seen(o.device, o.said) }

// handedIn notes that ops came; it costs something with the last of those that
// waited alone.
func (o *holding) handedIn(ops int) {
	if o.ops == 0 {
		return
	}
	if o.ops = max(0, o.ops-ops); o.ops == 0 {
		o.said = o.none
		o.again()
	}
}

// holdsJSON is what a device says of itself, for the desk. What could be a text
// of any kind is kept only where it looks like a code.
func holdsJSON(h *wire.Hello) string {
	about := struct {
		Ops       int     `json:"ops"`
		Oldest    *string `json:"oldest"`
		Persisted bool    `json:"persisted"`
		Trouble   *string `json:"trouble"`
		App       string  `json:"app,omitempty"`
	}{Ops: h.Holds.Ops, Persisted: h.Holds.Persisted}
	if h.Holds.Oldest != 0 {
		about.Oldest = new(h.Holds.Oldest.String())
	}
	if codeLike(h.Holds.Trouble) {
		about.Trouble = &h.Holds.Trouble
	}
	if codeLike(h.App) {
		about.App = h.App
	}
	text, err := json.Marshal(about)
	if err != nil {
		return ""
	}
	return string(text)
}

func codeLike(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '_', c == '-', c == '.', c == ':', c == '/', c == '+':
		default:
			return false
		}
	}
	return true
}
