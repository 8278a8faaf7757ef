package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"earshot/server"
	"earshot/server/demo"
	"earshot/server/identity"
)

// demonstrate makes the demonstration where it is not here yet, and prints a
// fresh link each for the three whom a visitor can be, for a person with its QR code.
func demonstrate(ctx context.Context, s *server.Server, out *printer) error {
	d, err := demo.Make(ctx, s.Store(), time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	type link struct{ who, member, url string }
	links := []link{{who: "volunteer", member: d.Volunteer}, {who: "coordinator", member: d.Coordinator}, {who: "lead", member: d.Lead}}
	public := strings.TrimRight(s.Origin().String(), "/") + "/s/" + demo.Slug
	printed := map[string]string{"public": public}
	for i := range links {
		invitation, err := s.Identity().Invite(ctx, d.DAT.Num, identity.Caller{}, identity.Invite{Member: links[i].member})
		if err != nil {
			return fmt.Errorf("inviting the %s: %w", links[i].who, err)
		}
		links[i].url = invitation.Link
		printed[links[i].who] = invitation.Link
	}
	return out.show(printed, func(w io.Writer) {
		for _, l := range links {
			fmt.Fprintf(w, "\n%s\n%s\n", l.who, l.url)
			printQR(w, l.url)
		}
		fmt.Fprintf(w, "\nEach link enrols one browser, once: open each in another browser, or in another profile of one\n"+
			"(all private windows of a browser are one profile).\n"+
			"What everybody can read: %s\nEnd with Ctrl-C. The next start prints fresh links.\n\n", public)
	})
}
