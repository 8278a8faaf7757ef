package rig

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// A Team is a DAT with a service, phones of volunteers, and a coordinator's desk.
type Team struct {
	server      *Server
	Slug        string
	Services    []string
	Themes      []string
	Phones      []Member
	Coordinator Member
}

// NewTeam makes a DAT on an empty or a used server, and enrols so many phones in it.
func NewTeam(ctx context.Context, server *Server, slug string, phones int) (Team, error) {
	t := Team{server: server, Slug: slug}
	if err := server.Command(ctx, nil, "dat", "add", "--name", slug, "--slug", slug); err != nil {
		return t, err
	}
	var service struct{ ID string }
	if err := server.Command(ctx, &service, "service", "add", "--dat", slug,
		"--name", "Bridge Street exchange", "--kind", "needle_exchange", "--sector", "voluntary"); err != nil {
		return t, err
	}
	t.Services = []string{service.ID}
	var err error
	if t.Coordinator, err = t.Invite(ctx, "Coordinator", "coordinator"); err != nil {
		return t, err
	}
	if t.Phones, err = t.Volunteers(ctx, phones); err != nil {
		return t, err
	}
	t.Themes, err = t.themes(ctx)
	return t, err
}

// Volunteers lets the coordinator invite so many volunteers, and enrols a device of each.
func (t Team) Volunteers(ctx context.Context, count int) ([]Member, error) {
	list := make([]Member, count)
	for i := range list {
		token, err := t.Coordinator.Access(ctx)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("Volunteer %d", i+1)
		var invitation struct{ Code string }
		if err := post(ctx, t.server.URL+"/v1/invitations", token, http.StatusCreated,
			map[string]string{"name": name, "role": "volunteer"}, &invitation); err != nil {
			return nil, err
		}
		if list[i], err = Enrol(ctx, t.server.URL, invitation.Code, name+"'s phone"); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Invite makes a member by command and enrols a device of theirs.
func (t Team) Invite(ctx context.Context, name, role string) (Member, error) {
	var invitation struct{ Code string }
	if err := t.server.Command(ctx, &invitation, "invite", "--dat", t.Slug, "--name", name, "--role", role); err != nil {
		return Member{}, err
	}
	return Enrol(ctx, t.server.URL, invitation.Code, name+"'s phone")
}

// Views makes ops for this team's services and themes.
func (t Team) Views(random *rand.Rand) Views {
	return Views{Services: t.Services, Themes: t.Themes, Random: random, Now: time.Now()}
}

// Fill lets the team's phones, which have handed in nothing yet, hand in so many
// views, rounded up, and says how many. Each frame is made just before it is
// sent: a million views need not be in memory at once.
func (t Team) Fill(ctx context.Context, records int) (int, error) {
	const batch = 200
	frames := (records + len(t.Phones)*batch - 1) / (len(t.Phones) * batch)
	var pushing errgroup.Group
	for i, phone := range t.Phones {
		pushing.Go(func() error {
			line, err := phone.Dial(ctx, false)
			if err != nil {
				return err
			}
			defer line.Close()
			views := t.Views(rand.New(rand.NewPCG(6, uint64(i))))
			for frame := range frames {
				if err := line.HandIn(views, int64(frame*batch), batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return frames * batch * len(t.Phones), pushing.Wait()
}

// themes reads the ids of the DAT's themes, as the coordinator's browser gets them.
func (t Team) themes(ctx context.Context) ([]string, error) {
	line, err := t.Coordinator.Dial(ctx, true)
	if err != nil {
		return nil, err
	}
	defer line.Close()
	var themes []string
	for {
		page, err := line.Page()
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			if r.C == "theme" {
				themes = append(themes, r.R)
			}
		}
		if !page.More {
			break
		}
		if err := line.Seen([]byte(page.Cursor)); err != nil {
			return nil, err
		}
	}
	if len(themes) == 0 {
		return nil, errors.New("rig: the new DAT has no themes")
	}
	return themes, nil
}

// A Publisher is a coordinator with one matter and drafts of answers to it.
type Publisher struct {
	line   *Line
	drafts []string
	n      int64
}

// NewPublisher enrols a further coordinator, who raises a matter and drafts so many answers.
func (t Team) NewPublisher(ctx context.Context, drafts int) (*Publisher, error) {
	member, err := t.Invite(ctx, "Publisher", "coordinator")
	if err != nil {
		return nil, err
	}
	line, err := member.Dial(ctx, false)
	if err != nil {
		return nil, err
	}
	p := &Publisher{line: line}
	if err := p.write(t.Services[0], drafts); err != nil {
		return nil, errors.Join(err, line.Close())
	}
	return p, nil
}

// write raises a matter of a service, and drafts so many answers to it.
func (p *Publisher) write(service string, drafts int) error {
	matter, err := uuid.NewV7()
	if err != nil {
		return err
	}
	if err := p.push(fmt.Sprintf(`"c":"matter","r":"%s","base":0,"set":{"title":"Opening times","level":"service"},"add":{"services":["%s"]}`,
		matter, service)); err != nil {
		return err
	}
	for range drafts {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		if err := p.push(fmt.Sprintf(`"c":"answer","r":"%s","base":0,"set":{"matter":"%s",`+
			`"said":"The exchange is shut when people need it.","did":"It opens on Thursday evenings now."}`, id, matter)); err != nil {
			return err
		}
		p.drafts = append(p.drafts, id.String())
	}
	return nil
}

// push pushes one op and waits for its ack.
func (p *Publisher) push(body string) error {
	if err := p.line.Send(p.frame(body)); err != nil {
		return err
	}
	return p.line.Acked()
}

func (p *Publisher) frame(body string) []byte {
	p.n++
	return PushFrame(fmt.Appendf(nil, `{"n":%d,"at":"%s","schema":1,%s}`, p.n, time.Now().UTC().Format(time.RFC3339Nano), body))
}

// Publish publishes the next draft: which one, and when its frame left. It comes
// back with the ack.
func (p *Publisher) Publish() (id string, sent time.Time, err error) {
	if len(p.drafts) == 0 {
		return "", sent, errors.New("rig: every draft is published")
	}
	id, p.drafts = p.drafts[0], p.drafts[1:]
	// It has not read anything; its own earlier ops count as seen.
	frame := p.frame(fmt.Sprintf(`"c":"answer","r":"%s","base":0,"set":{"status":"published"}`, id))
	sent = time.Now()
	if err := p.line.Send(frame); err != nil {
		return "", sent, err
	}
	return id, sent, p.line.Acked()
}

// Close ends the publisher's line.
func (p *Publisher) Close() error { return p.line.Close() }
