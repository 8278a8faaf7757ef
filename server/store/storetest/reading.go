package storetest

import "testing"

func testReading(t *testing.T, open Open) {}
