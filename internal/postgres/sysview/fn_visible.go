package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	provideCatalog(map[string]catalogFunc{
		"pg_table_is_visible":    tableIsVisible,
		"pg_type_is_visible":     typeIsVisible,
		"pg_function_is_visible": functionIsVisible,
		"pg_operator_is_visible": func(_ *namer, a []types.Datum) (types.Datum, error) {
			return found(builtin.OperatorByOID(oidArg(a[0])) != nil)
		},
		"pg_opclass_is_visible": func(_ *namer, a []types.Datum) (types.Datum, error) {
			return found(opclassByOID(oidArg(a[0])) != nil)
		},
		"pg_opfamily_is_visible": func(_ *namer, a []types.Datum) (types.Datum, error) {
			for _, f := range facts().families {
				if f.oid == oidArg(a[0]) {
					return boolean(true), nil
				}
			}
			return null, nil
		},
		"pg_collation_is_visible": func(_ *namer, a []types.Datum) (types.Datum, error) {
			_, ok := collationNames[oidArg(a[0])]
			return found(ok)
		},
		"to_regclass":     toReg(types.RegclassOID),
		"to_regtype":      toReg(types.RegtypeOID),
		"to_regproc":      toReg(types.RegprocOID),
		"to_regprocedure": toReg(types.RegprocedureOID),
		"to_regoper":      toReg(types.RegoperOID),
		"to_regoperator":  toReg(types.RegoperatorOID),
		"to_regnamespace": toReg(types.RegnamespaceOID),
		"to_regrole":      toReg(types.RegroleOID),
		"to_regcollation": toReg(types.RegcollationOID),
	})
	// Objects of these kinds do not exist.
	builtin.Provide(map[string]builtin.Func{
		"pg_conversion_is_visible": constant(null), "pg_statistics_obj_is_visible": constant(null),
		"pg_ts_parser_is_visible": constant(null), "pg_ts_dict_is_visible": constant(null),
		"pg_ts_config_is_visible": constant(null), "pg_ts_template_is_visible": constant(null),
	})
}

// found is true for an object of pg_catalog that exists, NULL for one that does not.
func found(ok bool) (types.Datum, error) {
	if !ok {
		return null, nil
	}
	return boolean(true), nil
}

func tableIsVisible(n *namer, a []types.Datum) (types.Datum, error) {
	if r := n.view.Relation(oidArg(a[0])); r != nil {
		return boolean(n.visible(r.Schema, r.Name)), nil
	}
	if i, r := n.view.Index(oidArg(a[0])); i != nil {
		return boolean(n.visible(r.Schema, i.Name)), nil
	}
	return null, nil
}

func typeIsVisible(n *namer, a []types.Datum) (types.Datum, error) {
	o := oidArg(a[0])
	if types.ByOID(o) != nil {
		return boolean(true), nil
	}
	if t := n.view.CustomType(o); t != nil {
		return boolean(n.typeVisible(t.Schema, t.Name)), nil
	}
	if r := relationOfRow(n.view, o); r != nil {
		return boolean(n.typeVisible(r.Schema, r.Name)), nil
	}
	return null, nil
}

func functionIsVisible(n *namer, a []types.Datum) (types.Datum, error) {
	f := functionArg(a)
	if f == nil {
		return null, nil
	}
	for _, s := range n.path {
		if s == schemaOf(f) {
			return boolean(true), nil
		}
	}
	return boolean(schemaOf(f) == catalog.PgCatalogOID), nil
}

// toReg is to_regclass and its like: NULL where the cast would find nothing.
func toReg(typ types.OID) catalogFunc {
	return func(n *namer, a []types.Datum) (types.Datum, error) {
		d, err := types.Input(typ, a[0].Str(), -1, &types.Format{Names: Names(n.fn)})
		if err == nil {
			return d, nil
		}
		switch pgerr.From(err).Code {
		case pgerr.UndefinedTable, pgerr.UndefinedObject, pgerr.UndefinedFunction, pgerr.InvalidSchemaName, pgerr.AmbiguousFunction:
			return null, nil
		}
		return null, err
	}
}
