package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"

	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/programme"
)

type inviteCommand struct {
	tenant
	Name    string   `help:"What the member is called."`
	Role    string   `placeholder:"ROLE" help:"One of ${roles}."`
	Service []string `placeholder:"ID" help:"A service of theirs (a manager's); may stand more than once."`
	Member  string   `placeholder:"ID" help:"Instead of --name and --role: a member who is here, for a further device (earshot device list)."`
	Days    int      `default:"7" help:"How many days the code is good for."`
	Origin  *url.URL `default:"http://127.0.0.1:8080" help:"Where the app is, as people's browsers see it: what \"earshot serve\" was given."`
}

func (inviteCommand) Help() string {
	return "Example:\n\n  earshot invite --data /var/lib/earshot --dat ourtown --name \"Sam\" --role volunteer --origin https://earshot.example.org"
}

// Validate is called by kong: what it finds is wrong usage.
func (c *inviteCommand) Validate() error {
	switch {
	case c.Member != "" && (c.Name != "" || c.Role != "" || len(c.Service) > 0):
		return errors.New("--member is somebody who is here: leave --name, --role and --service out")
	case c.Member == "" && (strings.TrimSpace(c.Name) == "" || c.Role == ""):
		return errors.New("--name and --role say who is invited (or --member, for somebody who is here)")
	case c.Role != "" && !slices.Contains(programme.Roles, c.Role):
		return fmt.Errorf("--role must be one of %s", strings.Join(programme.Roles, ", "))
	case c.Days < 1:
		return errors.New("--days is at least 1")
	}
	return checkOrigin(c.Origin)
}

func (c *inviteCommand) Run(ctx context.Context, out *printer) (err error) {
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	authority := identity.New(h.keys, h.Store, identity.Options{Random: rand.Reader, Log: h.log, Origin: c.Origin})
	invitation, err := authority.Invite(ctx, dat.Num, identity.Caller{}, identity.Invite{
		Member: c.Member, Name: c.Name, Role: c.Role, Services: c.Service, Life: time.Duration(c.Days) * 24 * time.Hour,
	})
	var refused *problem.Problem
	switch {
	case errors.Is(err, identity.ErrService):
		return errors.New("--service: there is no such service here: \"earshot service list\" shows their ids")
	case errors.Is(err, identity.ErrMember):
		return errors.New("--member: there is no such member here, or they have left: \"earshot device list\" shows the ids of those who have a device")
	case errors.As(err, &refused):
		return errors.New(refused.Detail)
	case err != nil:
		return fmt.Errorf("inviting: %w", err)
	}
	return out.show(invitation, func(w io.Writer) {
		fmt.Fprintf(w, "code     %s\nlink     %s\nexpires  %s\n\n", invitation.Code, invitation.Link, invitation.Expires)
		printQR(w, invitation.Link)
		fmt.Fprintln(w, "The code works once. Hand it over in person, or read it out.")
		if c.Role == "manager" && len(c.Service) == 0 {
			fmt.Fprintln(w, "No service is theirs yet, so no view comes to them: a manager's services are named with --service.")
		}
	})
}

// printQR draws a link for a phone's camera.
func printQR(w io.Writer, link string) {
	qrterminal.GenerateWithConfig(link, qrterminal.Config{
		Level: qr.M, Writer: w, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
}
