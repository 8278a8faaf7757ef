package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"earshot/server/programme"
)

// A door is one route: who may go through it, and what is tried at it. A route
// that stands in no door fails the test: whoever adds one says here whose it is.
type door struct {
	// open says why anybody may; "" with no roles means every member.
	open  string
	roles []string
	lost  bool // a device that was revoked may, too
	body  string
	// at gives what is put in the place of the route's parameter: what is there, and
	// what is not. A route without one is tried as it is.
	at func(*scene) (there, notThere []string)
}

var everyRole = []string{"volunteer", "outreach", "manager", "lead", "coordinator", "admin"}

var doors = map[string]door{
	"POST /v1/enrol": {open: "a code is what lets one in"},
	"POST /v1/token": {open: "an assertion is what lets one in"},
	"GET /v1/sync":   {open: "the token comes in the first frame"},
	"POST /v1/sync":  {body: `{"hello":{}}`, lost: true},
	"GET /v1/schema": {open: "it is the contract"},

	"POST /v1/signin":   {open: "whoever asks gets one answer; the link goes to the address"},
	"DELETE /v1/signin": {},

	"POST /v1/receipt":            {body: `{"code":"PINE-RIVER-LAMP-42"}`},
	"GET /v1/quarantine":          {roles: []string{"coordinator"}},
	"POST /v1/quarantine/:id":     {roles: []string{"coordinator"}, body: `{"discard":"a reason"}`, at: heldOps},
	"GET /v1/invitations":         {roles: []string{"coordinator", "admin"}},
	"POST /v1/invitations":        {roles: []string{"coordinator", "admin"}, body: `{}`},
	"GET /v1/devices":             {roles: []string{"coordinator", "admin"}},
	"POST /v1/devices/:id":        {roles: []string{"coordinator", "admin"}, body: `{"revoke":true}`, at: devices},
	"DELETE /v1/devices/:id":      {roles: []string{"coordinator", "admin"}, at: devices},
	"GET /v1/export/:file":        {roles: []string{"coordinator", "admin", "lead"}, at: exportFiles},
	"POST /v1/import/preview":     {roles: []string{"coordinator"}, body: `{}`},
	"POST /v1/import":             {roles: []string{"coordinator"}, body: `{}`},
	"POST /v1/search":             {roles: []string{"coordinator", "admin", "lead", "manager"}, body: `{"text":"marigold"}`},
	"GET /v1/reports/programme":   {roles: []string{"coordinator", "admin", "lead"}},
	"GET /v1/reports/suggestions": {roles: []string{"coordinator"}},
	"GET /v1/reports/backup":      {roles: []string{"coordinator", "admin"}},
	"GET /v1/reports/mail":        {roles: []string{"coordinator", "admin"}},
	"GET /v1/audit":               {roles: []string{"coordinator", "admin"}},

	"GET /s/:slug": {open: "the team's public page"}, "HEAD /s/:slug": {open: "the team's public page"},
	"GET /r": {open: "whoever has a code"}, "HEAD /r": {open: "whoever has a code"}, "POST /r": {open: "whoever has a code"},
	"GET /public.css": {open: "a style"}, "HEAD /public.css": {open: "a style"},
	"GET /receipt.js": {open: "a script"}, "HEAD /receipt.js": {open: "a script"},
	"GET /": {open: "the app"}, "HEAD /": {open: "the app"}, "GET /enrol": {open: "the app"}, "HEAD /enrol": {open: "the app"},
	"GET /in": {open: "the app"}, "HEAD /in": {open: "the app"},
	"GET /*": {open: "the app's files"}, "HEAD /*": {open: "the app's files"},
	"GET /livez": {open: "for whoever keeps it running"}, "HEAD /livez": {open: "for whoever keeps it running"},
	"GET /readyz": {open: "for whoever keeps it running"}, "HEAD /readyz": {open: "for whoever keeps it running"},
}

// exported are the collections of which a role takes files out of the app.
var exported = map[string][]string{
	"coordinator": {
		"dat", "service", "theme", "visit", "view", "escalation", "matter", "ask", "answer", "telling", "member", "training", "sheet", "paper",
	},
	"lead":  {"dat", "service", "theme", "member", "matter", "ask", "answer", "sheet", "paper"},
	"admin": {"dat", "service", "theme", "member", "training", "answer"},
}

// A scene is a DAT with something of everything in it, and those who come to its doors.
type scene struct {
	*world
	visitors map[string]*phone // by role; "revoked", "elsewhere" (a coordinator of another DAT)
	view     string
	held     string // id of an op in quarantine
	device   string // of somebody else
}

// words stand in everything that the scene's people said.
const words = "marigold"

func aScene(t *testing.T) *scene {
	w := start(t)
	north, south := w.dat("north"), w.dat("south")
	s := &scene{world: w, visitors: map[string]*phone{}}
	desk := w.enrol(north, "coordinator")
	s.visitors["coordinator"] = desk
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	for _, role := range everyRole {
		if role != "coordinator" {
			s.visitors[role] = w.enrol(north, role, map[bool][]string{true: {service}}[role == "manager"]...)
		}
	}
	s.visitors["elsewhere"] = w.enrol(south, "coordinator")
	lost := w.enrol(north, "coordinator")
	w.post("/v1/devices/"+lost.device, desk.access, frame{"revoke": true}).want(200, nil)
	lost.access = lost.token()
	s.visitors["revoked"] = lost
	s.device = w.enrol(north, "volunteer").device

	author := s.visitors["volunteer"]
	v, _ := author.connect(pushing)
	s.view = newID()
	said, broken := author.view(s.view, service, words+" said"), author.view(newID(), service, words+" held")
	broken["set"].(frame)["method"] = "telepathy"
	v.hand(said, broken)
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	s.held = q.Ops[0].text("id")
	return s
}

func heldOps(s *scene) (there, notThere []string) { return []string{s.held}, []string{"999999", "x"} }

func devices(s *scene) (there, notThere []string) {
	return []string{s.device}, []string{"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "x"}
}

func exportFiles(*scene) (there, notThere []string) {
	names := []string{"earshot"}
	for _, c := range programme.Schema().Collections {
		names = append(names, c.Name)
	}
	for _, name := range names {
		there = append(there, name+".json", name+".xlsx", name+".csv")
	}
	return there, []string{"nothing.csv", "view.pdf", "view", ".csv", "view.csv.csv", "earshot.sqlite"}
}

// asked is an answer as whoever asked can tell it from another.
func (s *scene) asked(method, path, body, visitor string) string {
	access := ""
	if p := s.visitors[visitor]; p != nil {
		access = p.access
	} else if visitor == "a made-up token" {
		access = "e30.e30.e30"
	}
	a := s.call(method, path, access, []byte(body))
	a.header.Del("Date")
	text, err := json.Marshal(a.header)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join([]string{http.StatusText(a.status), string(text), string(a.body)}, "\n")
}

// Every role, a stranger, a lost phone and another DAT come to every door, and to
// everything behind it: what is not theirs looks like what does not exist.
func TestWhatIsNotTheirsLooksToEachAsIfItDidNotExist(t *testing.T) {
	s := aScene(t)
	visitors := append(slices.Clone(everyRole), "elsewhere", "revoked", "nobody", "a made-up token")
	routes, ok := s.server.Handler().(*echo.Echo)
	if !ok {
		t.Fatal("the routes can't be listed")
	}
	tried := 0
	for _, r := range routes.Routes() {
		if r.Path == "/v1/*" {
			continue // what does not exist
		}
		name := r.Method + " " + r.Path
		d, known := doors[name]
		if !known {
			t.Errorf("%s stands in no door: say in server/matrix_test.go who may go through it", name)
			continue
		}
		if d.open != "" {
			continue
		}
		if d.roles == nil {
			d.roles = everyRole
		}
		for _, visitor := range visitors {
			nothing := s.asked(r.Method, "/v1/nothing", d.body, visitor)
			role := map[string]string{"elsewhere": "coordinator"}[visitor]
			if role == "" {
				role = visitor
			}
			may := slices.Contains(d.roles, role) || d.lost && visitor == "revoked"
			paths := []string{r.Path}
			if d.at != nil {
				paths = nil
				there, notThere := d.at(s)
				if visitor == "elsewhere" || !may || r.Path == "/v1/export/:file" {
					notThere = append(there, notThere...) // nobody tries at what would really go
				}
				for _, it := range notThere {
					paths = append(paths, r.Path[:strings.LastIndex(r.Path, "/")+1]+it)
				}
			}
			var same string
			for _, path := range paths {
				tried++
				got := s.asked(r.Method, path, d.body, visitor)
				switch {
				case r.Path == "/v1/export/:file":
					file, form, _ := strings.Cut(strings.TrimPrefix(path, "/v1/export/"), ".")
					theirs := slices.Contains(exported[role], file) && slices.Contains([]string{"csv", "json", "xlsx"}, form) ||
						exported[role] != nil && (path == "/v1/export/earshot.json" || path == "/v1/export/earshot.xlsx")
					if theirs == (got == nothing) {
						t.Errorf("%s at %s %s, theirs: %v:\n%s", visitor, r.Method, path, theirs, got)
					}
				case !may && got != nothing:
					t.Errorf("%s at %s %s can tell\n%s\nfrom\n%s", visitor, r.Method, path, got, nothing)
				case may && got == nothing:
					t.Errorf("%s is shut out of %s %s", visitor, r.Method, path)
				case may && d.at != nil && visitor == "elsewhere":
					// What another DAT has is to them what nobody has.
					if same == "" {
						same = got
					}
					if got != same {
						t.Errorf("%s at %s %s can tell\n%s\nfrom\n%s", visitor, r.Method, path, got, same)
					}
				}
				if role != "coordinator" || visitor == "elsewhere" {
					if strings.Contains(got, words) || strings.Contains(got, s.view) {
						t.Errorf("%s at %s %s reads of the view:\n%s", visitor, r.Method, path, got)
					}
				}
			}
		}
	}
	if n := len(exported["coordinator"]); n != len(programme.Schema().Collections) {
		t.Errorf("a coordinator takes %d collections out, of %d: say in server/matrix_test.go whose the new one is", n, len(programme.Schema().Collections))
	}
	t.Logf("%d times somebody came to a door", tried)

	// What was tried at has moved nothing.
	desk := s.visitors["coordinator"]
	var q struct{ Ops []frame }
	s.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 1 {
		t.Errorf("in quarantine: %v", q.Ops)
	}
	var list struct{ Devices []frame }
	s.get("/v1/devices", desk.access).want(200, &list)
	for _, d := range list.Devices {
		if d["revoked"] != (d.text("id") == s.visitors["revoked"].device) {
			t.Errorf("a device: %v", d)
		}
	}
	if !bytes.Contains(s.get("/v1/export/view.csv", desk.access).body, []byte(words)) {
		t.Error("the desk's own export has no words: nothing was tried")
	}
}
