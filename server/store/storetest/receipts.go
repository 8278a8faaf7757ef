package storetest

import "testing"

func testReceipts(t *testing.T, open Open) {}
