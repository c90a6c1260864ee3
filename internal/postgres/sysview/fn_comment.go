package sysview

import (
	"errors"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	provideCatalog(map[string]catalogFunc{
		"obj_description(oid,name)": func(n *namer, a []types.Datum) (types.Datum, error) {
			class, ok := catalogClasses[a[1].Str()]
			if !ok {
				return null, nil // objects of no other catalog have comments
			}
			return n.comment(oidArg(a[0]), class, 0)
		},
		"obj_description(oid)": func(n *namer, a []types.Datum) (types.Datum, error) { return n.comment(oidArg(a[0]), 0, 0) },
		"col_description(oid,int4)": func(n *namer, a []types.Datum) (types.Datum, error) {
			if a[1].Int() == 0 {
				return null, nil
			}
			return n.comment(oidArg(a[0]), pgClassClass, int32(a[1].Int()))
		},
		"shobj_description(oid,name)": func(n *namer, a []types.Datum) (types.Datum, error) {
			class, out := catalogClasses[a[1].Str()], null
			err := eachSharedComment(n.view, func(c comment) error {
				if c.object == oidArg(a[0]) && c.class == class {
					out = text(c.text)
				}
				return nil
			})
			return out, err
		},
	})
}

// catalogClasses gives the catalogs that comments are about by name.
var catalogClasses = map[string]types.OID{
	"pg_class": pgClassClass, "pg_type": pgTypeClass, "pg_namespace": pgNamespaceClass, "pg_constraint": pgConstraintClass,
	"pg_database": pgDatabaseClass, "pg_authid": pgAuthIDClass, "pg_proc": pgProcClass, "pg_operator": pgOperatorClass,
	"pg_am": pgAmClass, "pg_language": pgLanguageClass,
}

var errFound = errors.New("found")

// comment finds an object's comment; class is 0 for any.
func (n *namer) comment(object, class types.OID, sub int32) (types.Datum, error) {
	if r := n.view.Relation(object); r != nil && (class == 0 || class == pgClassClass) {
		switch {
		case sub == 0 && r.Comment != "":
			return text(r.Comment), nil
		case sub > 0 && int(sub) <= len(r.Columns) && !r.Columns[sub-1].Dropped:
			return textOrNull(r.Columns[sub-1].Comment), nil
		case class != 0:
			return null, nil
		}
	}
	out := null
	find := func(c comment) error {
		if c.sub != sub || class != 0 && c.class != class {
			return nil
		}
		out = text(c.text)
		return errFound
	}
	err := eachComment(n.view, object, find)
	if err == nil {
		err = eachBuiltinComment(object, find)
	}
	if err != nil && !errors.Is(err, errFound) {
		return null, err
	}
	return out, nil
}
