package main

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"text/tabwriter"
)

func TestANameDoesNotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	p := printer{out: &out}
	err := p.show(nil, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tID")
		fmt.Fprintf(table, "%s\t%s\n", "Zo\u00eb \x1b]52;c;eA==\a\u009b2J\r\x7f\u2588", "1")
		table.Flush()
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.String(); bytes.ContainsAny(out.Bytes(), "\x1b\a\r\x7f\u009b") || !bytes.Contains(out.Bytes(), []byte("Zo\u00eb ]52;c;eA==2J\u2588")) {
		t.Errorf("printed is %q", got)
	}
}
