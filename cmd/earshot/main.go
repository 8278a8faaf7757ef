// Command earshot is the whole product in one file: the server with the app in
// it, and what an administrator does beside it. Here is wiring only; each
// command is one small file, and what it does is in the packages it calls.
//
// Settings come as flags, then as EARSHOT_* variables (--data is EARSHOT_DATA).
// What a program reads goes to stdout, with --json as one JSON object; all else
// goes to stderr. Exit 0: done. 1: failed, and stderr says what to do.
// 2: used wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"earshot/server/programme"
)

type commands struct {
	JSON bool `name:"json" help:"Print one JSON object, and nothing else, on stdout."`

	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Dat      datCommands     `cmd:"" help:"Drug Action Teams: add one, list them."`
	Service  serviceCommands `cmd:"" help:"The services of a DAT: add one, list them."`
	Invite   inviteCommand   `cmd:"" help:"Make a member and a one-time code for a device of theirs."`
	Device   deviceCommands  `cmd:"" help:"Enrolled devices: list them, revoke a lost one."`
	Import   importCommand   `cmd:"" help:"Take views in from a CSV."`
	Export   exportCommand   `cmd:"" help:"Write every collection as CSV."`
	Backup   backupCommand   `cmd:"" help:"Put everything into one encrypted file, while the server runs."`
	Restore  restoreCommand  `cmd:"" help:"Get it back out of one, with a new epoch."`
	Cards    cardsCommand    `cmd:"" help:"Print cards with receipts, to hand out."`
	Check    checkCommand    `cmd:"" help:"Read everything, and say whether it agrees with itself."`
	Suggest  suggestCommand  `cmd:"" help:"Say what the rows of a CSV may be about, and what they may repeat."`
	Simulate simulateCommand `cmd:"" help:"Let a crowd of phones hand views in, and count what came through."`
	Schema   schemaCommand   `cmd:"" help:"Print what /v1/schema says."`
	Health   healthCommand   `cmd:"" hidden:"" help:"Ask a server beside this whether it is ready (for containers)."`
}

// errUsage marks what is the caller's to mend in the way of calling: exit 2.
var errUsage = errors.New("used wrongly")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("earshot"),
		kong.Description("Earshot carries what a person said to the people who can change something, and the answer back."),
		kong.DefaultEnvars("EARSHOT"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Vars{
			"roles":           strings.Join(programme.Roles, ", "),
			"service_kinds":   strings.Join(values("service", "kind"), ", "),
			"service_sectors": strings.Join(values("service", "sector"), ", "),
		},
	)
	if err != nil {
		fmt.Fprintln(stderr, "earshot:", err)
		return 1
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "earshot: %v\nTry: earshot %s--help\n", err, commandOf(err))
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends at once
	chosen.BindTo(ctx, (*context.Context)(nil))
	chosen.Bind(&printer{json: c.JSON, out: stdout, err: stderr})
	switch err := chosen.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "earshot:", err)
		return 2
	default:
		fmt.Fprintln(stderr, "earshot:", err)
		return 1
	}
}

// commandOf gives the words of the command that was being called, each followed by a blank.
func commandOf(err error) string {
	var parsing *kong.ParseError
	if !errors.As(err, &parsing) || parsing.Context == nil {
		return ""
	}
	words := ""
	for _, element := range parsing.Context.Path {
		if element.Command != nil {
			words += element.Command.Name + " "
		}
	}
	return words
}
