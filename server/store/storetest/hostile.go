package storetest

import "testing"

func testHostileInput(t *testing.T, open Open) {}
