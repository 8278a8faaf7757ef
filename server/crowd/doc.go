// Package crowd is many devices at once: volunteers' phones that hand in views
// over lines that may break, a coordinator's desk, and a reader who comes new and
// takes everything. It speaks the real protocol to a real server and knows nothing
// of the server's insides, so that it can say from outside whether what was said
// is all there, once.
//
// `earshot simulate` and `make demo-run` stand on it:
//
//	c, err := crowd.Gather(ctx, crowd.Options{URL: url, Phones: 50, Invite: invite})
//	defer c.Close()
//	err = c.Invent(20)             // or c.DealOut(file): who holds what
//	handed, err := c.HandIn()      // until every view is on the server's disk
//	taken, err := c.TakeAll()      // by a fresh reader
//	lost, twice := handed.Compare(taken)
package crowd
