package ddl

import (
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// newTable makes a table with identifiers of its own, not yet in the catalog. method
// is what USING says.
func (env *Env) newTable(schema types.OID, name, method string) (*catalog.Relation, error) {
	method, err := env.accessMethod(method)
	if err != nil {
		return nil, err
	}
	r, err := env.newRelation(schema, name, catalog.KindTable)
	if err != nil {
		return nil, err
	}
	r.AccessMethod = method
	r.Storage, err = env.Tx.NewStorageID(r.Pinned())
	return r, err
}

// accessMethod checks the name of a table's access method, "" for the default.
func (env *Env) accessMethod(name string) (string, error) {
	if name == "" {
		name = env.AccessMethod
	}
	switch name {
	case "":
		return catalog.MethodHeap, nil
	case catalog.MethodHeap, catalog.MethodActor:
		return name, nil
	case catalog.MethodPersistent:
		if env.Tx.Engine().InMemory() {
			return "", pgerr.New(pgerr.ObjectNotInPrerequisiteState, "a persistent table needs the mode \"persistent\"").
				WithDetail("In the mode \"actor\" the catalog is in memory, and a table cannot outlive the catalog that names it.").
				WithHint("Set the mode to persistent, and default_table_access_method to actor for tables in memory.")
		}
		return name, nil
	}
	return "", pgerr.New(pgerr.UndefinedObject, "access method \"%s\" does not exist", name)
}

// alterAccessMethod moves the rows to where the method keeps them.
func (b *tableBuilder) alterAccessMethod(name string) error {
	method, err := b.env.accessMethod(name)
	if err != nil || method == b.rel.AccessMethod {
		return err
	}
	was := b.rel.Pinned()
	b.rel.AccessMethod = method
	if b.rel.Pinned() == was {
		return b.replace()
	}
	old := b.env.view().Relation(b.rel.OID)
	if err := b.newStorage(); err != nil {
		return err
	}
	return b.rewrite(old, nil)
}
