package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"

	"earshot/server/atomicfile"
	"earshot/server/cards"
)

type cardsCommand struct {
	tenant
	Count  int      `required:"" placeholder:"N" help:"How many cards, eight to a sheet."`
	To     string   `required:"" placeholder:"F.pdf" help:"The file to write."`
	Origin *url.URL `default:"http://127.0.0.1:8080" help:"Where the app is, as people's browsers see it."`
	Come   string   `placeholder:"TEXT" help:"Where and when to come, to hear more or take part; without it there is a line to write on."`
}

func (cardsCommand) Help() string {
	return `Cards of the size of a bank card, each with a code of its own, to hand to people who say something. The QR code at the foot of a sheet holds that sheet's codes, for the phone of whoever hands them out.
No card has a word about drugs on it: keep it so in --come.
Whoever has a code can take back what is said with it: keep the file as you keep keys, and erase it when it is printed.

Example:

  earshot cards --data /var/lib/earshot --dat ourtown --count 40 --to cards.pdf --origin https://earshot.example.org --come "Tuesdays at 2, the library's back room"`
}

// Validate is called by kong: what it finds is wrong usage.
func (c *cardsCommand) Validate() error {
	switch {
	case c.Count < 1 || c.Count > cards.Most:
		return fmt.Errorf("--count is from 1 to %d", cards.Most)
	case len([]rune(c.Come)) > 60:
		return errors.New("--come has 60 characters at most: a card has two lines for it")
	}
	return checkOrigin(c.Origin)
}

func (c *cardsCommand) Run(ctx context.Context, out *printer) (err error) {
	h, _, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	if err := h.Close(); err != nil {
		return err
	}
	codes, err := cards.Draw(rand.Reader, c.Count)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.To, func(w io.Writer) error {
		return cards.Print(w, cards.Printing{Origin: c.Origin, Come: c.Come}, codes)
	}); err != nil {
		return fmt.Errorf("writing %s: %w: choose another place with --to", c.To, err)
	}
	made := struct {
		File   string `json:"file"`
		Cards  int    `json:"cards"`
		Sheets int    `json:"sheets"`
	}{c.To, len(codes), (len(codes) + cards.PerSheet - 1) / cards.PerSheet}
	return out.show(made, func(w io.Writer) {
		fmt.Fprintf(w, "%d cards on %d sheets of A4 in %s. Print them at their full size, and erase the file.\n", made.Cards, made.Sheets, made.File)
	})
}
