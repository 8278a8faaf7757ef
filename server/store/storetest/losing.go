package storetest

import "testing"

func testLosingAPhone(t *testing.T, open Open) {}
