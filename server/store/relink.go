package store

import (
	"context"
	"crypto/sha256"
	"database/sql"

	"github.com/pressly/goose/v3"

	"earshot/sync/record"
)

// relinking moves the audit over to a chain for each DAT: step 6 of the database's
// shape, which SQL alone can't do. It is never changed; nor is [appendLink], or old
// chains could not be checked.
var relinking = goose.NewGoMigration(6, &goose.GoFunc{RunTx: relink}, nil)

func relink(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT a.dat, a.at, a.device, coalesce(d.id, ''), a.member, a.seq, a.what, n.name, a.record
		FROM audit_before a JOIN names n ON n.num = a.what LEFT JOIN devices d ON d.num = a.device ORDER BY a.dat, a.num`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var at follower
	for rows.Next() {
		var dat, when, device, seq, what int64
		var deviceID, member, text string
		var id []byte
		if err := rows.Scan(&dat, &when, &device, &deviceID, &member, &seq, &what, &text, &id); err != nil {
			return err
		}
		if dat != at.dat {
			at = follower{dat: dat}
		}
		at.num++
		at.text = appendLink(at.text[:0], at.hash, at.num, record.Time(when), seq, deviceID, member, text, id)
		at.hash = sha256.Sum256(at.text)
		if _, err := tx.ExecContext(ctx, "INSERT INTO audit (dat, num, at, device, member, seq, what, record, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			dat, at.num, when, device, member, seq, what, id, at.hash[:]); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE audit_before")
	return err
}
