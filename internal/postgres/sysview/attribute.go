package sysview

import (
	"fmt"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// systemColumns are those that every table has besides its own.
var systemColumns = []*catalog.Column{
	{Num: -1, Name: "ctid", Type: types.TIDOID, Typmod: -1, NotNull: true},
	{Num: -2, Name: "xmin", Type: types.XIDOID, Typmod: -1, NotNull: true},
	{Num: -6, Name: "tableoid", Type: types.OIDOID, Typmod: -1, NotNull: true},
}

func pgAttribute(s *scan) error {
	err := s.eachRelation("attrelid", "", "", func(r *catalog.Relation) error {
		for _, c := range classColumns(r) {
			if err := s.attribute(r.OID, c); err != nil {
				return err
			}
		}
		if r.Kind != catalog.KindTable {
			return nil
		}
		for _, c := range systemColumns {
			if err := s.attribute(r.OID, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.eachIndex("attrelid", "", "", func(i *catalog.Index, r *catalog.Relation) error {
		for _, c := range indexColumns(i, r) {
			if err := s.attribute(i.OID, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *scan) attribute(rel types.OID, c *catalog.Column) error {
	name, typ := c.Name, c.Type
	if c.Dropped {
		name, typ = fmt.Sprintf("........pg.dropped.%d........", c.Num), 0
	}
	if n, ok := s.text("attname"); ok && n != name {
		return nil
	}
	t, facts := typeOf(s.view, typ), factsOf(s.view, typ)
	dims := 0
	if t.Category == 'A' && t.Elem != 0 {
		dims = 1
	}
	generated, identity := "", ""
	if c.Generated != "" {
		generated = "s"
	}
	if c.Identity != 0 {
		identity = string(rune(c.Identity))
	}
	missing := null
	if c.HasMissing && s.wants("attmissingval") {
		if d, err := types.Input(c.Type, c.Missing, c.Typmod, nil); err == nil {
			missing = array(c.Type, []types.Datum{d})
		}
	}
	return s.row(
		oid(rel), text(name), oid(typ), num(-1), num(t.Len), num(c.Num), num(dims), num(-1), num(c.Typmod),
		boolean(t.ByVal), char(facts.align), char(facts.storage), text(""), boolean(c.NotNull),
		boolean(c.Default != "" || c.Generated != ""), boolean(c.HasMissing), text(identity), text(generated),
		boolean(c.Dropped), boolean(true), num(0), oid(collationOf(c, t)), null, null, null, missing,
	)
}

// collationOf is attcollation: the column's own, or its type's.
func collationOf(c *catalog.Column, t *types.Type) types.OID {
	switch {
	case c.Collation != 0:
		return c.Collation
	case t.Collatable:
		return typeCollation(t.OID)
	}
	return 0
}

// indexColumns are an index's columns as pg_attribute names them.
func indexColumns(i *catalog.Index, r *catalog.Relation) []*catalog.Column {
	out := make([]*catalog.Column, 0, len(i.Keys)+len(i.Include))
	taken := map[string]bool{}
	add := func(name string, c catalog.Column) {
		for base, n := name, 1; taken[name]; n++ {
			name = base + strconv.Itoa(n)
		}
		taken[name] = true
		c.Name, c.Num = name, int16(len(out)+1)
		out = append(out, &c)
	}
	plain := func(attnum int16) {
		from := r.Columns[attnum-1]
		add(from.Name, catalog.Column{Type: from.Type, Typmod: from.Typmod, Collation: from.Collation})
	}
	for _, k := range i.Keys {
		if k.Column != 0 {
			plain(k.Column)
			continue
		}
		add(expressionName(k.Expr), catalog.Column{Type: k.Type, Typmod: -1})
	}
	for _, attnum := range i.Include {
		plain(attnum)
	}
	return out
}

// expressionName is what an index calls the column of an expression: the
// function's name, or expr.
func expressionName(sql string) string {
	n, err := plan.ParseExpr(sql)
	if err != nil {
		return "expr"
	}
	for {
		switch e := n.GetNode().(type) {
		case *pg_query.Node_FuncCall:
			names := e.FuncCall.Funcname
			return names[len(names)-1].GetString_().GetSval()
		case *pg_query.Node_CoalesceExpr:
			return "coalesce"
		case *pg_query.Node_TypeCast:
			if n = e.TypeCast.Arg; n.GetFuncCall() != nil || n.GetTypeCast() != nil {
				continue
			}
			names := e.TypeCast.TypeName.GetNames()
			return names[len(names)-1].GetString_().GetSval()
		}
		return "expr"
	}
}

// attrdefOID identifies a column's default in pg_attrdef: defaults have no
// object of their own here.
func attrdefOID(rel types.OID, column int16) types.OID { return rel + types.OID(column)<<21 }

func pgAttrdef(s *scan) error {
	return s.eachRelation("adrelid", "", "", func(r *catalog.Relation) error {
		if r.Kind == catalog.KindVirtual {
			return nil
		}
		for _, c := range r.Columns {
			sql := c.Default
			if c.Generated != "" {
				sql = c.Generated
			}
			if sql == "" || c.Dropped {
				continue
			}
			if err := s.row(oid(attrdefOID(r.OID, c.Num)), oid(r.OID), num(c.Num), nodeTree(nodeDefault, int64(c.Num), sql)); err != nil {
				return err
			}
		}
		return nil
	})
}
