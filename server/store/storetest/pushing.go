package storetest

import (
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
)

func testPushing(t *testing.T, open Open) {
	t.Run("a view is in the records, and on the desk, once it is acked", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{})
		phone, desk := w.Phone("volunteer"), w.Replica("coordinator").Catch()
		id := phone.View(nil)
		res := phone.Push()[1]
		if res.Status != record.Applied || res.Seq == 0 || res.Problem != nil {
			t.Fatalf("%+v", res)
		}
		h := desk.Catch().Get("view", id)
		if string(h.F["words"]) != `"The queue was long."` || h.V != res.Seq {
			t.Fatalf("%+v", h)
		}
		w.Check()
	})
}
