package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Access methods: those that PostgreSQL has too, under its OIDs, and those of tables
// that say where they are kept. None has a handler function.
const (
	amHeap       types.OID = 2
	amBtree      types.OID = 403
	amPersistent types.OID = 9001
	amActor      types.OID = 9002
)

var accessMethods = []struct {
	oid  types.OID
	name string
	kind byte
}{
	{amHeap, catalog.MethodHeap, 't'},
	{amBtree, "btree", 'i'},
	{amPersistent, catalog.MethodPersistent, 't'},
	{amActor, catalog.MethodActor, 't'},
}

func accessMethodOID(name string) types.OID {
	for _, m := range accessMethods {
		if m.name == name {
			return m.oid
		}
	}
	return amHeap
}

func pgAm(s *scan) error {
	for _, m := range accessMethods {
		if err := s.row(oid(m.oid), text(m.name), num(0), char(m.kind)); err != nil {
			return err
		}
	}
	return nil
}

func pgOpclass(s *scan) error {
	for _, c := range facts().opclasses {
		if err := s.row(
			oid(c.oid), oid(amBtree), text(c.name), oid(catalog.PgCatalogOID), oid(catalog.BootstrapRole), oid(c.family),
			oid(c.typ), boolean(c.isDefault), oid(c.key),
		); err != nil {
			return err
		}
	}
	return nil
}

func pgOpfamily(s *scan) error {
	for _, f := range facts().families {
		if err := s.row(oid(f.oid), oid(amBtree), text(f.name), oid(catalog.PgCatalogOID), oid(catalog.BootstrapRole)); err != nil {
			return err
		}
	}
	return nil
}

// pgAmop lists the operators that an index can search by.
func pgAmop(s *scan) error {
	for _, r := range facts().amops {
		if builtin.OperatorByOID(r[5]) == nil {
			continue
		}
		if err := s.row(oid(r[0]), oid(r[1]), oid(r[2]), oid(r[3]), num(int64(r[4])), char('s'), oid(r[5]), oid(amBtree), num(0)); err != nil {
			return err
		}
	}
	return nil
}

func pgAmproc(s *scan) error {
	for _, r := range facts().amprocs {
		if builtin.FunctionByOID(r[5]) == nil {
			continue
		}
		if err := s.row(oid(r[0]), oid(r[1]), oid(r[2]), oid(r[3]), num(int64(r[4])), oid(r[5])); err != nil {
			return err
		}
	}
	return nil
}

// Operator classes of types that share one.
const (
	opclassArray  types.OID = 397
	opclassRecord types.OID = 404
	opclassEnum   types.OID = 3542
	opclassText   types.OID = 3126
	opclassOID    types.OID = 1981
)

// opclassOf is the B-tree operator class of an index key: as written, or the
// default of its type.
func opclassOf(v *catalog.View, typ types.OID, written string) types.OID {
	if written != "" {
		name := written[strings.LastIndexByte(written, '.')+1:]
		for _, c := range facts().opclasses {
			if c.name == name {
				return c.oid
			}
		}
	}
	return defaultOpclass(v, typ)
}

func defaultOpclass(v *catalog.View, typ types.OID) types.OID {
	for _, c := range facts().opclasses {
		if c.typ == typ && c.isDefault {
			return c.oid
		}
	}
	t := typeOf(v, typ)
	switch {
	case typ == types.VarCharOID:
		return opclassText
	case t.Phys == types.KindInt && t.Category == 'N':
		return opclassOID // regclass and its like
	case t.Category == 'A':
		return opclassArray
	case t.Kind == 'e':
		return opclassEnum
	case t.Kind == 'c':
		return opclassRecord
	}
	return 0
}

func opclassByOID(o types.OID) *opclass {
	for i := range facts().opclasses {
		if c := &facts().opclasses[i]; c.oid == o {
			return c
		}
	}
	return nil
}

// equalityOf is the = between two types, 0 if there is none for just these.
func equalityOf(left, right types.OID) types.OID {
	plain := func(o types.OID) types.OID {
		if o == types.VarCharOID {
			return types.TextOID
		}
		return o
	}
	if op := builtin.OperatorFor("=", plain(left), plain(right)); op != nil {
		return op.OID
	}
	return 0
}
