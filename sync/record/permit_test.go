package record

import "testing"

func TestMaking(t *testing.T) {
	t.Run("fills in what starts by itself", func(t *testing.T) {
		made(t).has("level=open", "share=all", "tags=[]", "notes=[]", "status=draft", "by=w", "at=2023-11-14T22:13:20.001Z", "week=2023", "body=")
	})
	t.Run("waits where its record is not here, or lacks what making it requires", func(t *testing.T) {
		newHand(t).do("w1", 3, "title=T").refused(TooEarly)
		newHand(t).do("w1", 0, "body=B").refused(TooEarly)
		newHand(t).do("e1", 0, "title=T", "body~x").refused(TooEarly)
	})
	t.Run("is for the roles that the schema names", func(t *testing.T) {
		newHand(t).do("m1", 0, "title=T").refused(NotAllowed)
		newHand(t).do("m1", 0, "title=T", "place=there").refused(NotAllowed)
		newHand(t).do("m1", 0, "title=T", "place=here").is(Applied)
		newHand(t).do("w1", 0, "title=T", "rank=1").refused(NotAllowed)
		newHand(t).do("w1", 0, "title=T", "week=2020").refused(NotAllowed)
		newHand(t).do("s", 0, "title=T", "week=2020").is(Applied)
	})
	t.Run("may write what its maker may not read", func(t *testing.T) {
		made(t, "sealed=A").do("w1", 0, "sealed=B").refused(NotAllowed)
	})
	t.Run("an id that another creator has used is taken", func(t *testing.T) {
		h := made(t)
		h.do("v1", 0, "title=U").refused(IDTaken)
		h.do("w1", 0, "title=U").is(Applied)
	})
	t.Run("a base above the record is ahead", func(t *testing.T) {
		made(t).do("v1", 2, "title=U").refused(BaseAhead)
	})
	t.Run("the server's own is by the server", func(t *testing.T) {
		h := newHand(t)
		h.do("s", 0, "title=T")
		h.has("by=server")
	})
}

func TestWhoMayWrite(t *testing.T) {
	t.Run("nobody writes a field that they may not read", func(t *testing.T) {
		h := made(t, "place=here")
		h.do("m1", 1, "reply=R").refused(NotAllowed) // not shown to the place yet
		h.do("e1", 1, "status=shown").is(Applied)
		h.do("m1", 2, "reply=R").is(Applied)
		h.do("m1", 2, "body=R").refused(NotAllowed)
	})
	t.Run("judged by what the change has seen, never by what came since", func(t *testing.T) {
		h := made(t, "place=here", "status=shown")
		h.do("e1", 1, "level=secret").is(Applied)
		h.do("m1", 1, "reply=R").is(Merged)
		h.do("m1", 3, "reply=S").refused(NotAllowed)
	})
	t.Run("a conflict on a field that decides is the narrowest until it is settled", func(t *testing.T) {
		h := made(t, "place=here", "status=shown")
		h.do("e1", 1, "level=secret").is(Applied)
		h.do("f1", 1, "level=open").is(Kept)
		h.has("level=open|secret")
		h.do("m1", 3, "reply=R").refused(NotAllowed)
		h.do("e1", 3, "level!open").is(Applied)
		h.do("m1", 4, "reply=R").is(Applied)
	})
	t.Run("one op changes a field in one way", func(t *testing.T) {
		made(t).do("e1", 1, "body=A", "body!B").refused(WrongKind)
	})
	t.Run("an op is refused whole", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "body=B", "rank=1").refused(NotAllowed)
		h.has("body=")
	})
}
