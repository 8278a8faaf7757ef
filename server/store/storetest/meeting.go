package storetest

import "testing"

func testMeeting(t *testing.T, open Open) {}
