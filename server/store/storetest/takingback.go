package storetest

import "testing"

func testTakingBack(t *testing.T, open Open) {}
