package storetest

import "testing"

func testTimes(t *testing.T, open Open) {}
