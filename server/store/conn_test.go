package store

import (
	"fmt"
	"path/filepath"
	"testing"
)

// A setting takes effect whenever it is changed, however often it was that before.
func TestASettingTakesEffectEachTime(t *testing.T) {
	c, err := openConn(filepath.Join(t.TempDir(), File), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for range 3 {
		for _, want := range []string{"0", busyTimeout} {
			if err := c.set("busy_timeout", want); err != nil {
				t.Fatal(err)
			}
			rows, err := c.sql.Query("PRAGMA busy_timeout", nil)
			if err != nil {
				t.Fatal(err)
			}
			is := make(row, 1)
			if err := rows.Next(is); err != nil || fmt.Sprint(is.int(0)) != want {
				t.Errorf("it is %v, want %s: %v", is[0], want, err)
			}
			rows.Close()
		}
	}
}
