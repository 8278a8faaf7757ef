package sim

import (
	"bytes"
	"context"
	"errors"
	"time"

	"filippo.io/age"

	"earshot/server/backup"
	"earshot/server/store/storetest/faultyfs"
)

// A saved is a backup, and the key that opens it.
type saved struct {
	file []byte
	key  *age.X25519Identity
	at   time.Time
}

// live lets so many days pass.
func (w *world) live(days int) error {
	end := w.now.AddDate(0, 0, days)
	for w.now.Before(end) {
		w.now = w.now.Add(time.Duration(w.dice.Int64N(int64(4 * time.Hour))))
		if err := w.step(); err != nil {
			return err
		}
	}
	w.did.Days = days * len(w.phones)
	return nil
}

// step lets one thing happen.
func (w *world) step() error {
	p := w.phones[w.dice.IntN(len(w.phones))]
	what := w.dice.IntN(100)
	w.trace("%s: %d with device %d", w.now.Format(time.DateTime), what, p.num)
	switch {
	case what < 45:
		for range 1 + w.dice.IntN(3) {
			if err := w.act(p); err != nil {
				return err
			}
		}
		return nil
	case what < 80:
		return w.touch()
	case what < 84:
		p.away, p.poor = w.chance(3), w.chance(2)
		return nil
	case what < 86:
		p.offset = pick(w, 0, -time.Hour, 26*time.Hour, -40*24*time.Hour, time.Duration(w.dice.Int64N(int64(time.Minute))))
		return nil
	case what < 88:
		p.disk.until, p.disk.after = 1+w.dice.IntN(4), w.chance(2)
		return nil
	case what < 90:
		return w.arrive()
	case what < 92:
		return w.call(func() error { return w.routine.Do(context.Background()) })
	case what < 94:
		return w.mend()
	case what < 96:
		return w.standing()
	case what < 98:
		return w.backup()
	case what < 99:
		return w.restart()
	}
	return w.restore()
}

// touch lets some of those who have a line be in touch, and the power go meanwhile.
func (w *world) touch() error {
	var some []*phone
	for _, i := range w.dice.Perm(len(w.phones)) {
		if p := w.phones[i]; !p.away && !p.gone && !p.lost && len(some) < 4 {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		return nil
	}
	some = some[:1+w.dice.IntN(len(some))]
	cuts := w.chance(5)
	if cuts {
		faultyfs.FailAfter(w.dice.IntN(60))
	}
	err := w.turns(some...)
	failed := cuts && faultyfs.Failed() > 0
	if cuts {
		faultyfs.Heal()
	}
	if err != nil {
		return err
	}
	if failed && w.chance(4) {
		return nil // a disk that was full for a while: it goes on
	}
	if failed {
		faultyfs.FailAfter(0)
		return w.powerCut()
	}
	return nil
}

// backup puts a copy aside, or lets the copy fail.
func (w *world) backup() error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	var to bytes.Buffer
	if err := w.call(func() error {
		of, err := backup.Write(context.Background(), &to, w.dir, w.store, key.Recipient())
		if err != nil {
			return err
		}
		return w.store.Backed(context.Background(), of)
	}); err != nil {
		return err
	}
	w.did.Backups++
	w.backups = append(w.backups, saved{to.Bytes(), key, w.now})
	return nil
}

// restore goes back to a backup: the newest, or an older one, as after a fire.
func (w *world) restore() error {
	if len(w.backups) == 0 || w.did.Restores > 1 {
		return nil
	}
	w.did.Restores++
	// One of the history that there is: what a device was told in another one it does not
	// ask again, where the server says that it has heard as much.
	i := max(0, len(w.backups)-1-w.dice.IntN(2))
	it := w.backups[i]
	w.backups = w.backups[:i+1]
	if err := w.store.Close(); err != nil {
		return err
	}
	if _, err := backup.Restore(context.Background(), bytes.NewReader(it.file), w.dir, it.key); err != nil {
		return err
	}
	faultyfs.Record(true)
	w.late = nil // no request is on its way for as long as that takes
	return w.open()
}

// rest heals everything and lets it come to rest.
func (w *world) rest() error {
	for _, p := range w.phones {
		p.away, p.poor, p.disk.until = false, false, 0
	}
	for len(w.late) > 0 {
		if err := w.arrive(); err != nil {
			return err
		}
	}
	if err := w.call(func() error { return w.routine.Do(context.Background()) }); err != nil {
		return err
	}
	for quiet := 0; quiet < 3; {
		w.now = w.now.Add(2 * time.Hour)
		waits := false
		for _, p := range w.phones {
			if p.lost {
				if err := p.again(); err != nil {
					return err
				}
				waits = true
			}
			if p.gone {
				continue
			}
			if err := w.turns(p); err != nil {
				return err
			}
			waits = waits || p.waits()
		}
		if quiet++; waits {
			quiet = 0
		}
		if w.now.After(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
			return errors.New("it does not come to rest")
		}
	}
	return nil
}

// again enrols a phone that the server does not know any more, or that was set back.
func (p *phone) again() error {
	p.lost = false
	return p.enrol()
}

// waits says whether something is here that the server has not answered.
func (p *phone) waits() bool {
	for _, it := range p.d.Outbox() {
		if it.Fate == 0 && it.Collection != "" {
			return true
		}
	}
	return false
}
