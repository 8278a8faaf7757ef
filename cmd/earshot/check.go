package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

type checkCommand struct{ place }

func (checkCommand) Help() string { return "Example:\n\n  earshot check --data /var/lib/earshot" }

func (c *checkCommand) Run(ctx context.Context, out *printer) (err error) {
	h, err := c.open(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	report, err := h.Check(ctx)
	if err != nil {
		return fmt.Errorf("checking: %w", err)
	}
	problems := append([]string{}, report.Problems...)
	err = out.show(map[string]any{"ok": len(problems) == 0, "records": report.Records, "problems": problems}, func(w io.Writer) {
		fmt.Fprintf(w, "%d records read.\n", report.Records)
		if report.Unindexed > 0 {
			fmt.Fprintf(w, "The words of %d are still to be indexed, which a running server does by itself; they are found all the same.\n", report.Unindexed)
		}
		for _, problem := range problems {
			fmt.Fprintln(w, problem)
		}
		if len(problems) == 0 {
			fmt.Fprintln(w, "Feed, audiences, projections, counts and the audit chain agree.")
		}
	})
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%d things do not agree: keep a copy of %s as it is, and restore or ask for help", len(problems), c.Data)
	}
	return err
}
