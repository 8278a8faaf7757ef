package storetest

import "testing"

func testWaiting(t *testing.T, open Open) {}
