package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// maxWaiting is how many receipt withdrawals of one device or address may wait
// for receipts that are not here yet.
const maxWaiting = 20

// guessing is the time over which receipt withdrawals of a device are counted.
const guessing = 24 * time.Hour

// ReadReceipt gives a receipt code as phones make it, from what somebody said or
// typed: case and what stands between the words do not count. "" where there is no
// word and no number.
func ReadReceipt(typed string) string {
	words := strings.FieldsFunc(strings.ToUpper(typed), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

// receiptHash is what is kept of a receipt code: HMAC-SHA-256 under a key of its
// own, so that a stolen database gives no codes away.
func (s *Store) receiptHash(code string) []byte {
	mac := hmac.New(sha256.New, s.o.ReceiptKey)
	mac.Write([]byte("earshot/receipt/1|"))
	// One of signs alone is no code of ours, and is not any other such one.
	mac.Write([]byte(cmp.Or(ReadReceipt(code), code)))
	return mac.Sum(nil)
}

// made does what waits for a record that has just been made: its receipt is kept
// as a hash, withdrawals that waited for it take effect, early ops are woken.
func (t *tx) made(d *tenant, k *kind, st *stored, private []record.PrivateValue) error {
	withdraw := false
	if d.withdrawals {
		rows, err := t.all("DELETE FROM withdrawals WHERE dat = ? AND kind = ? AND id = ? RETURNING member", d.Num, k.num, rawID(st.rec.ID))
		if err != nil {
			return err
		}
		for _, r := range rows {
			withdraw = withdraw || k.By != "" && st.rec.Get(k.By).Text() == r.str(0)
		}
	}
	for _, p := range private {
		if len(t.s.o.ReceiptKey) == 0 {
			break
		}
		hash := t.s.receiptHash(p.Value.Text())
		if err := t.exec("INSERT OR IGNORE INTO receipts (hash, record) VALUES (?, ?)", hash, st.num); err != nil {
			return err
		}
		waited, err := t.withdrawalOf(d, hash)
		if err != nil {
			return err
		}
		withdraw = withdraw || waited
	}
	if t.mem.here[hereKey{d.Num, k.Name, st.rec.ID}] = true; d.holds {
		d.woken = append(d.woken, st.rec.ID)
	}
	if !withdraw || st.rec.Gone {
		return nil
	}
	_, err := t.serve(d, "", &record.Op{Collection: k.Collection, ID: st.rec.ID, Withdraw: true})
	return err
}

// withdrawalOf says whether a withdrawal waited for this receipt, and ends its waiting.
func (t *tx) withdrawalOf(d *tenant, hash []byte) (bool, error) {
	if !d.receipts {
		return false, nil
	}
	rows, err := t.all("DELETE FROM receipt_withdrawals WHERE hash = ? AND dat IN (0, ?) RETURNING dat", hash, d.Num)
	return len(rows) > 0, err
}

// waitToWithdraw keeps a withdrawal of what is not here, by somebody who may take
// back only what is their own.
func (t *tx) waitToWithdraw(d *tenant, k *kind, w who, op *record.Op) error {
	d.withdrawals = true
	t.keep(d, ledger.Entry{Kind: ledger.Waits, Collection: k.Name, Record: op.ID, Member: w.Member})
	return t.exec("INSERT OR IGNORE INTO withdrawals (dat, kind, id, member, at) VALUES (?, ?, ?, ?, ?)",
		d.Num, k.num, rawID(op.ID), w.Member, int64(d.now))
}

// takeReceipt takes back what a receipt code belongs to. The answer is the same
// whether the code is known or not.
func (t *tx) takeReceipt(d *tenant, w who, op *record.Op, at record.Time) (outcome, error) {
	if len(t.s.o.ReceiptKey) == 0 || !op.Withdraw {
		return refused(&record.Problem{Code: record.NotAllowed, Field: "receipt", Message: "A receipt is for taking back, and nothing else."}), nil
	}
	if w.device != 0 {
		since := int64(d.now) - guessing.Microseconds()
		r, err := t.one("SELECT count(*) FROM guesses_by_receipt WHERE device = ? AND at > ?", w.device, since)
		if err != nil {
			return outcome{}, err
		}
		if r.int(0) >= int64(t.s.o.ReceiptGuesses) {
			return refused(&record.Problem{
				Code: record.NotAllowed, Field: "receipt",
				Message: "Too many receipts were taken back from this device today. The coordinator can look at this one.",
			}), nil
		}
		if err := t.exec("DELETE FROM guesses_by_receipt WHERE device = ? AND at <= ?", w.device, since); err != nil {
			return outcome{}, err
		}
		// Each guess has a time of its own, also where many come at once.
		if err := t.exec(`INSERT INTO guesses_by_receipt (device, at) VALUES (?1, max(?2,
			coalesce((SELECT max(at) + 1 FROM guesses_by_receipt WHERE device = ?1), 0)))`, w.device, int64(d.now)); err != nil {
			return outcome{}, err
		}
	}
	hash := t.s.receiptHash(op.Receipt)
	found, err := t.receipts(hash)
	if err != nil {
		return outcome{}, err
	}
	var own []Receipt
	for _, r := range found {
		if r.DAT == d.Num && r.Collection == op.Collection.Name {
			own = append(own, r)
		}
	}
	if len(own) > 1 {
		return refused(&record.Problem{
			Code: record.NotAllowed, Field: "receipt",
			Message: "Two records carry this receipt. The coordinator takes back the right one.",
		}), nil
	}
	if len(own) == 0 {
		out := outcome{status: record.Applied, seq: d.next()}
		d.high = max(d.high, at)
		return out, t.waitForReceipt(d, d.Num, hash, w.Device)
	}
	if own[0].Gone {
		return outcome{status: record.Applied, seq: d.next()}, nil
	}
	// Whoever holds the receipt is its owner; who carried it here stands in the audit.
	by := w
	by.Server = true
	return t.take(d, by, &record.Op{N: op.N, At: op.At, Collection: op.Collection, ID: own[0].ID, Schema: op.Schema, Withdraw: true}, at)
}

// waitForReceipt keeps a withdrawal until its receipt comes, in one DAT or (0) in
// any. Beyond what may wait the oldest of the same origin gives way.
func (t *tx) waitForReceipt(d *tenant, dat int64, hash []byte, from string) error {
	if err := t.exec("INSERT OR IGNORE INTO receipt_withdrawals (hash, dat, by, at) VALUES (?, ?, ?, ?)",
		hash, dat, from, int64(t.clock)); err != nil {
		return err
	}
	kept := ledger.Entry{Kind: ledger.Receipt, Hash: hash, By: from}
	if dat == 0 {
		t.keep(nil, kept)
	} else {
		t.keep(d, kept)
	}
	if d != nil {
		d.receipts = true
	} else {
		for _, d := range t.mem.dats {
			d.receipts = true
		}
	}
	return t.exec(`DELETE FROM receipt_withdrawals WHERE by = ?1 AND (hash, dat) IN (
		SELECT hash, dat FROM receipt_withdrawals WHERE by = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2)`, from, int64(maxWaiting))
}

// receipts gives the records that a receipt belongs to, of every DAT; also those
// whose making op lies in quarantine, where its words can be read.
func (t *tx) receipts(hash []byte) ([]Receipt, error) {
	found, err := receipts(t.conn, t.s.kinds, hash)
	if err != nil {
		return nil, err
	}
	err = t.each("SELECT dat, kind, id FROM quarantine WHERE receipt = ? AND making = 1 AND kind IS NOT NULL AND id IS NOT NULL", func(r row) error {
		if k := t.s.kinds.byNum[r.int(1)]; k == nil {
			return nil
		} else if held := (Receipt{DAT: r.int(0), Collection: k.Name, ID: textID(r.blob(2))}); !slices.Contains(found, held) {
			found = append(found, held)
		}
		return nil
	}, hash)
	return found, err
}

// receiptField is what a record's receipt stands under.
const receiptField = "receipt"

// heldReceipt is what the receipt of an op in quarantine is found by: its hash, or
// nil where it has none.
func (t *tx) heldReceipt(op []byte) any {
	code := receiptIn(op)
	if code == "" || len(t.s.o.ReceiptKey) == 0 {
		return nil
	}
	return t.s.receiptHash(code)
}

// receiptIn gives the receipt that a making op carries, or "".
func receiptIn(op []byte) string {
	var m struct {
		Set struct {
			Receipt string `json:"receipt"`
		} `json:"set"`
	}
	if json.Unmarshal(op, &m, lenient) != nil {
		return ""
	}
	return m.Set.Receipt
}

// takenBack says whether the receipt of an op on its way into quarantine was taken
// back already; then nothing of it is kept, and a tombstone stands for it.
func (t *tx) takenBack(d *tenant, kind any, id, op []byte) (bool, error) {
	if !d.receipts || len(t.s.o.ReceiptKey) == 0 {
		return false, nil
	}
	code := receiptIn(op)
	if code == "" {
		return false, nil
	}
	if waited, err := t.withdrawalOf(d, t.s.receiptHash(code)); err != nil || !waited {
		return false, err
	}
	var err error
	if k := t.s.kinds.byNum[rowKind(kind)]; k != nil && id != nil {
		_, err = t.serve(d, "", &record.Op{Collection: k.Collection, ID: textID(id), Withdraw: true})
	}
	return true, err
}

func receipts(c *conn, kinds *kinds, hash []byte) ([]Receipt, error) {
	rows, err := c.all(`SELECT r.dat, r.kind, r.id, r.gone FROM receipts h JOIN records r ON r.num = h.record
		WHERE h.hash = ? ORDER BY r.num`, hash)
	if err != nil {
		return nil, err
	}
	var out []Receipt
	for _, r := range rows {
		if k := kinds.byNum[r.int(1)]; k != nil {
			out = append(out, Receipt{DAT: r.int(0), Collection: k.Name, ID: textID(r.blob(2)), Gone: r.int(3) != 0})
		}
	}
	return out, nil
}

// Receipts gives the records that a receipt code belongs to, and whether a
// withdrawal by this code waits: in one DAT, or (0) in all of them.
func (s *Store) Receipts(ctx context.Context, dat int64, code string) (found []Receipt, waiting bool, err error) {
	if len(s.o.ReceiptKey) == 0 {
		return nil, false, nil
	}
	hash := s.receiptHash(code)
	err = s.read(ctx, func(v *snapshot) error {
		if found, err = receipts(v.conn, s.kinds, hash); err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(r Receipt) bool { return dat != 0 && r.DAT != dat })
		r, err := v.one("SELECT 1 FROM receipt_withdrawals WHERE hash = ?1 AND (?2 = 0 OR dat IN (0, ?2)) LIMIT 1", hash, dat)
		waiting = r != nil
		return err
	})
	return found, waiting, err
}

// WithdrawReceipt takes back what a receipt code belongs to, as its owner may; a
// code that is not known yet waits. from is where the asker comes from, as a
// hash: of one origin at most 20 wait. A code with two owners goes to the desk:
// ErrTaken.
func (s *Store) WithdrawReceipt(ctx context.Context, code, from string) error {
	if len(s.o.ReceiptKey) == 0 {
		return ErrNotFound
	}
	hash := s.receiptHash(code)
	return s.write(ctx, func(t *tx) error {
		found, err := t.receipts(hash)
		switch {
		case err != nil:
			return err
		case len(found) > 1:
			return ErrTaken
		case len(found) == 0:
			return t.waitForReceipt(nil, 0, hash, from)
		case found[0].Gone:
			return nil
		}
		d, err := t.tenant(found[0].DAT)
		if err != nil {
			return err
		}
		_, err = t.serve(d, "", &record.Op{
			Collection: s.kinds.schema.Collection(found[0].Collection), ID: found[0].ID, Withdraw: true,
		})
		return err
	})
}
