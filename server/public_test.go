package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func (w *world) form(path string, fields ...string) answer {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return w.call(http.MethodPost, path, "", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// version of a record as a fresh reader finds it.
func (p *phone) version(key string) int64 {
	p.w.t.Helper()
	l, _ := p.connect()
	defer l.conn.Close()
	held, _ := l.catchUp()
	return held[key].num("v")
}

func TestWhatWasSaidComesBackByItsReceipt(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	volunteer := w.enrol(d, "volunteer")
	v, _ := volunteer.connect(pushing)
	const code, words = "PINE-RIVER-LAMP-42", "it shuts before people finish work"
	status := func() string {
		var got struct{ Status string }
		w.post("/v1/receipt", volunteer.access, frame{"code": "pine river lamp 42"}).want(200, &got)
		return got.Status
	}
	page := func(fields ...string) string {
		a := w.form("/r", append([]string{"code", "Pine River Lamp 42"}, fields...)...)
		if a.status != 200 {
			t.Fatalf("got %d:\n%s", a.status, w.log)
		}
		text := string(a.body)
		if strings.Contains(text, words) {
			t.Error("the page shows the words")
		}
		return text
	}
	if s := status(); s != "unknown" || !strings.Contains(page(), "try again tomorrow") {
		t.Errorf("before it came the status is %s", s)
	}
	id := newID()
	v.applied(volunteer.op("view", id, 0, frame{"set": frame{
		"service": service, "method": "conv", "words": words, "share": "words", "receipt": code,
	}}))
	if s := status(); s != "received" || !strings.Contains(page(), "It got here") {
		t.Errorf("when it came the status is %s", s)
	}
	matter, answer := newID(), newID()
	l.applied(desk.op("matter", matter, 0, frame{"set": frame{"title": "Opening times", "level": "service"}}),
		desk.op("view", id, desk.version("view/"+id), frame{"set": frame{"review": "accepted"}, "add": frame{"matters": []string{matter}}}))
	if s := status(); s != "looking" {
		t.Errorf("in a matter the status is %s", s)
	}
	l.applied(desk.op("answer", answer, 0, frame{"set": frame{"matter": matter, "said": "It shuts early.", "did": "Open until <7> now."}}))
	if s := status(); s != "looking" {
		t.Errorf("with a draft the status is %s", s)
	}
	l.applied(desk.op("answer", answer, desk.version("answer/"+answer), frame{"set": frame{"status": "published"}}))
	text := page()
	if s := status(); s != "answered" || !strings.Contains(text, "It shuts early.") || !strings.Contains(text, "Open until &lt;7&gt; now.") {
		t.Errorf("answered, the status is %s", s)
	}
	// A verdict, once for each code and answer.
	for _, verdict := range []string{"fair", "unfair"} {
		if text := page("answer", answer, "verdict", verdict); !strings.Contains(text, "Thank you") {
			t.Error("nobody says thank you")
		}
	}
	if text := page("answer", answer, "verdict", "great"); strings.Contains(text, "Thank you") {
		t.Error("any verdict is taken")
	}
	r, _ := desk.connect()
	held, _ := r.catchUp()
	var tellings []frame
	for k, it := range held {
		if strings.HasPrefix(k, "telling/") {
			tellings = append(tellings, it)
		}
	}
	if len(tellings) != 1 {
		t.Fatalf("%d tellings", len(tellings))
	}
	if f := tellings[0]["f"].(map[string]any); f["by"] != "server" || f["way"] != "receipt" || f["verdict"] != "fair" || f["answer"] != answer {
		t.Errorf("the telling is %v", f)
	}
	// Taken back: asked first, then gone everywhere.
	if text := page("do", "ask"); !strings.Contains(text, "Yes, take it back") {
		t.Error("nobody asks before it is taken back")
	}
	if text := page("do", "withdraw"); !strings.Contains(text, "taken back") {
		t.Error("nobody says that it is taken back")
	}
	if s := status(); s != "withdrawn" {
		t.Errorf("taken back, the status is %s", s)
	}
	r, _ = desk.connect()
	held, _ = r.catchUp()
	if it := held["view/"+id]; it == nil || it["gone"] != true {
		t.Errorf("taken back, the view is %v", it)
	}
	if strings.Contains(strings.ToUpper(w.log.String()), "PINE") {
		t.Error("the code is in the log")
	}
}

func TestAWithdrawalOfACodeThatHasNotComeWaits(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	text := string(w.form("/r", "code", "OAK-STONE-BIRD-07", "do", "withdraw").body)
	if !strings.Contains(text, "Taken back") {
		t.Errorf("the page says %.300s", text)
	}
	var got struct{ Status string }
	w.post("/v1/receipt", desk.access, frame{"code": "OAK-STONE-BIRD-07"}).want(200, &got)
	if got.Status != "withdrawn" {
		t.Errorf("the status is %s", got.Status)
	}
	id := newID()
	l.hand(desk.op("view", id, 0, frame{"set": frame{
		"service": service, "method": "conv", "words": "late", "share": "words", "receipt": "OAK-STONE-BIRD-07",
	}}))
	r, _ := desk.connect()
	if held, _ := r.catchUp(); held["view/"+id] != nil && held["view/"+id]["gone"] != true {
		t.Error("it came and stayed")
	}
}

func TestAReceiptOfAnotherDATIsUnknown(t *testing.T) {
	w := start(t)
	desk, stranger := w.enrol(w.dat("north"), "coordinator"), w.enrol(w.dat("south"), "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	l.applied(desk.op("view", newID(), 0, frame{"set": frame{
		"service": service, "method": "conv", "words": "w", "share": "words", "receipt": "PINE-RIVER-LAMP-42",
	}}))
	// One that is taken back before it comes waits in the DAT that took it back.
	desk.n++
	l.applied(frame{"n": desk.n, "c": "view", "receipt": "OAK-STONE-BIRD-07", "withdraw": true})
	for code, status := range map[string]string{"PINE-RIVER-LAMP-42": "received", "OAK-STONE-BIRD-07": "withdrawn"} {
		for p, want := range map[*phone]string{desk: status, stranger: "unknown"} {
			var got struct{ Status string }
			w.post("/v1/receipt", p.access, frame{"code": code}).want(200, &got)
			if got.Status != want {
				t.Errorf("in %s %s is %s, want %s", p.dat.Slug, code, got.Status, want)
			}
		}
	}
}

func TestGuessingReceiptsIsSlowed(t *testing.T) {
	w := start(t)
	w.dat("north")
	for range 200 {
		if a := w.form("/r", "code", "NO-SUCH-CODE-11"); a.status == 429 {
			if strings.Contains(string(a.body), "Not here yet") {
				t.Error("a look-up was made all the same")
			}
			if n, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || n < 1 {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("200 guesses slow nobody")
}

// Who guesses must not take back what they hit: taking back counts as a guess,
// whether the code is known or not, and reads the same.
func TestTakingBackCountsAsAGuess(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	l.applied(desk.op("view", newID(), 0, frame{"set": frame{
		"service": service, "method": "conv", "words": "w", "share": "words", "receipt": "PINE-RIVER-LAMP-42",
	}}))
	known := w.form("/r", "code", "PINE-RIVER-LAMP-42", "do", "withdraw")
	unknown := w.form("/r", "code", "PINE-RIVER-LAMP-43", "do", "withdraw")
	if a, b := string(known.body), strings.ReplaceAll(string(unknown.body), "LAMP-43", "LAMP-42"); a != b {
		t.Errorf("a known code reads\n%s\nan unknown one\n%s", a, b)
	}
	for n := range 200 {
		if w.form("/r", "code", fmt.Sprintf("NO-SUCH-CODE-%02d", n), "do", "withdraw").status == 429 {
			return
		}
	}
	t.Error("200 withdrawals by guess slow nobody")
}

var drugs = regexp.MustCompile(`(?i)drug|needle|methadone|heroin|addict|recovery|naloxone|DAT\b`)

func TestThePageForCodesDoesNotSayWhatItIsAbout(t *testing.T) {
	w := start(t)
	w.dat("north")
	for _, page := range []answer{w.get("/r", ""), w.form("/r", "code", "A-B-C-1"), w.form("/r", "code", ""), w.get("/receipt.js", ""), w.get("/public.css", "")} {
		if found := drugs.Find(page.body); found != nil {
			t.Errorf("it says %q", found)
		}
	}
	page := string(w.get("/r", "").body)
	for _, want := range []string{`method="post" action="/r"`, `name="code"`, `<label for="code">`, `lang="en-GB"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, " on") && regexp.MustCompile(` on[a-z]+=`).MatchString(page) {
		t.Error("something inline stands in it")
	}
}

func TestThePublicPageTellsWhatWasDoneAndNoSmallNumber(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	w.get("/s/nowhere", "").refused(404, "not_found")
	for _, path := range []string{"/s/nowhere", "/nowhere"} {
		got := w.call(http.MethodGet, path, "", nil, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if got.status != 404 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(string(got.body), "There is no page here") || strings.Contains(string(got.body), "nowhere") {
			t.Errorf("a person at %s is sent %d %s %s", path, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	desk := w.enrol(d, "coordinator")
	w.call(http.MethodGet, "/v1/nowhere", desk.access, nil, "Accept", "text/html").refused(404, "not_found")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	publish := func(said, handling string, views int) {
		t.Helper()
		matter, answer := newID(), newID()
		set := frame{"title": "M", "level": "service"}
		if handling != "" {
			set["handling"] = handling
		}
		l.applied(desk.op("matter", matter, 0, frame{"set": set}))
		for range views {
			l.applied(desk.op("view", newID(), 0, frame{
				"set": frame{"service": service, "method": "conv", "words": "w", "share": "words", "review": "accepted"},
				"add": frame{"matters": []string{matter}},
			}))
		}
		l.applied(desk.op("answer", answer, 0, frame{"set": frame{"matter": matter, "said": said, "did": "Done.", "status": "published"},
			"add": frame{"services": []string{service}}}))
	}
	publish("Few said this", "", 4)
	publish("For the service alone", "closed", 6)
	page := string(w.get("/s/north", "").body)
	if !strings.Contains(page, "Partnership north") || !strings.Contains(page, "Few said this") || !strings.Contains(page, "Riverside") {
		t.Errorf("the page says %.1500s", page)
	}
	if strings.Contains(page, "For the service alone") {
		t.Error("a closed matter's answer is public")
	}
	if m := regexp.MustCompile(`Said by (\d+)`).FindString(page); m != "" {
		t.Errorf("views that were not released are counted: %s", m)
	}
	if regexp.MustCompile(`(?i)look(ed)? (up|at) \d|\d+ (views|looks)`).MatchString(page) {
		t.Error("looks are counted")
	}
}
