package exec

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// groupTable is the groups of one grouping set with their aggregates' states.
type groupTable struct {
	// set are positions in the aggregate's group expressions, absent the others.
	set, absent []int
	types       []types.OID
	kinds       []types.Kind
	keys        *rowStore
	index       hashIndex
	aggs        []aggregator
	n           int // groups

	cols   []*vec.Vec
	hashes []uint64
	groups []int32
	sel    []int32
}

func (s *aggregateSpec) newTable(set []int) *groupTable {
	t := &groupTable{set: set}
	for _, i := range set {
		t.types = append(t.types, s.groupType[i])
		t.kinds = append(t.kinds, kindOf(s.groupType[i]))
	}
	for i := range s.groupType {
		if !slices.Contains(set, i) {
			t.absent = append(t.absent, i)
		}
	}
	t.reset(s)
	return t
}

func (t *groupTable) reset(s *aggregateSpec) {
	if t.keys != nil && t.n == 0 {
		return
	}
	t.keys = newRowStore(t.kinds)
	if t.index.types == nil {
		t.index.types = t.types
	}
	t.index.reset()
	t.index.keys = t.keys
	t.n = 0
	t.aggs = t.aggs[:0]
	for _, a := range s.aggs {
		t.aggs = append(t.aggs, a.make())
	}
}

// addEmpty makes the one group of an aggregate without GROUP BY over no rows.
func (t *groupTable) addEmpty() {
	t.n = 1
	for _, a := range t.aggs {
		a.resize(1)
	}
}

// keepLast drops all groups but the last, of sorted input, which goes on.
func (t *groupTable) keepLast() {
	last := t.n - 1
	row := make([]types.Datum, len(t.kinds))
	for i := range row {
		row[i] = t.keys.get(last, i)
	}
	t.keys.reset()
	t.keys.addRow(row)
	for _, a := range t.aggs {
		a.keepLast()
	}
	t.n = 1
}

// add finds the group of each row, making new ones, and adds the rows to the
// aggregates. It returns the memory it took, about. Once groups go to disk, rows
// of groups that are not in the table are put aside.
func (t *groupTable) add(r *run, o *aggregateOp, b *vec.Batch) (int64, error) {
	sel := b.Sel
	grown, err := t.assign(r, o, b, &sel)
	if err != nil {
		return grown, err
	}
	for _, a := range t.aggs {
		a.resize(t.n)
		n, err := a.add(r, b, sel, t.groups)
		grown += n
		if err != nil {
			return grown, err
		}
	}
	return grown, nil
}

func (t *groupTable) assign(r *run, o *aggregateOp, b *vec.Batch, sel *[]int32) (int64, error) {
	t.groups = t.groups[:0]
	rows := b.Rows()
	if len(t.set) == 0 {
		t.n = 1
		for range rows {
			t.groups = append(t.groups, 0)
		}
		return 0, nil
	}
	t.cols = t.cols[:0]
	for _, i := range t.set {
		v, err := o.spec.group[i].vector(r, b, b.Sel)
		if err != nil {
			return 0, err
		}
		t.cols = append(t.cols, v)
	}
	if o.sorted() {
		return t.assignSorted(b), nil
	}
	t.hashes = hashRows(t.types, t.cols, b.N, b.Sel, t.hashes[:0])
	spilling := o.spill != nil && o.spill.writing()
	if spilling {
		t.sel = t.sel[:0]
	}
	grown := int64(0)
	for k, h := range t.hashes {
		i := b.Index(k)
		g := t.index.find(h, t.cols, i)
		switch {
		case g >= 0:
		case spilling:
			if err := o.spill.put(h, b, i); err != nil {
				return grown, err
			}
			continue
		default:
			g = int32(t.n)
			grown += t.addKey(i) + entryBytes + int64(len(t.aggs))*groupStateBytes
			t.index.link(h, true)
		}
		t.groups = append(t.groups, g)
		if spilling {
			t.sel = append(t.sel, int32(i))
		}
	}
	if spilling {
		if t.sel == nil {
			t.sel = []int32{}
		}
		*sel = t.sel
	}
	return grown, nil
}

// groupStateBytes is what an aggregate's empty state takes, about.
const groupStateBytes = 64

// addKey makes a group of the keys at row i.
func (t *groupTable) addKey(i int) int64 {
	c := t.keys.tail()
	size := int64(0)
	for k, v := range t.cols {
		c.Cols[k].AppendFrom(v, i)
		size += 8
		if v.Class == vec.ClassDatum {
			size += datumSize(v.Get(i))
		}
	}
	c.N++
	t.keys.n++
	t.n++
	return size
}

// assignSorted compares each row with the group before.
func (t *groupTable) assignSorted(b *vec.Batch) int64 {
	for k := range b.Rows() {
		i := b.Index(k)
		if t.n == 0 || !t.sameAsLast(i) {
			t.addKey(i)
		}
		t.groups = append(t.groups, int32(t.n-1))
	}
	return 0
}

func (t *groupTable) sameAsLast(i int) bool {
	c, at := t.keys.at(t.n - 1)
	for k, v := range t.cols {
		if !equalAt(t.types[k], c.Cols[k], at, v, i) {
			return false
		}
	}
	return true
}
