package storetest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

func testMending(t *testing.T, open Open) {
	inWorld(t, open, "a mended op of an admin's device gives the mender no rights of an admin", func(t *testing.T, w *World) {
		admin, me, fresh := w.Phone("admin"), w.Members["coordinator"], w.NewID()
		admin.PushOne(m{"c": "member", "r": w.NewID(), "set": m{"colour": "red"}})
		held := w.Held(1)[0]
		for name, mended := range map[string]m{
			"oneself":                {"c": "member", "r": me, "base": w.Get("member", me).V, "set": m{"role": "admin"}},
			"a member yet to come":   {"c": "member", "r": fresh, "base": 1, "set": m{"role": "admin"}},
			"what a release may add": {"c": "member", "r": me, "base": 1, "set": m{"role": "admin", "power": 1}},
		} {
			if res := w.Mended(held, mended); res.Status != record.Refused {
				t.Fatalf("%s: %+v", name, res)
			}
		}
		w.do("member", fresh, map[string]any{"name": "New", "role": "volunteer", "status": "active"})
		for _, id := range []string{me, fresh} {
			if role := w.Get("member", id).Get("role").Text(); role == "admin" {
				t.Fatalf("%s is admin", id)
			}
		}
		// What the desk may do itself, it may mend.
		w.Is(w.Mended(w.Held(1)[0], m{"c": "member", "r": w.NewID(), "set": m{"name": "Kim", "role": "volunteer", "status": "active"}}), record.Applied)
		w.Check()
	})
	inWorld(t, open, "a mended op takes effect as its own device's op, with the mender in the audit", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(m{"colour": "red"})
		w.Refused(phone.Push()[1], record.UnknownField)
		w.Clock.Move(time.Hour)
		came := w.Clock.Now().Add(-time.Hour)
		res := w.Mended(w.Held(1)[0], m{"c": "view", "r": id, "set": m{
			"service": w.Services[0], "method": "conv", "words": "The queue was long.", "share": "words",
		}})
		w.Is(res, record.Applied)
		rec := w.Get("view", id)
		if rec.Made.Device != phone.ID || rec.Made.N != 1 || rec.Made.Member != phone.Member || rec.V != res.Seq {
			t.Fatalf("%+v", rec.Made)
		}
		if at := rec.Made.Time.Std(); at.After(came.Add(time.Second)) {
			t.Fatalf("it has the time %v, and came at %v", at, came)
		}
		rows, _, err := w.Audit(ctx, store.AuditQuery{DAT: w.DAT.Num, Most: 50})
		w.must(err)
		if !slices.ContainsFunc(rows, func(a store.AuditRow) bool {
			return a.What == "quarantine.mended" && a.Member == w.Members["coordinator"] && a.Record == id && a.Seq == res.Seq
		}) {
			t.Fatalf("%+v", rows)
		}
		w.Held(0)
		// Sent again, it is what it was the first time.
		again := phone.PushFrom(1).Results[0]
		w.Is(again, record.Same)
		if again.Problem == nil || again.Problem.Code != record.UnknownField {
			t.Fatalf("%+v", again)
		}
		w.Check()
	})

	inWorld(t, open, "one that is refused again stays, with what is wrong now", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(m{"colour": "red"})
		phone.Push()
		w.Refused(w.Mended(w.Held(1)[0], m{"c": "view", "r": id, "set": m{"words": 7}}), record.WrongType)
		if h := w.Held(1)[0]; h.Problem.Code != record.WrongType || !strings.Contains(string(h.Op), `"words":7`) {
			t.Fatalf("%+v", h)
		}
		w.Check()
	})

	inWorld(t, open, "on a field that its device has changed since, it removes what it had seen, and does not stand", func(t *testing.T, w *World) {
		one, other := w.Phone("coordinator"), w.Phone("coordinator2")
		id := w.Matter()
		made := w.V("matter", id)
		w.Is(other.Change("matter", id, made, m{"set": m{"outcome": "opening"}}), record.Applied)
		seen := w.V("matter", id)
		w.Refused(one.Change("matter", id, seen, m{"set": m{"outcome": "colour"}}), record.WrongType)
		w.Is(one.Change("matter", id, made, m{"set": m{"outcome": "place"}}), record.Kept)
		w.Has("matter", id, "outcome", `"place"`, `"opening"`)
		w.Is(w.Mended(w.Held(1)[0], m{"c": "matter", "r": id, "base": seen, "set": m{"outcome": "policy"}}), record.Merged)
		w.Has("matter", id, "outcome", `"place"`)
		w.Check()
	})

	inWorld(t, open, "discarded, it is gone for good, and in the audit without its words or the reason", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.View(m{"colour": "red"})
		phone.Push()
		h := w.Held(1)[0]
		w.must(w.Discard(ctx, w.DAT.Num, h.ID, w.Members["coordinator"], "the queue was long"))
		w.Held(0)
		rows, _, err := w.Audit(ctx, store.AuditQuery{DAT: w.DAT.Num, Most: 1})
		w.must(err)
		if rows[0].What != "quarantine.discarded" || rows[0].Member != w.Members["coordinator"] || strings.Contains(fmt.Sprint(rows), "queue") {
			t.Fatalf("%+v", rows)
		}
		if err := w.Discard(ctx, w.DAT.Num, h.ID, "", ""); err == nil {
			t.Fatal("discarded twice")
		}
		w.Is(phone.PushFrom(1).Results[0], record.Same)
		w.Held(0)
		w.Check()
	})
}

// testCopied: a device that was set back or copied hands in, under its old key,
// what it does not know to be acked.
func testCopied(t *testing.T, open Open) {
	w := NewWorld(t, open, store.Options{})
	phone := w.Phone("volunteer")
	for range 3 {
		phone.View(nil)
	}
	phone.outbox[2] = sealed(3, "open", phone.outbox[2])
	first := phone.Push()
	copied := &Phone{w: w, ID: phone.ID, As: phone.As, Member: phone.Member, Mode: store.Copied}
	copied.outbox = []string{phone.outbox[0], "", "", phone.outbox[2], "", ""}
	lost := w.NewID()
	other := string(w.json(m{"c": "view", "r": lost, "base": 0, "schema": 1, "at": w.Clock.Now(), "set": m{
		"service": w.Services[0], "method": "conv", "words": "Only here.", "share": "words",
	}}))
	copied.outbox[1] = `{"n":2,` + other[1:]
	copied.outbox[2] = sealed(3, "open", other)
	copied.outbox[4] = sealed(9, "another key", other)
	copied.outbox[5] = `{"n":10,"void":true}`
	for range 2 { // the answer was lost, so it comes twice
		ack, err := copied.TryPush(copied.outbox)
		w.must(err)
		if ack.Acked != 3 || ack.Gap || len(ack.Results) != 6 {
			t.Fatalf("%+v", ack)
		}
		r := ack.Results
		for _, i := range []int{0, 3} {
			if w.Is(r[i], record.Same); r[i].Seq != first[r[i].N].Seq {
				t.Fatalf("%+v", r[i])
			}
		}
		w.Refused(r[1], record.Copied)
		for _, i := range []int{2, 4} {
			if r[i].Status != record.Refused && r[i].Status != record.Same || r[i].Problem == nil {
				t.Fatalf("%+v", r[i])
			}
		}
		w.Held(2)
	}
	if w.Get("view", lost) != nil {
		t.Fatal("a copied push took effect")
	}
	held := w.Held(2)
	if held[0].Sealed || !held[1].Sealed {
		t.Fatalf("%+v", held)
	}
	// Mended, it is op 1 of a device named by its hash.
	var op m
	w.must(unmarshal(held[0].Op, &op))
	w.Is(w.Mended(held[0], op), record.Applied)
	hash := sha256.Sum256([]byte(copied.outbox[2]))
	if made := w.Get("view", lost).Made; made.Device != base64.RawURLEncoding.EncodeToString(hash[:]) || made.N != 1 {
		t.Fatalf("%+v", made)
	}
	// One that opens at a later start is to be looked at all the same.
	taken, err := w.TryAgain(ctx, func(_, seal, _ string, _ int64) ([]byte, error) {
		return base64.RawURLEncoding.DecodeString(seal)
	})
	w.must(err)
	if h := w.Held(1)[0]; taken != 0 || h.Sealed || h.Problem.Code != record.Copied || !strings.Contains(string(h.Op), "Only here.") {
		t.Fatalf("%d were taken: %+v", taken, h)
	}
	w.must(w.Discard(ctx, w.DAT.Num, held[1].ID, "", ""))
	// Once for each hash, also after somebody has dealt with it.
	ack, err := copied.TryPush(copied.outbox)
	w.must(err)
	w.Is(ack.Results[2], record.Same)
	w.Is(ack.Results[4], record.Same)
	w.Held(0)
	w.Check()
}

// sealed gives an op as it stands in a frame when it is sealed; see [World.Incoming].
func sealed(n int64, key, op string) string {
	return fmt.Sprintf(`{"n":%d,"key":%q,"sealed":%q}`, n, key, base64.RawURLEncoding.EncodeToString([]byte(op)))
}
