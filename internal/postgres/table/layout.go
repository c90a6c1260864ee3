package table

import (
	"slices"
	"sync/atomic"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/storage"
)

// layout is how a relation's rows and entries lie in the store, worked out once
// per Handle.
type layout struct {
	rel     *catalog.Relation
	storage uint64
	prefix  []byte
	end     []byte
	oids    []types.OID
	// clustered is the index whose key the rows have; nil with hidden row numbers.
	clustered *indexLayout
	// secondary are the other indexes, unique ones first, so that a conflict is
	// found before much is done.
	secondary []*indexLayout
	// missing are the values of columns that a row was written without.
	missing    []types.Datum
	hasMissing bool
	all        *projection
	// projections are those asked for so far.
	projections atomic.Pointer[[]*projection]
}

// indexLayout is how an index's entries lie in the store.
type indexLayout struct {
	index   *catalog.Index
	storage uint64
	prefix  []byte
	end     []byte
	keys    []keyColumn
	unique  bool
	partial bool
	// nullsEqual makes NULLs count as equal in a unique index.
	nullsEqual bool
	// exact tells that every key column can be read back from an entry.
	exact bool
}

// keyColumn is a column of an index's key; pos is -1 for an expression.
type keyColumn struct {
	pos        int
	oid        types.OID
	desc       bool
	nullsFirst bool
}

// maxProjections bounds the projections that a layout keeps.
const maxProjections = 64

// layout gives the handle's layout, made at the first call.
func (h *Handle) layout() (*layout, error) {
	if l := h.cached.Load(); l != nil {
		return l, nil
	}
	l, err := newLayout(h.Rel)
	if err == nil {
		h.cached.Store(l)
	}
	return l, err
}

func newLayout(rel *catalog.Relation) (*layout, error) {
	if rel.Kind != catalog.KindTable || rel.Storage == 0 {
		return nil, pgerr.New(pgerr.WrongObjectType, "\"%s\" has no rows of its own", rel.Name)
	}
	prefix := rowsPrefix(rel.Storage)
	l := &layout{
		rel: rel, storage: rel.Storage, prefix: prefix, end: storage.PrefixEnd(prefix),
		oids: make([]types.OID, len(rel.Columns)), missing: make([]types.Datum, len(rel.Columns)),
	}
	for i, c := range rel.Columns {
		l.oids[i] = c.Type
		if !c.HasMissing || c.Dropped {
			continue
		}
		d, err := types.Input(c.Type, c.Missing, c.Typmod, nil)
		if err != nil {
			return nil, err
		}
		l.missing[i], l.hasMissing = d, true
	}
	for _, i := range rel.Indexes {
		il := newIndexLayout(i)
		if i.Clustered {
			l.clustered = il
		} else {
			l.secondary = append(l.secondary, il)
		}
	}
	slices.SortStableFunc(l.secondary, func(a, b *indexLayout) int {
		switch {
		case a.unique == b.unique:
			return 0
		case a.unique:
			return -1
		}
		return 1
	})
	all := make([]int, len(rel.Columns))
	for i := range all {
		all[i] = i
	}
	l.all = l.newProjection(all)
	return l, nil
}

func newIndexLayout(i *catalog.Index) *indexLayout {
	prefix := rowsPrefix(i.Storage)
	il := &indexLayout{
		index: i, storage: i.Storage, prefix: prefix, end: storage.PrefixEnd(prefix), unique: i.Unique,
		partial: i.Predicate != "", nullsEqual: i.NullsNotDistinct, exact: true,
	}
	for _, k := range i.Keys {
		il.keys = append(il.keys, keyColumn{int(k.Column) - 1, k.Type, k.Desc, k.NullsFirst})
		il.exact = il.exact && types.KeyIsExact(k.Type)
	}
	return il
}

// of finds the layout of one of the table's indexes.
func (l *layout) of(i *catalog.Index) (*indexLayout, error) {
	if i == nil || l.clustered != nil && l.clustered.index.OID == i.OID {
		return l.clustered, nil
	}
	for _, il := range l.secondary {
		if il.index.OID == i.OID {
			return il, nil
		}
	}
	return nil, pgerr.New(pgerr.InternalError, "index %d is not one of \"%s\"", i.OID, l.rel.Name)
}

// projection reads some columns of a row in a wanted order.
type projection struct {
	columns []int // as wanted
	want    []int // ascending, each once
	place   []int // where in want each of columns is; nil if just there
	reader  *types.TupleReader
	// shares tells that datums may point into the tuple.
	shares bool
}

// projection gives the projection to columns; nil is all of them.
func (l *layout) projection(columns []int) *projection {
	if columns == nil || slices.Equal(columns, l.all.columns) {
		return l.all
	}
	known := l.projections.Load()
	if known != nil {
		for _, p := range *known {
			if slices.Equal(p.columns, columns) {
				return p
			}
		}
	}
	p := l.newProjection(slices.Clone(columns))
	var list []*projection
	if known != nil {
		list = *known
	}
	if len(list) < maxProjections {
		list = append(slices.Clip(list), p)
		l.projections.CompareAndSwap(known, &list)
	}
	return p
}

func (l *layout) newProjection(columns []int) *projection {
	p := &projection{columns: columns, want: slices.Clone(columns)}
	slices.Sort(p.want)
	p.want = slices.Compact(p.want)
	if !slices.Equal(p.want, columns) {
		p.place = make([]int, len(columns))
		for i, c := range columns {
			p.place[i], _ = slices.BinarySearch(p.want, c)
		}
	}
	for _, c := range p.want {
		if t := types.ByOID(l.oids[c]); t == nil || t.Phys >= types.KindText {
			p.shares = true
		}
	}
	// A want of nil would mean all columns.
	want := p.want
	if want == nil {
		want = []int{}
	}
	p.reader = types.NewTupleReader(l.oids, want)
	return p
}

// read decodes a tuple's wanted columns into out, one place per entry of want.
func (l *layout) read(p *projection, tuple []byte, out []types.Datum) error {
	n, err := p.reader.Read(tuple, out)
	if err != nil {
		return err
	}
	if n < len(l.oids) && l.hasMissing {
		for i, c := range p.want {
			if c >= n {
				out[i] = l.missing[c]
			}
		}
	}
	return nil
}

// appendRow decodes a tuple and appends the projection's columns to dst.
func (l *layout) appendRow(dst []types.Datum, p *projection, tuple []byte) ([]types.Datum, error) {
	from := len(dst)
	if p.place == nil {
		dst = slices.Grow(dst, len(p.want))[:from+len(p.want)]
		return dst, l.read(p, tuple, dst[from:])
	}
	var scratch [16]types.Datum
	out := scratch[:]
	if len(p.want) > len(out) {
		out = make([]types.Datum, len(p.want))
	}
	if err := l.read(p, tuple, out[:len(p.want)]); err != nil {
		return dst, err
	}
	for _, at := range p.place {
		dst = append(dst, out[at])
	}
	return dst, nil
}

// UpdateLock is the mode that an UPDATE of these columns (positions) must lock
// its rows with: ForUpdate if a key that a foreign key may refer to changes, else
// ForNoKeyUpdate. See PostgreSQL's HeapDetermineColumnsInfo.
func (h *Handle) UpdateLock(columns []int) RowLock {
	for _, i := range h.Rel.Indexes {
		if !i.Unique || i.Predicate != "" {
			continue
		}
		for _, k := range i.Keys {
			if k.Column == 0 || slices.Contains(columns, int(k.Column)-1) {
				return ForUpdate
			}
		}
	}
	return ForNoKeyUpdate
}
