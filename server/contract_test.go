package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"earshot/server/live"
	"earshot/sync/wire"
)

// The contract that clients are written from names every address, code and
// number that the server answers with.
func TestTheContractNamesWhatTheServerAnswersWith(t *testing.T) {
	page, err := os.ReadFile("../sync/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(page)), " ")
	names := func(what, name string) {
		if !strings.Contains(text, name) {
			t.Errorf("%s %s does not stand in sync/PROTOCOL.md", what, name)
		}
	}
	w := start(t)
	for _, r := range w.server.Handler().(*echo.Echo).Routes() {
		path := strings.NewReplacer(":id", "ID", ":slug", "SLUG", ":file", "FILE", "/v1/*", "/v1/").Replace(r.Path)
		if strings.HasPrefix(path, "/v1/") || strings.Contains(path, "SLUG") || path == "/r" || strings.HasSuffix(path, "z") {
			names("the address", path)
		}
	}
	for _, code := range constants(t, "../sync/record/op.go", "Malformed") {
		names("the code", "`"+code+"`")
	}
	for _, code := range constants(t, "../sync/wire/frame.go", "CodeMalformed") {
		names("the code", "`"+code+"`")
	}
	for _, code := range constants(t, "../sync/wire/frame.go", "CloseMalformed") {
		names("the close code", code)
	}
	for _, n := range []int{wire.MaxOps, wire.MaxFrame >> 20, wire.MaxOp >> 10, wire.MaxDepth, wire.MaxPageBytes >> 10, wire.MaxSet} {
		names("the limit", strconv.Itoa(n))
	}
	names("the limit", `"window": `+strconv.Itoa(live.Window))
	names("the life of a token", `"expires_in": 900`)
}

// constants gives the values of the const block that one of them begins.
func constants(t *testing.T, file, first string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST || block.Specs[0].(*ast.ValueSpec).Names[0].Name != first {
			continue
		}
		var values []string
		for _, s := range block.Specs {
			values = append(values, strings.Trim(s.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value, `"`))
		}
		return values
	}
	t.Fatalf("%s has no constants that begin with %s", file, first)
	return nil
}
