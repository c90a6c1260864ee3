package plan

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// ResolveType finds the type that a type name in SQL means, with its modifier.
func ResolveType(env *Env, tn *pg_query.TypeName) (types.OID, types.Typmod, error) {
	return newAnalyzer(env, nil).resolveType(tn)
}

func (a *analyzer) resolveType(tn *pg_query.TypeName) (types.OID, types.Typmod, error) {
	loc := tn.GetLocation()
	if tn == nil {
		return 0, -1, pgerr.New(pgerr.InternalError, "missing type name")
	}
	if tn.PctType {
		return 0, -1, pgerr.New(pgerr.FeatureNotSupported, "%%TYPE references are not supported").At(loc)
	}
	if tn.Setof {
		return 0, -1, pgerr.New(pgerr.FeatureNotSupported, "SETOF types are not supported here").At(loc)
	}
	schema, name := qualifiedName(tn.Names)
	oid := a.typeByName(schema, name)
	if oid == 0 {
		full := name
		if schema != "" {
			full = schema + "." + name
			if a.env.View.SchemaByName(schema) == nil {
				return 0, -1, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", schema).At(loc)
			}
		}
		return 0, -1, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", full).At(loc)
	}
	mod := types.Typmod(-1)
	if len(tn.Typmods) > 0 {
		mods, err := typmodArgs(tn.Typmods)
		if err != nil {
			return 0, -1, pgerr.From(err).At(loc)
		}
		if mod, err = types.TypmodIn(oid, mods); err != nil {
			return 0, -1, pgerr.From(err).At(loc)
		}
	}
	if len(tn.ArrayBounds) > 0 {
		arr := types.ArrayOf(oid)
		if arr == 0 {
			if types.ElemOf(oid) != 0 {
				arr = oid
			} else {
				return 0, -1, pgerr.New(pgerr.FeatureNotSupported, "arrays of type %s are not supported", a.typeName(oid)).At(loc)
			}
		}
		oid = arr
	}
	return oid, mod, nil
}

// typeByName finds a type by its catalog name; the grammar has already turned
// the SQL spellings (integer, double precision, …) into those.
func (a *analyzer) typeByName(schema, name string) types.OID {
	if schema == "" || schema == "pg_catalog" {
		if t := types.ByName(name); t != nil {
			return t.OID
		}
	}
	// A relation's name is its row type's.
	var rel *catalog.Relation
	if schema != "" {
		if s := a.env.View.SchemaByName(schema); s != nil {
			rel = a.env.View.Lookup(s.OID, name)
		}
	} else {
		for _, s := range a.env.SearchPath {
			if rel = a.env.View.Lookup(s, name); rel != nil {
				break
			}
		}
	}
	if rel != nil {
		return rel.RowType
	}
	return 0
}

// typmodArgs reads the modifiers written after a type's name.
func typmodArgs(list []*pg_query.Node) ([]int32, error) {
	out := make([]int32, 0, len(list))
	for _, n := range list {
		c := n.GetAConst()
		switch v := c.GetVal().(type) {
		case *pg_query.A_Const_Ival:
			out = append(out, v.Ival.GetIval())
			continue
		case nil:
			if ae := n.GetAExpr(); ae != nil && lastName(ae.Name) == "-" && ae.Lexpr == nil {
				if iv, ok := ae.Rexpr.GetAConst().GetVal().(*pg_query.A_Const_Ival); ok {
					out = append(out, -iv.Ival.GetIval())
					continue
				}
			}
		}
		return nil, pgerr.New(pgerr.SyntaxError, "type modifiers must be simple constants or identifiers")
	}
	return out, nil
}
