package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func pgIndex(s *scan) error {
	return s.eachIndex("indexrelid", "", "indrelid", func(i *catalog.Index, r *catalog.Relation) error {
		var columns []int16
		var collations, classes []types.OID
		var order []int16
		var exprs []string
		for n, c := range indexColumns(i, r) {
			if n >= len(i.Keys) {
				columns = append(columns, i.Include[n-len(i.Keys)])
				continue
			}
			k := i.Keys[n]
			columns = append(columns, k.Column)
			if k.Column == 0 {
				exprs = append(exprs, k.Expr)
			}
			collations = append(collations, collationOf(c, typeOf(s.view, c.Type)))
			classes = append(classes, opclassOf(s.view, k.Type, k.Opclass))
			order = append(order, indoption(k))
		}
		predicate := nodeTree(nodePredicate, int64(i.OID), i.Predicate)
		expressions := nodeTree(nodeKeys, int64(i.OID), strings.Join(exprs, ", "))
		immediate := true
		if c := constraintOf(r, i); c != nil {
			immediate = !c.Deferrable
		}
		// indisclustered tells what CLUSTER was last used with. The rows are in the
		// primary key's order without it.
		return s.row(
			oid(i.OID), oid(r.OID), num(len(columns)), num(len(i.Keys)), boolean(i.Unique), boolean(i.NullsNotDistinct),
			boolean(i.Primary), boolean(false), boolean(immediate), boolean(false), boolean(i.Valid), boolean(false),
			boolean(i.Valid), boolean(true), boolean(false),
			int2vector(columns), oidvector(collations), oidvector(classes), int2vector(order), expressions, predicate,
		)
	})
}

// indoption holds DESC in bit 0 and NULLS FIRST in bit 1.
func indoption(k catalog.IndexKey) int16 {
	var o int16
	if k.Desc {
		o |= 1
	}
	if k.NullsFirst {
		o |= 2
	}
	return o
}

// constraintOf is the constraint that an index serves, nil if none.
func constraintOf(r *catalog.Relation, i *catalog.Index) *catalog.Constraint {
	for _, c := range r.Constraints {
		if c.Index == i.OID && (c.Kind == catalog.PrimaryKey || c.Kind == catalog.Unique) {
			return c
		}
	}
	return nil
}

func pgConstraint(s *scan) error {
	return s.eachRelation("conrelid", "", "", func(r *catalog.Relation) error {
		for _, c := range r.Constraints {
			if o, ok := s.oid("oid"); ok && o != c.OID {
				continue
			}
			if err := s.constraint(r, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *scan) constraint(r *catalog.Relation, c *catalog.Constraint) error {
	update, del, match := char(' '), char(' '), char(' ')
	index, refTable := c.Index, types.OID(0)
	refColumns, ops := null, null
	if c.Kind == catalog.ForeignKey {
		update, del, match = char(c.OnUpdate), char(c.OnDelete), char(c.Match)
		index, refTable = c.RefIndex, c.RefTable
		refColumns = numbers(types.Int2OID, c.RefColumns)
		var equal []types.OID
		if ref := s.view.Relation(c.RefTable); ref != nil {
			for n := range c.Columns {
				equal = append(equal, equalityOf(ref.Columns[c.RefColumns[n]-1].Type, r.Columns[c.Columns[n]-1].Type))
			}
		}
		ops = numbers(types.OIDOID, equal)
	}
	columns, set := null, null
	if len(c.Columns) > 0 {
		columns = numbers(types.Int2OID, c.Columns)
	}
	if len(c.DeleteSet) > 0 {
		set = numbers(types.Int2OID, c.DeleteSet)
	}
	return s.row(
		oid(c.OID), text(c.Name), oid(r.Schema), char(byte(c.Kind)), boolean(c.Deferrable), boolean(c.Deferred),
		boolean(c.Validated), oid(r.OID), num(0), oid(index), num(0), oid(refTable), update, del, match,
		boolean(true), num(0), boolean(c.Kind != catalog.Check || c.NoInherit), columns, refColumns, ops, ops, ops, set, null,
		nodeTree(nodeCheck, int64(c.OID), c.Expr),
	)
}
