package rig

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// said is what the made-up people of a benchmark say: about 430 bytes, so that an op is about 600.
const said = "They were kind at the desk and I was not made to wait, but the van comes on Tuesday and Thursday alone, and by Friday " +
	"there is nothing left. My mate walked in to town for needles and they were shut by the time he got there. If somebody could " +
	"open one evening, or leave a box with the hostel, people would use it. Nobody ever asked us before, so thank you for writing " +
	"this down, and please come back and say what they make of it."

// Views makes ops that make views, as a volunteer's phone does.
type Views struct {
	Services []string // ids
	Themes   []string
	Random   *rand.Rand
	Now      time.Time
}

// Op gives the JSON of one op without its number, and the id of the view that it makes.
func (v Views) Op(words string) (op []byte, id string) {
	id = weekID(v.Now, v.Random)
	said, err := json.Marshal(words)
	if err != nil {
		panic("rig: a string is always JSON: " + err.Error())
	}
	// Put together by hand: what the phones of a benchmark cost is taken from the
	// same two cores as what the server costs.
	op = fmt.Appendf(make([]byte, 0, len(said)+400),
		`{"at":"%s","c":"view","r":"%s","base":0,"schema":1,"set":{"service":"%s","method":"nxc","words":%s,`+
			`"share":"words","speaker":"user","consent":1,"asked":"yes"},"add":{"themes":["%s"]}}`,
		v.Now.UTC().Format("2006-01-02T15:04:05.000Z"), id, v.Services[v.Random.IntN(len(v.Services))],
		said, v.Themes[v.Random.IntN(len(v.Themes))])
	return op, id
}

// Words gives made-up words, each time others.
func (v Views) Words() string {
	return fmt.Sprintf("%s (%d)", said, v.Random.Uint32())
}

// weekID makes a UUIDv7 whose time bits are the start of its ISO week, the rest
// random: an id tells no more than the week (domain.md, view).
func weekID(now time.Time, random *rand.Rand) string {
	now = now.UTC()
	monday := now.AddDate(0, 0, -(int(now.Weekday())+6)%7).Truncate(24 * time.Hour)
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(monday.UnixMilli())<<16|random.Uint64()&0xffff)
	binary.BigEndian.PutUint64(id[8:], random.Uint64())
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// Numbered gives an op with its number.
func Numbered(n int64, op []byte) []byte {
	return append([]byte(`{"n":`+strconv.FormatInt(n, 10)+`,`), op[1:]...)
}

// PushFrame gives the frame that pushes these ops.
func PushFrame(ops ...[]byte) []byte {
	var frame strings.Builder
	frame.WriteString(`{"t":"push","ops":[`)
	for i, op := range ops {
		if i > 0 {
			frame.WriteByte(',')
		}
		frame.Write(op)
	}
	frame.WriteString(`]}`)
	return []byte(frame.String())
}
