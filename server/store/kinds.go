package store

import (
	"earshot/sync/record"
)

// kinds are the collections and references of the schema with the small numbers
// that stand for them in rows. They are fixed once the store is open.
type kinds struct {
	schema *record.Schema
	nums   map[*record.Collection]int64
	byNum  map[int64]*kind
	fields map[string]int64 // "collection.field" of indexed references
}

// A kind is one collection as the rows know it.
type kind struct {
	*record.Collection
	num int64
	// whole lets everything through that may leave the server.
	whole record.Mask
	// head is what every record of it begins with on the wire.
	head    string
	indexed []indexed
	// searched fields can be looked through.
	searched []int
}

// indexed is a reference that can be asked for from the other side.
type indexed struct {
	field int
	num   int64
}

// awaited is the collection that has to be here before an op may name it
// (protocol section 6); any other reference may name what is still to come.
const awaited = "service"

func newKinds(schema *record.Schema, name func(string) (int64, error)) (*kinds, error) {
	k := &kinds{schema: schema, nums: map[*record.Collection]int64{}, byNum: map[int64]*kind{}, fields: map[string]int64{}}
	for _, c := range schema.Collections {
		num, err := name(c.Name)
		if err != nil {
			return nil, err
		}
		one := &kind{Collection: c, num: num, whole: wholeMask(c), head: `{"c":"` + c.Name + `","r":"`}
		for i, f := range c.Fields {
			if f.Searched {
				one.searched = append(one.searched, i)
			}
			if !f.Indexed {
				continue
			}
			ref := c.Name + "." + f.Name
			n, err := name(ref)
			if err != nil {
				return nil, err
			}
			k.fields[ref] = n
			one.indexed = append(one.indexed, indexed{i, n})
		}
		k.nums[c], k.byNum[num] = num, one
	}
	return k, nil
}

func (k *kinds) num(c *record.Collection) int64 { return k.nums[c] }

func (k *kinds) of(c *record.Collection) *kind { return k.byNum[k.nums[c]] }

// wholeMask is a bit for each field that is not private, and for each key of a
// log's entries that has readers of its own (see [record.Mask]).
func wholeMask(c *record.Collection) record.Mask {
	var m record.Mask
	bits := len(c.Fields)
	for i, f := range c.Fields {
		if !f.Private {
			m |= 1 << i
		}
		for _, e := range f.Entry {
			if e.ReadBy != nil {
				m |= 1 << bits
				bits++
			}
		}
	}
	return m
}
