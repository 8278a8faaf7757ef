package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"

	_ "earshot/server/store/fts5"
)

// A conn is one connection of the driver itself, with every statement prepared
// once. database/sql would prepare, lock and allocate for each call; measured,
// that is more than half of what a small commit costs. A conn is used by one
// goroutine at a time.
type conn struct {
	sql   *sqlite3.SQLiteConn
	stmts map[string]*stmt
	is    map[string]string // settings as they were last changed
}

// A stmt runs through Query even where nothing comes back: the driver binds all
// arguments and takes the first step in one crossing into C that way.
type stmt struct {
	*sqlite3.SQLiteStmt
	args []driver.NamedValue
	cols int
	text string
}

// busyTimeout is how long a connection waits for another process's lock, in
// milliseconds.
const busyTimeout = "5000"

// openConn opens one connection. Settings that hold for all of them are here;
// those that make a writer or a reader come as further statements. SQLite need
// not lock a connection that one goroutine at a time uses.
func openConn(file, vfs string, setup ...string) (*conn, error) {
	dsn := "file:" + file + "?_foreign_keys=on&_busy_timeout=" + busyTimeout + "&_mutex=no"
	if vfs != "" {
		dsn += "&vfs=" + vfs
	}
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	n := &conn{sql: c.(*sqlite3.SQLiteConn), stmts: map[string]*stmt{}, is: map[string]string{}}
	for _, s := range setup {
		if _, err := n.sql.Exec(s, nil); err != nil {
			n.close()
			return nil, fmt.Errorf("%s: %w", s, err)
		}
	}
	return n, nil
}

// set changes a setting of the connection where it is another. Such statements take
// effect as they are prepared, so none is kept for the next time.
func (c *conn) set(name, value string) error {
	if c.is[name] == value {
		return nil
	}
	if _, err := c.sql.Exec("PRAGMA "+name+" = "+value, nil); err != nil {
		return fmt.Errorf("set %s to %s: %w", name, value, err)
	}
	c.is[name] = value
	return nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	c.stmts = nil
	return errors.Join(append(errs, c.sql.Close())...)
}

// prepare gives the statement of this text, prepared at its first use. The
// texts are constants of this package, so the map is bounded.
//
// Where SQLite chooses an index by looking at the value of a bare parameter, it
// plans the statement anew at every use, which costs ten times what a short range
// scan does. So statements that are often used and scan a range say "= ?+0", an
// expression, whose value it does not ask for.
func (c *conn) prepare(text string) (*stmt, error) {
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	p, err := c.sql.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	s := &stmt{SQLiteStmt: p.(*sqlite3.SQLiteStmt), text: text, args: make([]driver.NamedValue, p.NumInput())}
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	c.stmts[text] = s
	return s, nil
}

func (s *stmt) query(args []any) (driver.Rows, error) {
	if len(args) != len(s.args) {
		return nil, fmt.Errorf("%q takes %d arguments, not %d", s.text, len(s.args), len(args))
	}
	for i, a := range args {
		switch v := a.(type) {
		case int:
			s.args[i].Value = int64(v)
		default:
			s.args[i].Value = v
		}
	}
	rows, err := s.QueryContext(context.Background(), s.args)
	if err != nil {
		return nil, fmt.Errorf("%.60q: %w", s.text, err)
	}
	return rows, nil
}

// exec runs a statement that gives no rows.
func (c *conn) exec(text string, args ...any) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	// A statement that has run to its end holds nothing, so its rows need no Close.
	rows, err := s.query(args)
	if err != nil {
		return err
	}
	if err := rows.Next(nil); err != io.EOF {
		rows.Close()
		if err != nil {
			return fmt.Errorf("%.60q: %w", text, err)
		}
	}
	return nil
}

// A row is one row of an answer: int64, string, []byte, float64 or nil.
type row []driver.Value

func (r row) int(i int) int64   { v, _ := r[i].(int64); return v }
func (r row) str(i int) string  { v, _ := r[i].(string); return v }
func (r row) blob(i int) []byte { v, _ := r[i].([]byte); return v }

// one gives the first row, or nil where there is none.
func (c *conn) one(text string, args ...any) (row, error) {
	var got row
	err := c.each(text, func(r row) error {
		got = append(row(nil), r...)
		return errStop
	}, args...)
	return got, err
}

var errStop = errors.New("store: enough rows")

// each calls f with every row; what f keeps of row it copies, though not its
// strings and bytes, which are its own. It ends without error when f gives errStop.
// While it runs, the same statement must not be run again on this connection.
func (c *conn) each(text string, f func(row) error, args ...any) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	rows, err := s.query(args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.cols == 0 {
		s.cols = len(rows.Columns())
	}
	r := make(row, s.cols)
	for {
		switch err := rows.Next(r); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%.60q: %w", text, err)
		}
		if err := f(r); err == errStop {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// all gives every row. It is for answers that are known to be small, and for
// those whose rows lead to further use of the same statement.
func (c *conn) all(text string, args ...any) ([]row, error) {
	var got []row
	err := c.each(text, func(r row) error {
		got = append(got, append(row(nil), r...))
		return nil
	}, args...)
	return got, err
}
