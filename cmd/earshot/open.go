package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"earshot/server/identity"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// A place is the data directory that a command works on, beside a running server or without one.
type place struct {
	Data string `required:"" placeholder:"DIR" help:"The data directory: database, keys."`
}

// A tenant is one DAT of a place.
type tenant struct {
	place
	Dat string `required:"" placeholder:"SLUG" help:"The DAT, by its slug (earshot dat list)."`
}

// house is a data directory, open.
type house struct {
	*store.Store
	keys *identity.Keys
	log  *slog.Logger
}

// open opens a data directory that is there.
func (p place) open(ctx context.Context, out *printer) (house, error) {
	if _, err := os.Stat(p.Data); errors.Is(err, fs.ErrNotExist) {
		return house{}, fmt.Errorf("there is no directory %s: check --data, or make it with \"earshot serve\" or \"earshot dat add\"", p.Data)
	}
	return p.make(ctx, out)
}

// make opens a data directory, and makes it where it is not there.
func (p place) make(ctx context.Context, out *printer) (house, error) {
	keys, err := identity.OpenKeys(p.Data, rand.Reader)
	if err != nil {
		return house{}, fmt.Errorf("opening the keys in %s: %w", p.Data, err)
	}
	log := out.log("text", slog.LevelWarn)
	s, err := store.Open(ctx, p.Data, store.Options{Log: log, ReceiptKey: keys.CodeKey("receipt")})
	if err != nil {
		return house{}, fmt.Errorf("opening the database in %s: %w", p.Data, err)
	}
	return house{Store: s, keys: keys, log: log}, nil
}

// find opens the directory and looks the DAT up.
func (t tenant) find(ctx context.Context, out *printer) (house, store.DAT, error) {
	h, err := t.open(ctx, out)
	if err != nil {
		return house{}, store.DAT{}, err
	}
	dat, err := h.DAT(ctx, t.Dat)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("there is no DAT with the slug %q here: \"earshot dat list\" shows them", t.Dat)
	}
	if err != nil {
		return house{}, store.DAT{}, errors.Join(err, h.Close())
	}
	return h, dat, nil
}

// create makes one record, through the checks that a phone's op goes through.
func (h house) create(ctx context.Context, dat store.DAT, collection string, set map[string]any) (id string, err error) {
	if id, err = programme.NewID(time.Now(), rand.Reader); err != nil {
		return "", err
	}
	problem, err := h.Create(ctx, dat.Num, "", store.Creation{Collection: collection, ID: id, Set: set})
	if err != nil {
		return "", fmt.Errorf("making a %s: %w", collection, err)
	}
	if problem != nil {
		return "", told(problem)
	}
	return id, nil
}

// told turns a problem into what a person at a terminal can act on.
func told(p *record.Problem) error {
	if p.Field != "" {
		return fmt.Errorf("--%s: %s", p.Field, p.Message)
	}
	return errors.New(p.Message)
}

// values gives what an enum field may be, for --help.
func values(collection, field string) []string {
	c := programme.Schema().Collection(collection)
	return c.Fields[c.Field(field)].Values
}
