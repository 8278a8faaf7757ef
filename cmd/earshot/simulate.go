package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"earshot/server/crowd"
	"earshot/server/identity"
	"earshot/sync/wire"
)

type simulateCommand struct {
	tenant
	URL    *url.URL `default:"http://127.0.0.1:8080" help:"The running server of this directory."`
	Phones int      `default:"50" help:"How many phones hand in."`
	Views  int      `default:"20" help:"How many made-up views each of them hands in."`
	Input  string   `placeholder:"F.csv" help:"Instead: each row of this file once, shared among the phones; it is read as by \"earshot import\"."`
	Batch  int      `placeholder:"B" help:"The most views in a push. Default: as many as the server takes."`
	Faults bool     `help:"Cut connections at random, lose answers, let websockets through only now and then."`
}

func (simulateCommand) Help() string {
	return `Volunteers' phones write views down without signal, connect, and hand them in; then a coordinator who comes new takes all that is there. What
another coordinator changes is timed until the last phone has it. It leaves its members and views behind: use a DAT made for it. Exit 1 where a
view was lost, came twice or was refused.

Examples:

  earshot simulate --data ./demo --dat demo --url http://127.0.0.1:8080 --phones 50 --views 20 --faults
  earshot simulate --data ./demo --dat demo --url http://127.0.0.1:8080 --phones 50 --input comments-2024.csv`
}

// Validate is called by kong: what it finds is wrong usage.
func (c *simulateCommand) Validate() error {
	switch {
	case c.URL.Scheme != "http" && c.URL.Scheme != "https" || c.URL.Host == "":
		return errors.New("--url must be like http://127.0.0.1:8080")
	case c.Phones < 1 || c.Phones > 10_000:
		return errors.New("--phones is from 1 to 10000")
	case c.Views < 1:
		return errors.New("--views is at least 1")
	case c.Batch < 0 || c.Batch > wire.MaxOps:
		return fmt.Errorf("--batch is from 1 to %d", wire.MaxOps)
	}
	return nil
}

// publishes is how many changes the fan-out is measured over.
const publishes = 50

// A simulated is what came of it, as it is printed.
type simulated struct {
	Pushed   int     `json:"pushed"`
	PushPerS float64 `json:"push_per_s"`
	Read     int     `json:"read"`
	ReadPerS float64 `json:"read_per_s"`
	FanoutMS struct {
		P50 float64 `json:"p50"`
		P99 float64 `json:"p99"`
	} `json:"fanout_ms"`
	Lost  int `json:"lost"`
	Twice int `json:"twice"`
}

func (c *simulateCommand) Run(ctx context.Context, out *printer) (err error) {
	var input io.ReadCloser
	if c.Input != "" {
		if input, err = os.Open(c.Input); err != nil {
			return fmt.Errorf("opening the file: %w: check --input", err)
		}
		defer input.Close()
	}
	h, dat, err := c.find(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	authority := identity.New(h.keys, h.Store, identity.Options{Random: rand.Reader, Log: h.log})
	people, err := crowd.Gather(ctx, crowd.Options{
		URL: c.URL.String(), Phones: c.Phones, Batch: c.Batch, Faults: c.Faults,
		Invite: func(ctx context.Context, name, role string) (string, error) {
			invitation, err := authority.Invite(ctx, dat.Num, identity.Caller{}, identity.Invite{Name: name, Role: role})
			return invitation.Code, err
		},
	})
	if err != nil {
		return fmt.Errorf("gathering the phones (is %s the server of %s?): %w", c.URL, c.Data, err)
	}
	defer people.Close()
	if err := c.tell(people, input, out); err != nil {
		return err
	}
	handed, err := people.HandIn()
	if err != nil {
		return fmt.Errorf("handing in: %w", err)
	}
	times, err := people.FanOut(publishes)
	if err != nil {
		return fmt.Errorf("measuring the fan-out: %w", err)
	}
	taken, err := people.TakeAll()
	if err != nil {
		return fmt.Errorf("reading as somebody new: %w", err)
	}
	return c.report(people, handed, times, taken, out)
}

// tell gives the phones what they are to hand in.
func (c *simulateCommand) tell(people *crowd.Crowd, input io.Reader, out *printer) error {
	if c.Input == "" {
		return people.Invent(c.Views)
	}
	unread, err := people.DealOut(input)
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.Input, err)
	}
	for _, row := range unread {
		fmt.Fprintf(out.err, "row %d is left out: %s\n", row.Row, row.Message)
	}
	return nil
}

func (c *simulateCommand) report(people *crowd.Crowd, handed crowd.HandedIn, times []time.Duration, taken crowd.Taken, out *printer) error {
	s := simulated{
		Pushed: len(handed.Views), PushPerS: perSecond(len(handed.Views), handed.Took),
		Read: len(taken.Views), ReadPerS: perSecond(len(taken.Views), taken.Took),
	}
	s.Lost, s.Twice = handed.Compare(taken)
	s.FanoutMS.P50, s.FanoutMS.P99 = milliseconds(crowd.Percentile(times, 0.50)), milliseconds(crowd.Percentile(times, 0.99))
	err := out.show(s, func(w io.Writer) {
		fmt.Fprintf(w, "%7d views pushed, %.0f a second\n", s.Pushed, s.PushPerS)
		if c.Faults {
			fmt.Fprintf(w, "        over lines that broke %d times; %d answers were lost, %d websockets were not let through\n",
				people.Faults.Cut.Load(), people.Faults.Unanswered.Load(), people.Faults.Blocked.Load())
		}
		fmt.Fprintf(w, "%7d views read by somebody new, %.0f a second\n", s.Read, s.ReadPerS)
		fmt.Fprintf(w, "%7d lost, %d twice\n", s.Lost, s.Twice)
		fmt.Fprintf(w, "A change reaches the last of %d phones in %.1f ms (p50), %.1f ms (p99).\n", c.Phones, s.FanoutMS.P50, s.FanoutMS.P99)
	})
	switch {
	case err != nil:
		return err
	case s.Lost > 0 || s.Twice > 0:
		return fmt.Errorf("%d views were lost and %d came twice: keep %s as it is, and run \"earshot check\" on it", s.Lost, s.Twice, c.Data)
	case len(handed.Refused) > 0:
		return fmt.Errorf("%d views were refused and lie in quarantine, the first since: %s", len(handed.Refused), handed.Refused[0].Problem.Message)
	}
	return nil
}

func perSecond(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
