package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
)

// A cursor says how far a reader has read, and stands for the reader's whole
// state on the server: a break anywhere is picked up from it.
//
// One number, Top, covers what is new: everything up to it has been delivered,
// for every audience that Rules names. What was there before an audience was
// first read comes beside that, as a fill: a snapshot of everything up to the Top
// of the moment it began. A record that changes meanwhile moves beyond Top, so it
// comes live, and the fill does not meet it again.
type cursor struct {
	Epoch string            `json:"e"`
	DAT   int64             `json:"d"`
	Top   int64             `json:"t"`
	Rules map[string]string `json:"r"` // audience: hash of its mask rules
	Fills []fill            `json:"f,omitempty"`
}

// A fill is the first read of some audiences.
type fill struct {
	Audiences []string `json:"a"`
	Phase     int      `json:"p"`
	Upto      int64    `json:"u"` // the snapshot: seqs up to this one
	At        int64    `json:"s"` // how far the phase has come
}

// The phases of a fill: the small collections in the order of their seq, then
// the rest newest first, then what is gone.
const (
	phaseSmall = iota
	phaseRest
	phaseGone
	phases
)

func (c *cursor) String() string {
	b, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		panic("store: a cursor can't be written down: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor reads a cursor back. Anything else than what String wrote is an error.
func parseCursor(text string) (*cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	c := &cursor{}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, err
	}
	// Each audience is read by one fill at most, so a made-up cursor can't ask for more reading than there is.
	filled := map[string]bool{}
	for i := range c.Fills {
		f := &c.Fills[i]
		if f.Phase < 0 || f.Phase >= phases || f.Upto > c.Top || len(f.Audiences) == 0 {
			return nil, errBroken
		}
		for _, a := range f.Audiences {
			if _, ok := c.Rules[a]; !ok || filled[a] {
				return nil, errBroken
			}
			filled[a] = true
		}
	}
	return c, nil
}

// give writes a cursor for a member, signed: with one that is made up they would be
// told what had left an audience before they came to be in it.
func (s *Store) give(member string, c *cursor) string {
	text := c.String()
	if len(s.o.CursorKey) == 0 {
		return text
	}
	return text + "." + s.signature(member, text)
}

// take reads a cursor that was given to a member.
func (s *Store) take(member, text string) (*cursor, error) {
	if len(s.o.CursorKey) > 0 {
		said, signed, _ := strings.Cut(text, ".")
		if !hmac.Equal([]byte(signed), []byte(s.signature(member, said))) {
			return nil, errBroken
		}
		text = said
	}
	return parseCursor(text)
}

func (s *Store) signature(member, text string) string {
	mac := hmac.New(sha256.New, s.o.CursorKey)
	mac.Write([]byte(member + "|" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// beginFill starts the first read of audiences.
func (c *cursor) beginFill(audiences []string) {
	c.Fills = append(c.Fills, fill{Audiences: audiences, Phase: phaseSmall, Upto: c.Top})
}

// agree makes the cursor one of these audiences, as their rules are now, and gives
// the audiences that the reader forgets first. A lost audience, or one whose
// masks have changed, lets all of them fall: a record may be held through several,
// and what is read again is right.
func (c *cursor) agree(schema *record.Schema, audiences, again []string, seq int64) (dropped []string) {
	rules := map[string]string{}
	for _, a := range audiences {
		rules[a] = schema.MaskRule(a)
	}
	for a, rule := range c.Rules {
		if now, ok := rules[a]; !ok || now != rule {
			dropped = make([]string, 0, len(c.Rules))
			for a := range c.Rules {
				dropped = append(dropped, a)
			}
			slices.Sort(dropped)
			c.Top, c.Rules, c.Fills = seq, rules, nil
			if len(audiences) > 0 {
				c.beginFill(slices.Clone(audiences))
			}
			return dropped
		}
	}
	var fresh []string
	for _, a := range audiences {
		if _, ok := c.Rules[a]; !ok {
			fresh = append(fresh, a)
		}
	}
	for _, a := range again {
		if _, ok := c.Rules[a]; ok && !slices.Contains(dropped, a) {
			dropped = append(dropped, a)
		}
	}
	slices.Sort(dropped)
	for i := range c.Fills {
		c.Fills[i].Audiences = slices.DeleteFunc(c.Fills[i].Audiences, func(a string) bool { return slices.Contains(dropped, a) })
	}
	c.Fills = slices.DeleteFunc(c.Fills, func(f fill) bool { return len(f.Audiences) == 0 })
	c.Rules = rules
	if fresh = append(fresh, dropped...); len(fresh) > 0 {
		c.beginFill(fresh)
	}
	return dropped
}

// nextFill gives the fill to go on with: the one in the earliest phase, so that
// what a desk needs first comes first, also of an audience that came later.
func (c *cursor) nextFill() *fill {
	var best *fill
	for i := range c.Fills {
		if f := &c.Fills[i]; best == nil || f.Phase < best.Phase {
			best = f
		}
	}
	return best
}

// endPhase goes on to the next phase of a fill, and forgets one that has ended.
func (c *cursor) endPhase(f *fill) {
	f.Phase++
	f.At = 0
	if f.Phase == phases {
		done := slices.IndexFunc(c.Fills, func(o fill) bool { return o.Phase == phases })
		c.Fills = slices.Delete(c.Fills, done, done+1)
	}
}
