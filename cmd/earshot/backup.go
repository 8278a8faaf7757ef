package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"

	"earshot/server/atomicfile"
	"earshot/server/backup"
	"earshot/server/store"
)

// passphraseVariable holds what a backup is locked with where no key is named: a
// flag would stand in the list of processes.
const passphraseVariable = "EARSHOT_PASSPHRASE"

type backupCommand struct {
	place
	To        string   `required:"" placeholder:"FILE" help:"Where to write it."`
	Recipient []string `placeholder:"AGE" help:"The age key that may open it (age1…, made by age-keygen); may stand more than once. Default: the passphrase in EARSHOT_PASSPHRASE."`
}

func (backupCommand) Help() string {
	return `Database, quarantine, keys and ledger in one encrypted file, while the server runs. Whoever can open it can read everything that was said.
With "serve --safe backup", what the newest backup holds is what phones call safe.

Examples:

  earshot backup --data /var/lib/earshot --to /mnt/backup/earshot-$(date +%F).age --recipient age1…
  EARSHOT_PASSPHRASE=… earshot backup --data /var/lib/earshot --to earshot.age`
}

func (c *backupCommand) recipients() ([]age.Recipient, error) {
	var all []age.Recipient
	for _, key := range c.Recipient {
		r, err := age.ParseX25519Recipient(key)
		if err != nil {
			return nil, fmt.Errorf("%w: --recipient is a key that begins with age1 (age-keygen prints it): %w", errUsage, err)
		}
		all = append(all, r)
	}
	if len(all) > 0 {
		return all, nil
	}
	phrase := os.Getenv(passphraseVariable)
	if phrase == "" {
		return nil, fmt.Errorf("%w: say who may open the backup, with --recipient or the passphrase in %s", errUsage, passphraseVariable)
	}
	r, err := age.NewScryptRecipient(phrase)
	return []age.Recipient{r}, err
}

func (c *backupCommand) Run(ctx context.Context, out *printer) (err error) {
	recipients, err := c.recipients()
	if err != nil {
		return err
	}
	h, err := c.open(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	var of store.Copy
	err = atomicfile.Write(c.To, func(w io.Writer) error {
		of, err = backup.Write(ctx, w, c.Data, h.Store, recipients...)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w: nothing was left there; see that there is room in it and in --data, and try again", c.To, err)
	}
	// Only what lies in the file is safe.
	if err := h.Backed(ctx, of); err != nil {
		return fmt.Errorf("the backup is whole, but what it makes safe could not be noted: %w", err)
	}
	return showBackup(out, c.To, of.DATs, of.Epoch, "backed up")
}

type restoreCommand struct {
	place
	From     string `required:"" placeholder:"FILE" help:"The backup."`
	Identity string `placeholder:"FILE" help:"The file of the age key that opens it. Default: the passphrase in EARSHOT_PASSPHRASE."`
}

func (restoreCommand) Help() string {
	return `Puts a backup in the place of what DIR holds, or makes DIR. Stop the server first.
A new epoch begins, and phones hand in again what the backup had not. What was taken back, redacted, narrowed or revoked since stays so, as the ledger in DIR has it: keep that file.

Examples:

  earshot restore --data /var/lib/earshot --from earshot-2026-11-27.age --identity key.txt
  EARSHOT_PASSPHRASE=… earshot restore --data /var/lib/earshot --from earshot.age`
}

func (c *restoreCommand) identities() ([]age.Identity, error) {
	if c.Identity != "" {
		f, err := os.Open(c.Identity)
		if err != nil {
			return nil, fmt.Errorf("opening --identity: %w", err)
		}
		defer f.Close()
		ids, err := age.ParseIdentities(f)
		if err != nil {
			return nil, fmt.Errorf("%s holds no age key: %w", c.Identity, err)
		}
		return ids, nil
	}
	phrase := os.Getenv(passphraseVariable)
	if phrase == "" {
		return nil, fmt.Errorf("%w: say what opens the backup, with --identity or the passphrase in %s", errUsage, passphraseVariable)
	}
	id, err := age.NewScryptIdentity(phrase)
	return []age.Identity{id}, err
}

func (c *restoreCommand) Run(ctx context.Context, out *printer) (err error) {
	ids, err := c.identities()
	if err != nil {
		return err
	}
	f, err := os.Open(c.From)
	if err != nil {
		return fmt.Errorf("opening the backup: %w", err)
	}
	defer f.Close()
	_, err = os.Stat(c.Data)
	fresh := errors.Is(err, fs.ErrNotExist)
	back, err := backup.Restore(ctx, f, c.Data, ids...)
	if err != nil {
		if fresh {
			_ = os.Remove(c.Data + "/earshot.lock") // what was not restored leaves nothing behind
			_ = os.Remove(c.Data)
		}
		return fmt.Errorf("restoring %s: %w", c.From, advised(err))
	}
	// The first start after it begins the new epoch, and does again what the ledger holds.
	h, err := c.open(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if back.Bare {
		fmt.Fprintf(out.err, "No ledger lay in %s: what was taken back, redacted or revoked after %s may be here again. Look through it before phones come back.\n",
			c.Data, back.Begun)
	}
	return showBackup(out, c.From, back.DATs, h.Epoch(), "restored")
}

// advised adds what to do about an error of a restore.
func advised(err error) error {
	var wrong *age.NoIdentityMatchError
	switch {
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("%w: stop the server on --data, and every command beside it, then try again", err)
	case errors.As(err, &wrong):
		return fmt.Errorf("%w: it was locked with another key or passphrase", err)
	case errors.Is(err, backup.ErrOtherKeys):
		return fmt.Errorf("%w: choose an empty directory with --data", err)
	case errors.Is(err, backup.ErrNewer):
		return fmt.Errorf("%w: restore it with that one", err)
	}
	return err
}

func showBackup(out *printer, file string, dats int, epoch, what string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	said := map[string]any{"file": file, "bytes": info.Size(), "dats": dats, "epoch": epoch}
	return out.show(said, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %d bytes, %d DATs\n", what, file, info.Size(), dats)
	})
}
