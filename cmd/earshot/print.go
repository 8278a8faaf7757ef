package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
)

// A printer shows what a command found: as one JSON object where a program
// asked, as text where a person did.
type printer struct {
	json     bool
	out, err io.Writer
}

// show prints v as JSON, or calls text to print it for a person.
func (p *printer) show(v any, text func(w io.Writer)) error {
	if !p.json {
		text(plain{p.out})
		return nil
	}
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("printing the outcome: %w", err)
	}
	return nil
}

// plain leaves control characters out of a table: what members call themselves
// must not steer the terminal of who lists them.
type plain struct{ io.Writer }

func (p plain) Write(b []byte) (int, error) {
	shown := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, string(b))
	if _, err := io.WriteString(p.Writer, shown); err != nil {
		return 0, err
	}
	return len(b), nil
}

// log is where packages say what happens, from a level on: on stderr, whatever
// stdout is used for.
func (p *printer) log(format string, from slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: from}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(p.err, options))
	}
	return slog.New(slog.NewTextHandler(p.err, options))
}
