package store

import "context"

// Note adds a link to the audit chain for what was done with a DAT as a whole and
// changes no record: an export. actor is the member who did it, "" for a command.
func (s *Store) Note(ctx context.Context, dat int64, actor, what string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.tenant(dat); err != nil {
			return err
		}
		return t.audit(AuditRow{DAT: dat, Member: actor, What: what})
	})
}
