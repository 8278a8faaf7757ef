package store

import (
	"bytes"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
)

// copied takes the push of a device that was copied or set back, under its old
// key: what the server has under a number and hash is the same; a sealed op else
// goes to quarantine, once for each hash; a plain one else is refused and kept
// nowhere. acked does not move.
func (in *intake) copied(ops []Incoming) error {
	for i := range ops {
		op := &ops[i]
		e := &op.Envelope
		if e.Void {
			in.result(e.N, outcome{status: record.Applied})
			continue
		}
		same, err := in.isSame(op)
		if err != nil {
			return err
		}
		if same {
			if err := in.known(op); err != nil {
				return err
			}
			continue
		}
		out := refused(&record.Problem{
			Code:    record.Copied,
			Message: "This device was copied or set back. Hand this in again under its new key.",
		})
		if e.Sealed == "" {
			in.result(e.N, out)
			continue
		}
		again, err := in.tx.one("SELECT problem FROM copies WHERE device = ? AND hash = ?", in.dev.num, e.Hash[:])
		if err != nil {
			return err
		}
		if again != nil {
			if json.Unmarshal([]byte(again.str(0)), out.problem) != nil {
				return errBroken
			}
			out.status = record.Same
			in.result(e.N, out)
			continue
		}
		if in.slow() {
			break
		}
		in.taken++
		if op.Plain == nil && op.Problem != nil {
			out.problem = op.Problem
		} else {
			out.problem.Message = "This came from a device that was copied or set back. The coordinator can look at it."
		}
		at, base := in.said(op.Op)
		if at, err = in.timeOf(in.d, base, at, 0); err != nil {
			return err
		}
		if err := in.hold(in.d, in.dev, held{n: e.N, at: at, hash: e.Hash[:], copied: true, in: op, out: out}); err != nil {
			return err
		}
		problem, err := json.Marshal(out.problem)
		if err != nil {
			return err
		}
		if err := in.exec("INSERT INTO copies (device, hash, problem) VALUES (?, ?, ?)", in.dev.num, e.Hash[:], string(problem)); err != nil {
			return err
		}
		in.result(e.N, out)
	}
	return nil
}

// isSame says whether the server has this op, by number and hash.
func (in *intake) isSame(op *Incoming) (bool, error) {
	n := op.Envelope.N
	if n > in.dev.acked {
		return false, nil
	}
	r, err := in.find(n)
	if err != nil || r == nil {
		return false, err
	}
	at := int(n-r.first) * hashBytes
	return at+hashBytes <= len(r.hashes) && bytes.Equal(r.hashes[at:at+hashBytes], op.Envelope.Hash[:hashBytes]), nil
}
