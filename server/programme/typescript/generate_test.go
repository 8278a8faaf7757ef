package main

import (
	"bytes"
	"os"
	"testing"
)

func TestThePhonesSchemaIsFresh(t *testing.T) {
	const path = "../../../pwa/src/schema/schema.ts"
	is, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(is, Generate()) {
		t.Error("pwa/src/schema/schema.ts is stale: go run ./server/programme/typescript > pwa/src/schema/schema.ts")
	}
}
