package sysview

import (
	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// catalogFunc is a function that asks the catalog.
type catalogFunc func(n *namer, a []types.Datum) (types.Datum, error)

// provideCatalog adds functions over the catalog, by pg_proc.prosrc.
func provideCatalog(fns map[string]catalogFunc) {
	list := make(map[string]builtin.Func, len(fns))
	for name, fn := range fns {
		list[name] = func(c *builtin.Context, a []types.Datum) (types.Datum, error) {
			n, err := namerOf(c)
			if err != nil {
				return types.Null, err
			}
			return fn(n, a)
		}
	}
	builtin.Provide(list)
}

// constant makes a function that always gives the same.
func constant(d types.Datum) builtin.Func {
	return func(*builtin.Context, []types.Datum) (types.Datum, error) { return d, nil }
}

func oidArg(d types.Datum) types.OID { return types.OID(d.Int()) }
