package table

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// cover reads the wanted columns from an index entry: its key columns, and those
// of the row's own key, which the entry holds too.
type cover struct {
	il  *indexLayout
	row *indexLayout // nil when the row's key is not needed
	// into and rowInto give, per key column, where in want it belongs; -1 nowhere.
	into    []int
	rowInto []int
	last    int // key columns to decode
	rowLast int
}

// covering makes a cover, nil if the entry has not all that is wanted, or not
// just as it is in the row.
func (l *layout) covering(il *indexLayout, p *projection) *cover {
	c := &cover{il: il, into: make([]int, len(il.keys))}
	found := make([]bool, len(p.want))
	c.last = place(il, p, found, c.into)
	if slices.Contains(found, false) && l.clustered != nil {
		c.row, c.rowInto = l.clustered, make([]int, len(l.clustered.keys))
		c.rowLast = place(l.clustered, p, found, c.rowInto)
	}
	if slices.Contains(found, false) {
		return nil
	}
	return c
}

// place notes which key columns are wanted and not found yet, and returns how
// many must be decoded.
func place(il *indexLayout, p *projection, found []bool, into []int) int {
	last := 0
	for i := range il.keys {
		k := &il.keys[i]
		into[i] = -1
		at, ok := slices.BinarySearch(p.want, k.pos)
		if ok && !found[at] && types.KeyIsExact(k.oid) {
			into[i], found[at] = at, true
			last = i + 1
		}
	}
	return last
}

// read decodes an entry into out, one place per wanted column.
func (c *cover) read(columns, suffix []byte, out []types.Datum) error {
	if err := readKey(c.il, columns, c.into, c.last, out); err != nil || c.row == nil {
		return err
	}
	return readKey(c.row, suffix, c.rowInto, c.rowLast, out)
}

func readKey(il *indexLayout, src []byte, into []int, last int, out []types.Datum) error {
	for i := range last {
		k := &il.keys[i]
		d, rest, err := types.DecodeKey(k.oid, src, k.desc, k.nullsFirst)
		if err != nil {
			return err
		}
		if into[i] >= 0 {
			out[into[i]] = d
		}
		src = rest
	}
	return nil
}

// CoveredBy tells whether a scan of the index (not the clustered one) gives these
// columns without reading the rows, as long as no TID is asked for.
func (h *Handle) CoveredBy(index *catalog.Index, columns []int) bool {
	l, err := h.layout()
	if err != nil {
		return false
	}
	il, err := l.of(index)
	if err != nil || il == nil || il == l.clustered {
		return false
	}
	return l.covering(il, l.projection(nonNil(columns))) != nil
}
