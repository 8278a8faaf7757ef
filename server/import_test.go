package server_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// broughtIn is what POST /v1/import answers, and POST /v1/import/preview in "would".
type broughtIn struct {
	Rows, Taken, Same int
	Refused           []struct {
		Row  int
		Code string
	}
	RefusedRows int `json:"refused_rows"`
	Services    []string
	Themes      []string
}

// bring hands a file to one of the two addresses.
func (w *world) bring(p *phone, path string, file []byte, fields ...string) answer {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "older.csv")
	if err == nil {
		_, err = part.Write(file)
	}
	for i := 0; i < len(fields) && err == nil; i += 2 {
		err = form.WriteField(fields[i], fields[i+1])
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return w.call("POST", path, p.access, body.Bytes(), "Content-Type", form.FormDataContentType())
}

func TestADeskBringsAnOlderSpreadsheetInAfterSeeingWhatWouldBecomeOfIt(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	file := []byte("What they said,When,Place,Topic\nThe van did not come,31/05/2024,Riverside,Van\nThey were kind,01/06/2024,,\nIt was shut,soon,Riverside,\n")

	var preview struct {
		Columns []string
		First   [][]string
		Mapping map[string]int
		Missing []string
		Would   *broughtIn
	}
	w.bring(desk, "/v1/import/preview", file).want(200, &preview)
	if len(preview.Columns) != 4 || preview.First[0][0] != "The van did not come" || preview.Mapping["words"] != 0 || preview.Mapping["date"] != 1 || len(preview.Missing) != 0 {
		t.Fatalf("it previews %+v", preview)
	}
	would := preview.Would
	if would == nil || would.Taken != 2 || would.RefusedRows != 1 || would.Refused[0].Row != 3 || !slices.Equal(would.Services, []string{"Riverside", "Not stated"}) || !slices.Equal(would.Themes, []string{"Van"}) {
		t.Fatalf("it would bring in %+v", would)
	}
	// Another column is taken for the words: none says the date then.
	w.bring(desk, "/v1/import/preview", file, "columns", `{"words":3}`).want(200, &preview)
	if !slices.Equal(preview.Missing, []string{"date", "service"}) || preview.Would != nil {
		t.Errorf("without a date it previews %+v", preview)
	}

	const columns = `{"words":0,"date":1,"service":2,"themes":3}`
	var did, again broughtIn
	w.bring(desk, "/v1/import", file, "columns", columns, "service", "Walk-in").want(200, &did)
	w.bring(desk, "/v1/import", file, "columns", columns, "service", "Walk-in").want(200, &again)
	if did.Taken != 2 || did.RefusedRows != 1 || again.Taken != 0 || again.Same != 2 || len(again.Services) != 0 {
		t.Errorf("it brought in %+v, then %+v", did, again)
	}
	held := desk.byTwin()
	views := 0
	for _, r := range held {
		if r["c"] == "view" {
			views++
		}
	}
	if views != 2 {
		t.Errorf("the desk holds %d views", views)
	}
	var audit struct {
		Rows []struct{ What, Member string }
	}
	w.get("/v1/audit?what=imported", desk.access).want(200, &audit)
	if len(audit.Rows) != 2 || audit.Rows[0].Member != desk.member {
		t.Errorf("the audit says %+v", audit)
	}
}

func TestAFileThatCannotBeBroughtInChangesNothing(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	good := []byte("date,service,words\n2024-05-31,Riverside,Shut\n")
	for _, path := range []string{"/v1/import", "/v1/import/preview"} {
		w.bring(desk, path, []byte("PK\x03\x04 no workbook"), "columns", `{"date":0}`).refused(422, "file_unreadable")
		w.post(path, desk.access, frame{"file": "x"}).refused(422, "file_unreadable")
		w.bring(desk, path, bytes.Repeat([]byte("a"), 11<<20)).refused(413, "too_large")
		for _, columns := range []string{`{"date":0,"service":1,"words":9}`, `{"date":0,"service":1,"words":1}`, `{"date":-1}`, `{"receipt":0}`, `[0]`, `null`} {
			w.bring(desk, path, good, "columns", columns).refused(422, "columns_missing")
		}
	}
	w.bring(desk, "/v1/import", good).refused(422, "columns_missing")
	w.bring(desk, "/v1/import", good, "columns", `{"date":0,"words":2}`).refused(422, "columns_missing")
	for key, r := range desk.byTwin() {
		if r["c"] == "view" || r["c"] == "service" {
			t.Errorf("%s is here", key)
		}
	}
}

func TestTheRealFileIsBroughtInAtTheDesk(t *testing.T) {
	data := os.Getenv("EARSHOT_TESTDATA")
	if data == "" {
		data = "../../shared/data"
	}
	file, err := os.ReadFile(filepath.Join(data, "feedback.csv"))
	if err != nil {
		t.Skipf("there is no test data: set EARSHOT_TESTDATA to a directory with feedback.csv (%v)", err)
	}
	w := start(t)
	desk := w.enrol(w.dat("north"), "coordinator")
	var preview struct {
		Mapping map[string]int
		Would   broughtIn
	}
	w.bring(desk, "/v1/import/preview", file).want(200, &preview)
	columns, err := json.Marshal(preview.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	var did broughtIn
	w.bring(desk, "/v1/import", file, "columns", string(columns)).want(200, &did)
	if did.Taken == 0 || did.Taken != preview.Would.Taken || did.RefusedRows != preview.Would.RefusedRows || !slices.Equal(did.Services, preview.Would.Services) {
		t.Errorf("it said %d taken, %d refused, and did %d, %d", preview.Would.Taken, preview.Would.RefusedRows, did.Taken, did.RefusedRows)
	}
}
