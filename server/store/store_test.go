package store_test

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"earshot/server/store"
	"earshot/server/store/storetest"
)

func open(dir string, o store.Options) (storetest.Store, error) {
	if os.Getenv("EARSHOT_TEST_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return store.Open(context.Background(), dir, o)
}

func TestStore(t *testing.T) { storetest.Run(t, open) }
