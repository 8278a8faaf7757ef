package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"earshot/server"
	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A desk with a view, a matter that quotes it, and an answer that is still a draft.
type deskScene struct {
	*world
	coordinator, lead, admin, manager, volunteer *phone
	service, view, matter                        string
}

func aDesk(t *testing.T, change ...func(*server.Config)) *deskScene {
	w := start(t, change...)
	d := w.dat("north")
	s := &deskScene{world: w, coordinator: w.enrol(d, "coordinator"), lead: w.enrol(d, "lead"), admin: w.enrol(d, "admin"), volunteer: w.enrol(d, "volunteer")}
	l, _ := s.coordinator.connect(pushing)
	s.service = s.coordinator.service(l, "=Riverside()")
	s.manager = w.enrol(d, "manager", s.service)
	v, _ := s.volunteer.connect(pushing)
	s.view, s.matter = newID(), newID()
	v.applied(s.volunteer.view(s.view, s.service, "+44 is “what” they said, the café’s marigold"))
	l.applied(s.coordinator.op("matter", s.matter, 0, frame{
		"set": frame{"title": "Opening times", "level": "service"},
		"add": frame{"services": []string{s.service}, "said": []frame{{"id": newID(), "text": "the marigold", "view": s.view}}},
	}))
	return s
}

// rows reads a CSV as maps by column.
func rows(t *testing.T, a answer) (columns []string, all []map[string]string) {
	t.Helper()
	a.want(200, nil)
	lines, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%v: %s", err, a.body)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		all = append(all, row)
	}
	return lines[0], all
}

func TestAnExportHoldsWhatItsRoleSeesAndIsInTheAudit(t *testing.T) {
	s := aDesk(t)
	views := s.get("/v1/export/view.csv", s.coordinator.access)
	columns, all := rows(t, views)
	if len(all) != 1 || all[0]["words"] != "'+44 is “what” they said, the café’s marigold" || all[0]["id"] != s.view || all[0]["by"] != s.volunteer.member {
		t.Errorf("views: %v", all)
	}
	if slices.Contains(columns, "receipt") {
		t.Error("receipts leave the server")
	}
	for name, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="view.csv"`, "Cache-Control": "no-store",
	} {
		if views.header.Get(name) != want {
			t.Errorf("%s: %s", name, views.header.Get(name))
		}
	}
	if _, services := rows(t, s.get("/v1/export/service.csv", s.admin.access)); len(services) != 1 || services[0]["name"] != "'=Riverside()" {
		t.Errorf("services: %v", services)
	}
	// A lead reads a matter whole, but not which view a sentence is from; of members, the names of some.
	if _, matters := rows(t, s.get("/v1/export/matter.csv", s.lead.access)); len(matters) != 1 || !strings.Contains(matters[0]["said"], "the marigold") || strings.Contains(matters[0]["said"], s.view) {
		t.Errorf("a lead's matters: %v", matters)
	}
	if columns, members := rows(t, s.get("/v1/export/member.csv", s.lead.access)); !slices.Equal(columns, []string{"id", "name"}) || len(members) != 2 {
		t.Errorf("a lead's members: %v %v", columns, members)
	}
	if columns, _ := rows(t, s.get("/v1/export/member.csv", s.admin.access)); slices.Contains(columns, "email") || !slices.Contains(columns, "role") {
		t.Errorf("an administrator's members: %v", columns)
	}

	var whole map[string][]map[string]any
	s.get("/v1/export/earshot.json", s.lead.access).want(200, &whole)
	names := []string{}
	for name := range whole {
		names = append(names, name)
	}
	slices.Sort(names)
	want := slices.Sorted(slices.Values(exported["lead"]))
	if !slices.Equal(names, want) || len(whole["matter"]) != 1 || whole["matter"][0]["id"] != s.matter || whole["matter"][0]["title"] != "Opening times" || len(whole["ask"]) != 0 || len(whole["theme"]) < 12 {
		t.Errorf("a lead's JSON: %v %v", names, whole["matter"])
	}
	var one map[string][]map[string]any
	s.get("/v1/export/view.json", s.coordinator.access).want(200, &one)
	if len(one) != 1 || one["view"][0]["words"] != "+44 is “what” they said, the café’s marigold" {
		t.Errorf("views: %v", one)
	}

	for access, role := range map[string]string{s.lead.access: "lead", s.coordinator.access: "coordinator"} {
		a := s.get("/v1/export/earshot.xlsx", access)
		a.want(200, nil)
		book, err := excelize.OpenReader(bytes.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		sheets := slices.Sorted(slices.Values(book.GetSheetList()))
		if !slices.Equal(sheets, slices.Sorted(slices.Values(exported[role]))) {
			t.Errorf("a %s's sheets: %v", role, sheets)
		}
		if name, err := book.GetCellValue("service", "B2"); err != nil || name != "'=Riverside()" {
			t.Errorf("a cell holds %q (%v)", name, err)
		}
		book.Close()
	}

	var audit struct{ Rows []frame }
	s.get("/v1/audit?what=exported", s.coordinator.access).want(200, &audit)
	var told []string
	for _, r := range audit.Rows {
		told = append(told, fmt.Sprintf("%v %v", r["member"] == s.lead.member, r["collection"]))
	}
	if len(told) != 9 || !slices.Contains(told, "true matter") || !slices.Contains(told, "false view") || !slices.Contains(told, "true <nil>") {
		t.Errorf("the audit says %v", told)
	}
}

// Somebody whose line stands still takes an export: they wait for themselves alone.
func TestAnExportThatNobodyTakesHoldsUpNobodyElse(t *testing.T) {
	s := aDesk(t)
	var ops []*record.Op
	words := strings.Repeat("a word that fills a line ", 300)
	for range 3000 { // more than lies on the way between the two
		op, p := wire.DecodeOp(programme.Schema(), fmt.Appendf(nil,
			`{"c":"view","r":%q,"at":"2026-03-03T10:00:00Z","base":0,"schema":1,"set":{"service":%q,"method":"surv","words":%q,"share":"team"}}`,
			newID(), s.service, words), 1)
		if p != nil {
			t.Fatal(p)
		}
		ops = append(ops, op)
	}
	for some := range slices.Chunk(ops, 500) {
		if _, err := s.server.Store().Do(t.Context(), s.coordinator.dat.Num, "", some); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /v1/export/view.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", s.coordinator.access)
	first := make([]byte, 12)
	if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 200" {
		t.Fatalf("%s %v", first, err)
	}
	s.get("/v1/export/view.csv", s.coordinator.access).refused(429, "export_running")
	other := s.enrol(s.coordinator.dat, "coordinator")
	if got := s.get("/v1/export/view.json", other.access); got.status != 200 || len(got.body) < 20<<20 {
		t.Errorf("another's: %d, %d bytes", got.status, len(got.body))
	}
	v, _ := s.volunteer.connect(pushing)
	v.applied(s.volunteer.view(newID(), s.service, "said meanwhile"))
	conn.Close()
	for {
		if got := s.get("/v1/export/theme.csv", s.coordinator.access); got.status == 200 {
			return
		} else if got.status != 429 {
			t.Fatalf("after they went away: %d %s", got.status, got.body)
		}
	}
}

func TestASearchFindsWordsMarksThemAndIsWrittenDownNowhere(t *testing.T) {
	s := aDesk(t)
	var got struct {
		Hits []struct {
			C, R  string
			Texts []struct {
				Field, Entry, Text string
				Marks              [][2]int
			}
		}
		More bool
	}
	s.post("/v1/search", s.coordinator.access, frame{"text": "MARIGOLD cafe"}).want(200, &got)
	if len(got.Hits) != 1 || got.Hits[0].C != "view" || got.Hits[0].R != s.view || got.More {
		t.Fatalf("found %+v", got)
	}
	text := got.Hits[0].Texts[0]
	if runes := []rune(text.Text); text.Field != "words" || len(text.Marks) != 2 || string(runes[text.Marks[0][0]:text.Marks[0][1]]) != "café’s" || string(runes[text.Marks[1][0]:text.Marks[1][1]]) != "marigold" {
		t.Errorf("marked %+v", text)
	}
	for who, want := range map[*phone]int{s.coordinator: 2, s.lead: 1, s.admin: 0, s.manager: 0} {
		s.post("/v1/search", who.access, frame{"text": "marigold"}).want(200, &got)
		if len(got.Hits) != want {
			t.Errorf("a %s finds %+v", who.role, got.Hits)
		}
	}
	s.post("/v1/search", s.coordinator.access, frame{"text": "marigold", "collections": []string{"matter"}, "limit": 1}).want(200, &got)
	if len(got.Hits) != 1 || got.Hits[0].R != s.matter || got.Hits[0].Texts[0].Entry == "" {
		t.Errorf("in matters: %+v", got.Hits)
	}
	s.get("/v1/search?text=marigold", s.coordinator.access).refused(404, "not_found")
	s.post("/v1/search", s.coordinator.access, frame{"text": "?"}).refused(422, "search_invalid")
	s.post("/v1/search", s.coordinator.access, frame{"text": strings.Repeat("marigold ", 100)}).refused(422, "search_invalid")
	s.end()
	if strings.Contains(s.log.String(), "marigold") {
		t.Errorf("what was looked for is in the log:\n%s", s.log)
	}
}

// link is the hash of a row of the audit, worked out from what is shown of it, as a
// page would.
func link(t *testing.T, r frame) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(r.text("before"))
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, r.text("at"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{r.num("num"), at.UnixMicro(), int64(numOr0(r["seq"]))} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	device := r.text("device")
	if device == "server" {
		device = ""
	}
	what := []string{r.text("what")}
	if r["collection"] != nil {
		what = append(what, r.text("collection"))
	}
	if list, ok := r["fields"].([]any); ok {
		var fields []string
		for _, f := range list {
			fields = append(fields, f.(string))
		}
		what = append(what, strings.Join(fields, ","))
	}
	member, _ := r["member"].(string)
	for _, s := range []string{device, member, strings.Join(what, " ")} {
		b = append(append(b, s...), 0)
	}
	if id, ok := r["record"].(string); ok {
		raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, raw...)
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func numOr0(v any) float64 {
	n, _ := v.(float64)
	return n
}

func TestAPageCanFollowTheAuditByItself(t *testing.T) {
	s := aDesk(t)
	s.get("/v1/export/view.csv", s.coordinator.access).want(200, nil)
	s.post("/v1/devices/"+s.volunteer.device, s.admin.access, frame{"revoke": true}).want(200, nil)
	type page struct {
		Rows  []frame
		Next  *int64
		Chain *struct {
			Rows int64
			Head string
			OK   bool
		}
	}
	for _, who := range []*phone{s.coordinator, s.admin} {
		var all []frame
		for path := "/v1/audit?limit=7&verify=true"; path != ""; {
			var p page
			s.get(path, who.access).want(200, &p)
			all = append(all, p.Rows...)
			if path = ""; p.Next != nil {
				path = fmt.Sprintf("/v1/audit?limit=7&verify=true&before=%d", *p.Next)
			}
			if !p.Chain.OK || p.Chain.Head != all[0].text("hash") || p.Chain.Rows != all[0].num("num") {
				t.Fatalf("the server's verdict: %+v", p.Chain)
			}
		}
		withheld := 0
		for i, r := range all {
			if r["withheld"] == true {
				withheld++
				if len(r) != 4 {
					t.Errorf("of a row that is not theirs: %v", r)
				}
			} else if got := link(t, r); got != r.text("hash") {
				t.Errorf("row %v does not hash to what it says: %v", r["num"], r)
			}
			before := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
			if i+1 < len(all) {
				before = all[i+1].text("hash")
			}
			if r.text("before") != before || r.num("num") != int64(len(all)-i) {
				t.Errorf("row %v does not follow: %v", r["num"], r)
			}
		}
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if mayKnow := who == s.coordinator; mayKnow != (withheld == 0) || mayKnow != strings.Contains(string(text), s.view) {
			t.Errorf("a %s is withheld %d rows", who.role, withheld)
		}
		if strings.Contains(string(text), "marigold") || strings.Contains(string(text), "Opening") {
			t.Error("words are in the audit")
		}
	}
	var p page
	s.get("/v1/audit?record="+s.view, s.coordinator.access).want(200, &p)
	if len(p.Rows) != 1 || p.Rows[0].text("what") != "made" || p.Rows[0].text("member") != s.volunteer.member {
		t.Errorf("of the view: %v", p.Rows)
	}
	p = page{}
	s.get("/v1/audit?record="+s.view, s.admin.access).want(200, &p)
	if len(p.Rows) != 0 {
		t.Errorf("an administrator is told who wrote a view down: %v", p.Rows)
	}
	day := time.Now().UTC().Format(time.DateOnly)
	s.get("/v1/audit?what=device.revoked&from="+day+"&to="+day, s.coordinator.access).want(200, &p)
	if len(p.Rows) != 1 || p.Rows[0].text("member") != s.admin.member || p.Rows[0].text("device") != s.volunteer.device {
		t.Errorf("revoked: %v", p.Rows)
	}
	for _, bad := range []string{"from=yesterday", "before=x", "limit=0", "before=-1"} {
		s.get("/v1/audit?"+bad, s.coordinator.access).refused(422, "audit_query_invalid")
	}
}

// What a phone said that it holds is kept up as it hands that in, so that the desk
// does not go after one that is done.
func TestADeviceIsShownWithWhatItStillHolds(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, p := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	holding := func(ops int) func(frame) {
		return func(h frame) {
			pushing(h)
			h["holds"] = frame{"ops": ops, "oldest": "2026-01-05T10:00:00Z", "persisted": true, "trouble": "no_answer"}
		}
	}
	shows := func(when string, ops float64, oldest any) {
		t.Helper()
		w.listed(desk, p, when, func(device frame) bool {
			holds, _ := device["holds"].(map[string]any)
			return holds != nil && holds["ops"] == ops && holds["oldest"] == oldest && holds["trouble"] == "no_answer" && holds["persisted"] == true
		})
	}
	v, _ := p.connect(holding(3))
	shows("said", 3, "2026-01-05T10:00:00Z")
	v.applied(p.view(newID(), service, "one"))
	v.applied(p.view(newID(), service, "two"), p.view(newID(), service, "three"))
	shows("three of three", 0, nil)
	v.applied(p.view(newID(), service, "written and handed in at once"))
	shows("one more", 0, nil)

	body := frame{"hello": p.hello(holding(2)), "push": frame{"ops": []frame{p.view(newID(), service, "four")}}}
	w.post("/v1/sync", p.access, body).want(200, nil)
	shows("by HTTP", 2, "2026-01-05T10:00:00Z")
	body = frame{"hello": p.hello(holding(1)), "push": frame{"ops": []frame{p.view(newID(), service, "five")}}}
	w.post("/v1/sync", p.access, body).want(200, nil)
	shows("all by HTTP", 0, nil)
}

// listed waits until the desk is shown a device as it should be: what a device says
// of itself is written down when there is nothing better to do.
func (w *world) listed(desk, p *phone, when string, ok func(device frame) bool) {
	w.t.Helper()
	var list struct{ Devices []frame }
	for began := time.Now(); time.Since(began) < await; {
		w.get("/v1/devices", desk.access).want(200, &list)
		if i := slices.IndexFunc(list.Devices, func(d frame) bool { return d.text("id") == p.device }); i >= 0 && ok(list.Devices[i]) {
			return
		}
	}
	w.t.Fatalf("%s: %v", when, list.Devices)
}
