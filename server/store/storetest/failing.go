package storetest

import "testing"

func testFailingCommits(t *testing.T, open Open) {}
