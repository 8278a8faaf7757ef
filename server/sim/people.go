package sim

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"earshot/server/store"
	"earshot/sync/device"
	"earshot/sync/record"
)

// act lets somebody do on their phone what their role does, as they see things there.
func (w *world) act(p *phone) error {
	if p.gone {
		return nil
	}
	w.marks++
	mark := fmt.Sprintf("said-%dx", w.marks)
	c, ok := w.change(p, mark)
	if !ok {
		return nil
	}
	if w.chance(6) && c.Set != nil && c.Collection == "view" {
		c.Hold = pick(w, time.Minute, 20*time.Minute)
	}
	w.trace("device %d, a %s, saves %+v", p.num, p.role, c)
	s := saying{collection: c.Collection, id: c.ID, mark: mark, makes: c.Collection == "view" && c.Set["words"] != nil, takesBack: c.Withdraw}
	if c.Redact != nil || c.Withdraw {
		w.erases(p, c)
	}
	var refused *record.Problem
	err := p.save(c, s)
	if errors.As(err, &refused) || errors.Is(err, device.ErrNotEnrolled) {
		return nil // the phone itself says that it can't be
	}
	return err
}

// erases notes what has to be gone once this is done.
func (w *world) erases(p *phone, c device.Change) {
	for _, other := range w.phones {
		for _, s := range other.said {
			if s.collection == c.Collection && s.id == c.ID && s.makes && (c.Withdraw || c.Redact["words"] != nil) {
				w.erased[s.mark] = s.id
			}
		}
	}
}

// change is one that a role makes; ok is false where there is nothing to change.
func (w *world) change(p *phone, mark string) (c device.Change, ok bool) {
	switch p.role {
	case "volunteer", "outreach":
		return w.listening(p, mark)
	case "manager":
		return w.on(p, "ask", m{"reply": mark})
	case "lead":
		return w.on(p, "matter", m{"reason": mark})
	case "admin":
		return w.on(p, "service", m{"name": mark})
	}
	switch w.dice.IntN(10) {
	case 0, 1:
		return device.Change{Collection: "matter", ID: w.newID(), Set: m{"title": mark, "level": pick(w, "dat", "service")}, Add: adds("services", pick(w, w.services...))}, true
	case 2:
		matter, ok := w.known(p, "matter")
		return device.Change{Collection: "ask", ID: w.newID(), Set: m{"matter": matter, "service": pick(w, w.services...), "question": mark}}, ok
	case 3:
		matter, ok := w.known(p, "matter")
		return device.Change{Collection: "answer", ID: w.newID(), Set: m{"matter": matter, "said": mark, "did": "It is done.", "status": pick(w, "draft", "published")}, Add: adds("services", pick(w, w.services...))}, ok
	case 4, 5:
		return w.onAMatter(p, mark)
	}
	return w.onAView(p, mark)
}

func adds(field string, values ...any) map[string][]any { return map[string][]any{field: values} }

// known gives a record that the phone holds; now and then one that it has only heard of.
func (w *world) known(p *phone, collection string) (string, bool) {
	list, err := p.d.Records(collection)
	if err != nil || len(list) == 0 {
		return "", false
	}
	return list[w.dice.IntN(len(list))].ID, true
}

// on sets fields of a record that the phone holds.
func (w *world) on(p *phone, collection string, set m) (device.Change, bool) {
	id, ok := w.known(p, collection)
	return device.Change{Collection: collection, ID: id, Set: set}, ok
}

func (w *world) listening(p *phone, mark string) (device.Change, bool) {
	mine := w.mine(p)
	switch what := w.dice.IntN(12); {
	case what == 0 && mine != "":
		return device.Change{Collection: "view", ID: mine, Withdraw: true}, true
	case what == 1 && mine != "":
		return device.Change{Collection: "view", ID: mine, Set: m{"share": pick(w, "summary", "team")}}, true
	case what == 2:
		answer, ok := w.known(p, "answer")
		return device.Change{Collection: "telling", ID: w.newID(), Set: m{"answer": answer, "service": pick(w, w.services...), "way": "said", "verdict": pick(w, "fair", "not_true")}}, ok
	case what == 3:
		return device.Change{Collection: "escalation", ID: w.newID(), Set: m{"kind": pick(w, "risk", "alert"), "told": "nobody"}}, true
	}
	set := m{"service": pick(w, w.services...), "method": "conv", "words": mark, "share": pick(w, "words", "words", "team"), "speaker": "user"}
	if w.chance(5) {
		set["handling"] = pick(w, "closed", "sensitive")
	}
	return device.Change{Collection: "view", ID: w.newID(), Set: set}, true
}

// mine gives a view that was written down on this phone.
func (w *world) mine(p *phone) string {
	var ids []string
	for n := int64(1); n <= int64(len(p.said)); n++ {
		if s := p.said[n]; s != nil && s.makes {
			ids = append(ids, s.id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return pick(w, ids...)
}

func (w *world) onAView(p *phone, mark string) (device.Change, bool) {
	id, ok := w.known(p, "view")
	c := device.Change{Collection: "view", ID: id}
	switch w.dice.IntN(14) {
	case 0, 1, 2:
		c.Set = m{"review": "accepted", "kind": pick(w, "idea", "gap")}
	case 3:
		c.Set = m{"review": "new"}
	case 4:
		c.Settle = m{"kind": "praise"}
	case 5:
		c.Set = m{"handling": pick(w, "sensitive", "open")}
	case 6:
		c.Set = m{"service": pick(w, w.services...)}
	case 7:
		c.Set = m{"summary": mark}
	case 8:
		c.Redact = m{"words": "Erased."}
	case 9:
		c.Withdraw = true
	case 10:
		theme, has := w.known(p, "theme")
		c.Add, ok = adds("themes", theme), ok && has
	case 11:
		c.Set = m{"review": "accepted", "weight": 5, "released": w.now.Format(time.DateOnly)}
	default:
		matter, has := w.known(p, "matter")
		c.Add, ok = adds("matters", matter), ok && has
		if w.chance(4) {
			c.Add, c.Remove = nil, c.Add
		}
	}
	return c, ok
}

func (w *world) onAMatter(p *phone, mark string) (device.Change, bool) {
	id, ok := w.known(p, "matter")
	c := device.Change{Collection: "matter", ID: id}
	switch w.dice.IntN(9) {
	case 0, 1:
		c.Set = m{"title": mark}
	case 2:
		c.Settle = m{"title": mark}
	case 3:
		c.Set = m{"handling": pick(w, "sensitive", "open", "closed")}
	case 4:
		c.Set = m{"status": pick(w, "looking", "with_service", "with_dat", "parked")}
	case 5:
		view, has := w.known(p, "view")
		c.Add, ok = adds("said", m{"id": w.newID(), "text": mark, "view": view}), ok && has
	case 6:
		c.Add = adds("notes", m{"id": w.newID(), "text": mark})
	case 7:
		c.Add = adds("services", pick(w, w.services...))
	default:
		c.Redact = m{"title": "Erased."}
	}
	return c, ok
}

// standing changes who may do what: a role, a service, a phone that is lost.
func (w *world) standing() error {
	w.did.Moved++
	p := w.phones[w.dice.IntN(len(w.phones))]
	change := pick(w, []m{
		{"set": m{"role": "coordinator"}}, {"set": m{"role": "volunteer"}}, {"set": m{"role": "manager"}, "add": m{"services": w.services[1:]}},
		{"add": m{"services": w.services[1:]}}, {"remove": m{"services": w.services[:1]}}, {"set": m{"status": "resting"}}, {"set": m{"status": "active"}},
	}...)
	if err := w.do("member", p.member, change); err != nil && !isProblem(err) {
		return err
	}
	for _, each := range w.phones {
		if set, _ := change["set"].(m); each.member == p.member && set["role"] != nil {
			each.role = set["role"].(string)
		}
	}
	if w.did.Revoked > 1 || !w.chance(6) {
		return nil
	}
	w.did.Revoked++
	lost := w.phones[w.dice.IntN(len(w.phones))]
	return w.call(func() error {
		err := w.store.Revoke(context.Background(), w.dat.Num, lost.d.Me().Device, "")
		if errors.Is(err, store.ErrNotFound) {
			return nil // it is revoked already, or not known here any more
		}
		return err
	})
}

func isProblem(err error) bool {
	var p *record.Problem
	return errors.As(err, &p)
}

// mend lets a coordinator deal with what lies in quarantine.
func (w *world) mend() error {
	var held []*store.Held
	if err := w.store.EachHeld(context.Background(), w.dat.Num, func(h *store.Held) error {
		held = append(held, h)
		return nil
	}); err != nil || len(held) == 0 {
		return err
	}
	h := held[w.dice.IntN(len(held))]
	w.did.Mended++
	w.dealt[markIn(string(h.Op))], w.dealt[fmt.Sprint(h.Device, "/", h.N)] = true, true
	by := w.phones[3].member
	return w.call(func() error {
		if h.Sealed || w.chance(2) {
			return w.store.Discard(context.Background(), w.dat.Num, h.ID, by, "It is noise.")
		}
		_, err := w.store.Mend(context.Background(), w.dat.Num, h.ID, by, h.Op)
		return err
	})
}

// markIn finds what says which op a text is of.
func markIn(text string) string {
	_, after, _ := strings.Cut(text, "said-")
	number, _, found := strings.Cut(after, "x")
	if _, err := strconv.Atoi(number); !found || err != nil {
		return ""
	}
	return "said-" + number + "x"
}
