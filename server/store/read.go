package store

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// deskAudience is the audience whose readers learn who wrote a kept value, and
// when. Whoever else may settle a field is sent the values alone.
const deskAudience = "desk"

// Read gives the page after a cursor ("": nothing is held) of at most 1,000
// records or 512 KiB, and of at least one record where there is one.
func (s *Store) Read(ctx context.Context, r Reader, after string) (Page, error) {
	var p Page
	err := s.read(ctx, func(v *snapshot) error {
		var err error
		p, err = v.page(ctx, r, after)
		return err
	})
	return p, err
}

func (v *snapshot) page(ctx context.Context, r Reader, after string) (Page, error) {
	p := Page{After: after, Cursor: after, Records: []byte("[]")}
	seq, stale, err := v.state(r)
	if stale || err != nil {
		return Page{Stale: stale}, err
	}
	c := &cursor{Epoch: v.s.epoch, DAT: r.DAT, Top: seq}
	if after != "" {
		if c, err = v.s.take(r.Member, after); err != nil || c.DAT != r.DAT {
			return Page{Reset: wire.ResetCursor}, nil
		}
		if c.Epoch != v.s.epoch {
			return Page{Reset: wire.ResetEpoch}, nil
		}
		if c.Top > seq {
			return Page{Reset: wire.ResetCursor}, nil
		}
	}
	if p.Dropped = c.agree(v.s.kinds.schema, r.Audiences, r.Again, seq); p.Dropped != nil {
		// What is dropped and what replaces it never share a page: a client that
		// stores first and drops then would lose it.
		p.Cursor, p.More = v.s.give(r.Member, c), true
		return p, nil
	}
	b, err := v.builder(r)
	if err != nil {
		return Page{}, err
	}
	b.cursor, b.writer = c, record.Writer{Member: r.Member, Role: r.Role, Services: r.Services}
	b.out, b.desk = r.Into[:0], slices.Contains(r.Audiences, deskAudience)
	if err := b.build(ctx, seq); err != nil {
		return Page{}, err
	}
	if b.count > 0 {
		p.Records = append(b.out, ']')
	}
	p.Count, p.Cursor, p.More = b.count, v.s.give(r.Member, c), b.full || len(c.Fills) > 0
	if r.Sums && !p.More {
		p.Sums, err = b.sums()
	}
	return p, err
}

// state gives a DAT's last seq, and whether the reader is no more who they were.
// It is of the same state as the records: whoever lost the sight of something in one
// commit is sent nothing of it that came in the same one.
func (v *snapshot) state(r Reader) (seq int64, stale bool, err error) {
	row, err := v.one(`SELECT seq, (SELECT v FROM records WHERE id = ?2 AND kind = ?3 AND dat = ?1),
		(SELECT revoked > 0 OR expires > 0 AND expires <= ?5 FROM devices WHERE id = ?4) FROM dats WHERE num = ?1`,
		r.DAT, rawID(r.Member), v.s.kinds.num(programme.Members), r.Device, int64(record.At(v.s.o.Now())))
	if err == nil && row == nil {
		err = ErrNotFound
	}
	if err != nil {
		return 0, false, err
	}
	return row.int(0), r.MemberV != 0 && (row.int(1) != r.MemberV || row.int(2) != 0), nil
}

// A builder puts one page together, or looks at single records as its reader does.
type builder struct {
	*snapshot
	reader Reader
	writer record.Writer
	desk   bool
	cursor *cursor
	// nums are the reader's audiences by number, with their names as JSON strings.
	nums  []int64
	names []string
	out   []byte
	count int
	full  bool // another record did not fit
}

// looking gives a builder for single records; ErrStale where the reader is no more who
// they were.
func (v *snapshot) looking(r Reader) (*builder, error) {
	if _, stale, err := v.state(r); err != nil {
		return nil, err
	} else if stale {
		return nil, ErrStale
	}
	return v.builder(r)
}

// builder looks up the reader's audiences. One without a number has never had a
// record.
func (v *snapshot) builder(r Reader) (*builder, error) {
	b := &builder{snapshot: v, reader: r}
	for _, a := range r.Audiences {
		key := audienceKey{r.DAT, a}
		num := b.s.nums.get(key)
		if num < 0 {
			row, err := b.one("SELECT num FROM audiences WHERE dat = ? AND name = ?", r.DAT, a)
			if err != nil {
				return nil, err
			}
			if row != nil {
				num = row.int(0)
				b.s.nums.put(key, num)
			}
		}
		b.nums = append(b.nums, num)
		b.names = append(b.names, string(record.Text(a)))
	}
	return b, nil
}

// audienceNums remembers the numbers of audiences for readers. A number that was
// committed stays.
type audienceNums struct {
	mu sync.RWMutex
	of map[audienceKey]int64
}

// get gives an audience's number, or -1 where it is not remembered.
func (n *audienceNums) get(k audienceKey) int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if num, ok := n.of[k]; ok {
		return num
	}
	return -1
}

func (n *audienceNums) put(k audienceKey, num int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil || len(n.of) > maxAudiences {
		n.of = map[audienceKey]int64{}
	}
	n.of[k] = num
}

// build fills the page: first what is new, then what fills in behind.
func (b *builder) build(ctx context.Context, seq int64) error {
	var live []int64
	for _, num := range b.nums {
		if num >= 0 {
			live = append(live, stream(num, streamSmall), stream(num, streamRest), stream(num, streamAway))
		}
	}
	last, err := b.merge(live, forwards, b.cursor.Top, seq, false)
	if err != nil {
		return err
	}
	if b.full {
		b.cursor.Top = last
		return nil
	}
	b.cursor.Top = seq
	for !b.full && ctx.Err() == nil {
		f := b.cursor.nextFill()
		if f == nil {
			return nil
		}
		if err := b.fill(f); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fill goes on with the present phase of a fill.
func (b *builder) fill(f *fill) error {
	class := [phases]int{streamSmall, streamRest, streamAway}[f.Phase]
	var streams []int64
	for _, a := range f.Audiences {
		if i := slices.Index(b.reader.Audiences, a); i >= 0 && b.nums[i] >= 0 {
			streams = append(streams, stream(b.nums[i], class))
		}
	}
	var last int64
	var err error
	if f.Phase == phaseRest {
		from := f.At
		if from == 0 {
			from = f.Upto + 1
		}
		last, err = b.merge(streams, backwards, from, 0, false)
	} else {
		last, err = b.merge(streams, forwards, f.At, f.Upto, true)
	}
	switch {
	case err != nil:
		return err
	case !b.full:
		b.cursor.endPhase(f)
	case last != 0:
		f.At = last
	}
	return nil
}

// add adds one row of the feed to the page, as this reader may see it. first: in
// the first read of an audience what has moved out is not said.
func (b *builder) add(r row, first bool) error {
	if b.count >= wire.MaxPageRecords {
		b.full = true
		return nil
	}
	k := b.s.kinds.byNum[r.int(2)]
	if k == nil {
		return nil // a collection that this release does not have
	}
	start := len(b.out)
	if b.count == 0 {
		b.out = append(b.out, '[')
	} else {
		b.out = append(b.out, ',')
	}
	b.out = append(appendID(append(b.out, k.head...), r.blob(3)), `","v":`...)
	said := true
	var err error
	switch visible, in := b.sees(r.blob(7)); {
	case r.int(5) != 0:
		b.out = append(strconv.AppendInt(b.out, r.int(4), 10), `,"gone":true}`...)
	case in:
		// A row that says it has left one audience may still be in another, and comes
		// through that one's own row.
		if said = r.int(0) == r.int(4); said {
			err = b.addFields(k, r, visible)
		}
	case first:
		said = false
	default:
		b.out = append(strconv.AppendInt(b.out, r.int(0), 10), `,"out":true}`...)
	}
	if err != nil || !said {
		b.out = b.out[:start]
		return err
	}
	if b.count > 0 && len(b.out) > b.room() {
		b.out, b.full = b.out[:start], true
		return nil
	}
	b.count++
	return nil
}

// room is what the records of a page may come to, in bytes, so that the frame
// holds what stands beside them too: two cursors, and the sums.
func (b *builder) room() int {
	const frame, audience = 1 << 10, 512
	return wire.MaxPageBytes - frame - audience*len(b.nums)
}

// sees gives what the reader is let through of a record, over all of their
// audiences that it is in, and whether it is in any.
func (b *builder) sees(grants []byte) (visible record.Mask, in bool) {
	for len(grants) > 0 {
		g, n := nextGrant(grants)
		if n == 0 {
			return 0, false
		}
		grants = grants[n:]
		if slices.Contains(b.nums, g.audience) {
			visible, in = visible|g.mask, true
		}
	}
	return visible, in
}

// addFields adds a record's version, audiences, fields and kept losers.
func (b *builder) addFields(k *kind, r row, visible record.Mask) error {
	b.out = append(strconv.AppendInt(b.out, r.int(4), 10), `,"a":[`...)
	comma := false
	for grants := r.blob(7); len(grants) > 0; {
		g, n := nextGrant(grants)
		if n == 0 {
			return errBroken
		}
		grants = grants[n:]
		if i := slices.Index(b.nums, g.audience); i >= 0 {
			if comma {
				b.out = append(b.out, ',')
			}
			b.out, comma = append(b.out, b.names[i]...), true
		}
	}
	b.out = append(b.out, `],"f":`...)
	if visible&k.whole == k.whole {
		// What is stored is what is sent: nothing is decoded.
		b.out = append(b.out, r.blob(8)...)
	} else {
		rec := &record.Record{Collection: k.Collection, V: r.int(4)}
		var err error
		if rec.Fields, err = record.ParseFields(k.Collection, r.blob(8)); err != nil {
			return err
		}
		b.out = record.AppendFields(b.out, rec, visible)
	}
	if r.int(6) != 0 {
		if err := b.addLosers(k, r, visible); err != nil {
			return err
		}
	}
	b.out = append(b.out, '}')
	return nil
}

// addLosers adds what was kept beside the fields that this reader may settle.
func (b *builder) addLosers(k *kind, r row, visible record.Mask) error {
	got, err := b.one("SELECT "+recordColumns+" FROM records WHERE num = ?", r.int(1))
	if err != nil {
		return err
	}
	st, err := scan(k.Collection, textID(r.blob(3)), got)
	if err != nil {
		return err
	}
	visible &= st.rec.Settles(b.writer)
	before := len(b.out)
	b.out = append(b.out, `,"k":`...)
	start := len(b.out)
	if b.desk {
		b.out = record.AppendLosers(b.out, st.rec, visible)
	} else {
		b.out = record.AppendLoserValues(b.out, st.rec, visible)
	}
	if len(b.out) == start {
		b.out = b.out[:before]
	}
	return nil
}

// sums gives the sum of each of the reader's audiences, out of the same state as
// the page.
func (b *builder) sums() (map[string]string, error) {
	out := map[string]string{}
	for i, a := range b.reader.Audiences {
		var sum uint64
		if b.nums[i] >= 0 {
			r, err := b.one("SELECT sum FROM audiences WHERE num = ?", b.nums[i])
			if err != nil {
				return nil, err
			}
			sum = uint64(r.int(0))
		}
		out[a] = strconv.FormatUint(sum, 10)
	}
	return out, nil
}
