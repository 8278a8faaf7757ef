package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"earshot/server/desk"
)

type suggestCommand struct {
	tenant
	File string `required:"" placeholder:"F.csv" help:"A CSV in UTF-8 with the columns date, service, words, and optionally sentiment, method, kind."`
}

func (suggestCommand) Help() string {
	return `What each row may be about, learnt from what this DAT's desk has decided (its accepted and imported views with themes), and which view
it may repeat. Nothing is changed; themes in the file are not looked at. With --json one object a line, with all themes:

  {"row","themes":[{"code","name","score","because"}],"same":{"view","score"} or null}

Example:

  earshot suggest --data /var/lib/earshot --dat ourtown --file comments-2024.csv --json`
}

func (c *suggestCommand) Run(ctx context.Context, out *printer) (err error) {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("opening the file: %w: check --file", err)
	}
	defer file.Close()
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	to := bufio.NewWriter(out.out)
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	err = desk.SuggestFile(ctx, h.Store, dat, file, func(s desk.RowSuggestion) error {
		if out.json {
			return encoder.Encode(s)
		}
		return tell(to, s)
	})
	if err != nil {
		return fmt.Errorf("suggesting for %s: %w", c.File, err)
	}
	if err := to.Flush(); err != nil {
		return fmt.Errorf("printing the suggestions: %w", err)
	}
	return nil
}

// toldThemes is how many themes a person is shown of a row.
const toldThemes = 3

// tell writes a row's suggestions for a person.
func tell(to *bufio.Writer, s desk.RowSuggestion) error {
	fmt.Fprintf(to, "row %d\n", s.Row)
	for _, theme := range s.Themes[:min(toldThemes, len(s.Themes))] {
		fmt.Fprintf(to, "  %3.0f%%  %s %s", 100*theme.Score, theme.Code, theme.Name)
		if len(theme.Because) > 0 {
			fmt.Fprintf(to, ", because of: %s", strings.Join(theme.Because, ", "))
		}
		fmt.Fprintln(to)
	}
	if s.Same != nil {
		fmt.Fprintf(to, "  %3.0f%%  repeats view %s\n", 100*s.Same.Score, s.Same.View)
	}
	return nil
}
