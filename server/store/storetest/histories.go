package storetest

import "testing"

func testHistories(t *testing.T, open Open) {}
