package storetest

import "testing"

func testTwoProcesses(t *testing.T, open Open) {}
