package table

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// reference is a foreign key of the table that is checked.
type reference struct {
	c  *catalog.Constraint
	to *catalog.Relation
	il *indexLayout // the index that it refers to
	// order gives for each key of the index its place among the constraint's columns.
	order []int
}

// references are the foreign keys whose rows can be looked for: not those that nothing
// has checked yet, nor to a table that lies elsewhere, in memory or on disk.
func (t *tableCheck) references(view *catalog.View) (out []reference, err error) {
	rel := t.h.Rel
	for _, c := range rel.Constraints {
		to := view.Relation(c.RefTable)
		if c.Kind != catalog.ForeignKey || !c.Validated || to == nil || to.Pinned() != rel.Pinned() {
			continue
		}
		h, err := t.v.o.Handle(view, to)
		if err != nil {
			continue // reported with its table
		}
		l, err := h.layout()
		if err != nil {
			continue
		}
		for _, i := range to.Indexes {
			if i.OID != c.RefIndex {
				continue
			}
			il, err := l.of(i)
			if err != nil {
				return nil, err
			}
			out = append(out, reference{c, to, il, ReferenceOrder(i, c.RefColumns)})
		}
	}
	return out, nil
}

// refers reports it if the row in hand refers to one that is not there.
func (t *tableCheck) refers(suffix []byte) error {
	for i := range t.refs {
		ref := &t.refs[i]
		key, names, values := t.referred(ref)
		if key == nil {
			continue
		}
		place, ok, err := ref.il.pointKey(t.key[:0], key)
		t.key = place
		if err != nil || !ok {
			return err
		}
		if _, ok, err = t.v.get(place); err != nil || ok {
			if err != nil {
				return err
			}
			continue
		}
		f := t.fault(FaultForeignKey, nil, t.suffixText(suffix),
			"a row of \""+ref.to.Name+"\" with ("+strings.Join(names, ", ")+")=("+strings.Join(values, ", ")+"), by constraint \""+ref.c.Name+"\"", "none")
		if err := t.v.o.Report(f); err != nil {
			return err
		}
	}
	return nil
}

// referred is the key that the row in hand refers to, in the order of the index, and
// how to tell it; nil if it refers to none.
func (t *tableCheck) referred(ref *reference) (key []types.Datum, names, values []string) {
	for k, i := range ref.order {
		from := t.h.Rel.Columns[ref.c.Columns[i]-1]
		d := t.row[from.Num-1]
		if d.IsNull() {
			return nil, nil, nil
		}
		d, ok := ReferenceTo(d, from.Type, ref.il.keys[k].oid)
		if !ok {
			return nil, nil, nil
		}
		key = append(key, d)
		names = append(names, ref.to.Columns[ref.c.RefColumns[i]-1].Name)
		values = append(values, string(types.AppendText(nil, ref.il.keys[k].oid, d, nil)))
	}
	return key, names, values
}
