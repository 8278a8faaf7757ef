// Command demorun is the main job, whole, on real input: an empty server, fifty
// phones on a bad line and a coordinator; every row of a file is handed in as a
// view, matters are raised from them, decided and answered, and the answers reach
// the phones and the public page. It prints what came through, and exits 1 where
// anything did not.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"earshot/server/bench/rig"
	"earshot/server/crowd"
	"earshot/server/desk"
	"earshot/sync/device"
)

// The DAT that the run makes.
const (
	slug = "ourtown"
	name = "Ourtown DAT"
)

// A run is the main job, once.
type run struct {
	binary, input string
	phones, batch int

	file   []byte
	server *rig.Server
	crowd  *crowd.Crowd
	// wrong is what did not come through, in words.
	wrong []string
}

func main() {
	var r run
	flag.StringVar(&r.binary, "earshot", "bin/earshot", "the built binary")
	flag.StringVar(&r.input, "input", "", "a CSV with the columns date, service, words, and optionally themes, sentiment, method, kind")
	flag.IntVar(&r.phones, "phones", 50, "how many phones there are")
	flag.IntVar(&r.batch, "batch", 8, "the most views in a push")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := r.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo-run:", err)
	}
	for _, wrong := range r.wrong {
		fmt.Fprintln(os.Stderr, "demo-run:", wrong)
	}
	if err != nil || len(r.wrong) > 0 {
		os.Exit(1)
	}
	fmt.Println("\nAll of it came through.")
}

func (r *run) run(ctx context.Context) (err error) {
	if r.file, err = os.ReadFile(r.input); err != nil {
		return fmt.Errorf("reading what people said: %w (set EARSHOT_TESTDATA to the directory of feedback.csv, or name a file with -input)", err)
	}
	dir, err := os.MkdirTemp("", "earshot-demorun-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if r.server, err = rig.Start(ctx, r.binary, filepath.Join(dir, "data")); err != nil {
		return err
	}
	err = r.whole(ctx)
	if r.crowd != nil {
		r.crowd.Close()
	}
	return errors.Join(err, r.stop())
}

func (r *run) whole(ctx context.Context) error {
	if err := r.gather(ctx); err != nil {
		return err
	}
	rows, err := desk.ReadViews(bytes.NewReader(r.file))
	if err != nil {
		return fmt.Errorf("reading %s: %w", r.input, err)
	}
	if err := r.handIn(rows); err != nil {
		return err
	}
	matters, err := r.deskWork(ctx)
	if err != nil {
		return err
	}
	if err := r.backAgain(ctx, matters); err != nil {
		return err
	}
	return r.check(ctx, len(rows), len(matters))
}

// gather makes the DAT and enrols everybody.
func (r *run) gather(ctx context.Context) (err error) {
	fmt.Printf("An empty server listens on %s.\n", r.server.URL)
	began := time.Now()
	if err := r.server.Command(ctx, nil, "dat", "add", "--name", name, "--slug", slug); err != nil {
		return err
	}
	r.crowd, err = crowd.Gather(ctx, crowd.Options{
		URL: r.server.URL, Phones: r.phones, Batch: r.batch, Faults: true,
		Invite: func(ctx context.Context, name, role string) (string, error) {
			var invitation struct{ Code string }
			err := r.server.Command(ctx, &invitation, "invite", "--dat", slug, "--name", name, "--role", role)
			return invitation.Code, err
		},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s is made; a coordinator and %d phones are enrolled. %s\n", name, r.phones, since(began))
	return nil
}

// handIn lets the phones hand in every row, and compares what somebody new reads
// with what stands in the file.
func (r *run) handIn(rows []desk.View) error {
	unread, err := r.crowd.DealOut(bytes.NewReader(r.file))
	if err != nil {
		return err
	}
	fmt.Printf("\n%d people spoke (%s). Volunteers write it down where there is no signal, and connect on the way home:\n", len(rows), filepath.Base(r.input))
	handed, err := r.crowd.HandIn()
	if err != nil {
		return err
	}
	faults := r.crowd.Faults
	count(faults.Cut.Load(), "times the line broke while a phone was sending")
	count(faults.Unanswered.Load(), "times the answer was lost on its way")
	count(faults.Blocked.Load(), "times a network let no websocket through, so it went by plain HTTP")
	count(len(handed.Views), "views are on the server's disk after "+short(handed.Took))

	taken, err := r.crowd.TakeAll()
	if err != nil {
		return err
	}
	lost, twice := handed.Compare(taken)
	fmt.Printf("\nA coordinator who comes new reads everything, in %s:\n", short(taken.Took))
	count(len(rows), "rows stand in the file")
	count(len(taken.Views), "views are read")
	r.none(lost, "lost")
	r.none(twice, "twice")
	r.none(len(handed.Refused), "refused")
	r.none(len(unread), "rows that no view can be made of")
	views, err := r.atTheDesk(len(handed.Views))
	if err != nil {
		return err
	}
	r.none(differing(rows, views), "in other words than the file's")
	if len(taken.Views) != len(rows) {
		r.wrong = append(r.wrong, fmt.Sprintf("%d rows became %d views", len(rows), len(taken.Views)))
	}
	return nil
}

// atTheDesk waits until the desk, which was there all the time, holds so many views.
func (r *run) atTheDesk(count int) (views []device.Record, err error) {
	err = r.crowd.Until(r.crowd.Desk, func() (_ bool, err error) {
		views, err = r.crowd.Desk.Records("view")
		return len(views) >= count, err
	})
	if err != nil {
		return nil, fmt.Errorf("%d of %d views came to the desk: %w", len(views), count, err)
	}
	return views, nil
}

// check lets the server look over what it holds.
func (r *run) check(ctx context.Context, views, matters int) error {
	var checked struct {
		OK       bool
		Records  int
		Problems []string
	}
	// A check that finds something ends with 1, and says what it is.
	failed := r.server.Command(ctx, &checked, "check")
	if failed != nil && len(checked.Problems) == 0 {
		return failed
	}
	fmt.Printf("\nearshot check: %d records read, %d problems\n", checked.Records, len(checked.Problems))
	r.wrong = append(r.wrong, checked.Problems...)

	var list struct {
		DATs []struct {
			Slug           string
			Views, Matters int
		}
	}
	if err := r.server.Command(ctx, &list, "dat", "list"); err != nil {
		return err
	}
	if len(list.DATs) != 1 || list.DATs[0].Views != views || list.DATs[0].Matters != matters {
		r.wrong = append(r.wrong, fmt.Sprintf("earshot dat list counts otherwise: %+v", list.DATs))
	}
	return nil
}

func (r *run) stop() error {
	began := time.Now()
	if err := r.server.Stop(); err != nil {
		return err
	}
	fmt.Printf("The server was asked to stop, and did. %s\n", since(began))
	return nil
}

// none prints a count that has to be none.
func (r *run) none(n int, what string) {
	count(n, what)
	if n != 0 {
		r.wrong = append(r.wrong, fmt.Sprintf("%d %s", n, what))
	}
}

func count[N int | int64](n N, what string) { fmt.Printf("%7d  %s\n", n, what) }

func since(began time.Time) string { return "(" + short(time.Since(began)) + ")" }

func short(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
