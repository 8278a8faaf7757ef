package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/device"
	"earshot/sync/record"
)

// check looks, at rest, whether what was promised holds.
func (w *world) check() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	report, err := w.store.Check(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	for _, p := range report.Problems {
		say("the store disagrees with itself: %s", p)
	}
	for _, p := range w.phones {
		if p.gone {
			continue
		}
		if problem := w.disagrees(p); problem != "" {
			say("device %d, a %s: %s", p.num, p.role, problem)
		}
	}
	if err := w.eachOp(say); err != nil {
		say("%v", err)
	}
	return problems
}

// disagrees compares what a device holds with what the rules give its member.
func (w *world) disagrees(p *phone) string {
	member, err := w.store.Member(context.Background(), w.dat.Num, p.member)
	if err != nil {
		return err.Error()
	}
	audiences := programme.Audiences(member)
	writer := record.Writer{Member: member.ID, Role: member.Role, Services: member.Services}
	for _, c := range programme.Schema().Collections {
		list, err := p.d.Records(c.Name)
		if err != nil {
			return err.Error()
		}
		holds := map[string]device.Record{}
		for _, r := range list {
			if !r.Pending || !p.early(r.ID) {
				holds[r.ID] = r
			}
		}
		problem := ""
		if err := w.store.Each(context.Background(), w.dat.Num, c.Name, func(rec *record.Record) error {
			r, has := holds[rec.ID]
			delete(holds, rec.ID)
			if p.early(rec.ID) {
				return nil
			}
			want, reads := should(rec, audiences, writer)
			switch {
			case reads != has:
				problem = fmt.Sprintf("%s %s: held %v, should be %v", c.Name, rec.ID, has, reads)
			case has && shown(r) != want:
				problem = fmt.Sprintf("%s %s is held as\n%s\nand should be\n%s", c.Name, rec.ID, shown(r), want)
			}
			return nil
		}); err != nil {
			return err.Error()
		}
		for id := range holds {
			return fmt.Sprintf("it holds the %s %s, which is not here", c.Name, id)
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

// early says whether something of the phone's own about a record waits at the server for
// another change: until that comes the phone shows its own word of it.
func (p *phone) early(id string) bool {
	for _, s := range p.said {
		if s.id == id && s.last.Problem != nil && s.last.Problem.Code == record.TooEarly {
			return true
		}
	}
	return false
}

// should gives a record as a reader has to hold it, worked out from the rules alone.
func should(rec *record.Record, audiences []string, reader record.Writer) (text string, reads bool) {
	var mask record.Mask
	var in []string
	for _, g := range rec.Grants() {
		if slices.Contains(audiences, g.Audience) {
			mask, in = mask|g.Mask, append(in, g.Audience)
		}
	}
	if in == nil || rec.Gone {
		return "", false
	}
	slices.Sort(in)
	k := mask & rec.Settles(reader)
	losers := record.AppendLoserValues(nil, rec, k)
	if slices.Contains(audiences, "desk") {
		losers = record.AppendLosers(nil, rec, k)
	}
	return fmt.Sprintf("%d %v %s %s", rec.V, in, canonical(record.AppendFields(nil, rec, mask)), canonical(losers)), true
}

func shown(r device.Record) string {
	slices.Sort(r.Audiences)
	losers := []byte(nil)
	if len(r.Losers) > 0 {
		losers = text(r.Losers)
	}
	return fmt.Sprintf("%d %v %s %s", r.V, r.Audiences, canonical(text(r.Fields)), canonical(losers))
}

func canonical(b []byte) []byte {
	var v any
	if len(b) == 0 || json.Unmarshal(b, &v) != nil || v == nil {
		return []byte("-")
	}
	return text(v)
}

func text(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sim: " + err.Error()) // it came from JSON
	}
	return b
}

// eachOp looks for everything that a device has said it saved.
func (w *world) eachOp(say func(string, ...any)) error {
	lies, marks := map[string]string{}, map[string]bool{}
	if err := w.store.EachHeld(context.Background(), w.dat.Num, func(h *store.Held) error {
		lies[fmt.Sprint(h.Device, "/", h.N)] = h.Problem.Code
		marks[markIn(string(h.Op))] = true
		return nil
	}); err != nil {
		return err
	}
	links, err := w.links(say)
	if err != nil {
		return err
	}
	for _, p := range w.phones {
		for n, s := range p.said {
			if s.makes {
				w.eachView(p, n, s, marks, say)
			}
		}
		if !p.gone && !p.renumbered {
			w.eachNumber(p, lies, links, say)
		}
	}
	return nil
}

// eachView: a view that was saved is a record with its words, unless somebody took it
// back or out of it, or a coordinator has to look at it, or has.
func (w *world) eachView(p *phone, n int64, s *saying, marks map[string]bool, say func(string, ...any)) {
	rec, err := w.store.Record(context.Background(), w.dat.Num, "view", s.id)
	switch {
	case err == nil && (rec.Gone || rec.Get("words").Text() == s.mark):
	case err == nil && isErased(rec) && w.erased[s.mark] != "":
	case marks[s.mark], w.dealt[s.mark], s.last.Fate == device.Void:
	case p.gone && (w.did.Restores > 0 || p.role == "coordinator" || p.role == "manager" || s.last.N == 0):
		// A device that was revoked keeps nothing that was acked (protocol section 8), so an
		// older backup does not get it again; and what is not sealed it erases at once.
	case err == nil:
		say("device %d, a %s, saved the view %s, and it says %s", p.num, p.role, s.mark, rec.Get("words"))
	default:
		say("device %d, a %s, saved the view %s under %d (%v, %v) and it is nowhere: %v", p.num, p.role, s.mark, n, s.last.Fate, s.last.Problem, err)
	}
}

// isErased says whether a view's words were taken out. What was put in their place is in
// no ledger, and so does not outlive an older backup.
func isErased(rec *record.Record) bool {
	words := rec.Get("words")
	return words.Absent() || words.Text() == "Erased."
}

// eachNumber: each op took effect once, or lies in quarantine, or was dealt with.
func (w *world) eachNumber(p *phone, lies map[string]string, links map[string]int, say func(string, ...any)) {
	id := p.d.Me().Device
	effects, unsure := map[string]int{}, map[string]bool{}
	for n, s := range p.said {
		key, about := fmt.Sprint(id, "/", n), s.collection+"/"+s.id
		code, lying := lies[key]
		switch it := s.last; {
		case it.Fate == device.Void, s.takesBack:
			// A withdrawal wins over all that comes after it, also over what has not come yet.
		case it.Fate == device.Waiting, it.Fate == device.Aside:
			say("device %d: op %d is %v at rest", p.num, n, it.Fate)
		case it.Seq > 0 && lying:
			say("device %d: op %d took effect, and lies in quarantine (%s)", p.num, n, code)
		case it.Seq > 0:
			effects[about]++
		case it.Problem != nil && it.Problem.Code == record.TooEarly, w.dealt[key]:
			unsure[about] = true // it took effect when its record came, or when it was mended
		case !lying:
			if rec, err := w.store.Record(context.Background(), w.dat.Num, s.collection, s.id); err != nil || !rec.Gone {
				say("device %d: op %d on %s (%v, %v) is nowhere", p.num, n, about, it.Status, it.Problem)
			}
		}
	}
	for about, n := range effects {
		got := links[id+" "+about]
		if rec, err := w.store.Record(context.Background(), w.dat.Num, collectionOf(about), about[len(collectionOf(about))+1:]); err == nil && rec.Gone {
			continue // of what is gone nothing is left to count
		}
		if got != n && !(unsure[about] && got > n) {
			say("device %d: %d ops on %s took effect, the audit has %d", p.num, n, about, got)
		}
	}
}

func collectionOf(about string) string {
	c, _, _ := bytes.Cut([]byte(about), []byte("/"))
	return string(c)
}

// links counts what the audit says took effect, by device and record.
func (w *world) links(say func(string, ...any)) (map[string]int, error) {
	out, seqs := map[string]int{}, map[int64]bool{}
	rows, _, err := w.store.Audit(context.Background(), store.AuditQuery{DAT: w.dat.Num, Most: 1_000_000})
	if err != nil {
		return nil, err
	}
	for _, a := range rows {
		switch a.What {
		case "made", "changed", "withdrawn", "redacted":
			if seqs[a.Seq] || a.Seq == 0 {
				say("seq %d stands twice in the audit", a.Seq)
			}
			seqs[a.Seq] = true
			out[fmt.Sprint(a.Device, " ", a.Collection, "/", a.Record)]++
		}
	}
	return out, nil
}

// leftovers looks through the bytes of every file for words that have to be gone.
func (w *world) leftovers() (problems []string, err error) {
	gone := map[string]bool{}
	for mark, id := range w.erased {
		rec, err := w.store.Record(context.Background(), w.dat.Num, "view", id)
		if err == nil && (rec.Gone || isErased(rec)) {
			gone[mark] = true
		}
	}
	if err := w.store.Close(); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(w.dir, f.Name()))
		if err != nil {
			return nil, err
		}
		for _, mark := range slices.Sorted(maps.Keys(gone)) {
			if bytes.Contains(b, []byte(mark)) {
				problems = append(problems, fmt.Sprintf("%s was erased, and stands in %s", mark, f.Name()))
			}
		}
	}
	return problems, nil
}

// state is a sum over all records and the whole audit.
func (w *world) state() (string, error) {
	sum := sha256.New()
	for _, c := range programme.Schema().Collections {
		if err := w.store.Each(context.Background(), w.dat.Num, c.Name, func(rec *record.Record) error {
			all := ^record.Mask(0)
			fmt.Fprintf(sum, "%s %s %d %v %s %s\n", c.Name, rec.ID, rec.V, rec.Gone, record.AppendFields(nil, rec, all), record.AppendLosers(nil, rec, all))
			return nil
		}); err != nil {
			return "", err
		}
	}
	chain, err := w.store.AuditChain(context.Background(), w.dat.Num)
	if err != nil {
		return "", err
	}
	sum.Write(chain.Head[:])
	return hex.EncodeToString(sum.Sum(nil)), nil
}
