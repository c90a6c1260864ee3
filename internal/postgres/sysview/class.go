package sysview

import (
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// OIDs of the catalogs that other rows name (classid and the like).
const (
	pgTypeClass       types.OID = 1247
	pgAttributeClass  types.OID = 1249
	pgProcClass       types.OID = 1255
	pgClassClass      types.OID = 1259
	pgAuthIDClass     types.OID = 1260
	pgDatabaseClass   types.OID = 1262
	pgAmClass         types.OID = 2601
	pgAttrdefClass    types.OID = 2604
	pgConstraintClass types.OID = 2606
	pgLanguageClass   types.OID = 2612
	pgNamespaceClass  types.OID = 2615
	pgOperatorClass   types.OID = 2617
	pgRewriteClass    types.OID = 2618
)

// blockSize is the page in which pg_class counts.
const blockSize = 8192

// eachRelation calls fn for the relations that the query can be about: oidColumn,
// nameColumn and schemaColumn name the scan's columns that tell, "" for none.
// Computed relations come too; indexes do not.
func (s *scan) eachRelation(oidColumn, nameColumn, schemaColumn string, fn func(*catalog.Relation) error) error {
	if oidColumn != "" {
		if o, ok := s.oid(oidColumn); ok {
			if r := s.view.Relation(o); r != nil {
				return fn(r)
			}
			return nil
		}
	}
	var schemas []types.OID
	if schemaColumn != "" {
		if o, ok := s.oid(schemaColumn); ok {
			schemas = []types.OID{o}
		} else if name, ok := s.text(schemaColumn); ok {
			n := s.view.SchemaByName(name)
			if n == nil {
				return nil
			}
			schemas = []types.OID{n.OID}
		}
	}
	if schemas == nil {
		for _, n := range s.view.Schemas() {
			schemas = append(schemas, n.OID)
		}
	}
	name, named := "", false
	if nameColumn != "" {
		name, named = s.text(nameColumn)
	}
	for _, schema := range schemas {
		if named {
			if r := s.view.Lookup(schema, name); r != nil {
				if err := fn(r); err != nil {
					return err
				}
			}
			continue
		}
		for _, r := range s.view.Relations(schema) {
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachIndex is eachRelation for indexes.
func (s *scan) eachIndex(oidColumn, nameColumn, tableColumn string, fn func(*catalog.Index, *catalog.Relation) error) error {
	if oidColumn != "" {
		if o, ok := s.oid(oidColumn); ok {
			if i, r := s.view.Index(o); i != nil {
				return fn(i, r)
			}
			return nil
		}
	}
	tables := s.view.AllRelations
	if tableColumn != "" {
		if o, ok := s.oid(tableColumn); ok {
			tables = func() []*catalog.Relation {
				if r := s.view.Relation(o); r != nil {
					return []*catalog.Relation{r}
				}
				return nil
			}
		}
	}
	name, named := "", false
	if nameColumn != "" {
		name, named = s.text(nameColumn)
	}
	for _, r := range tables() {
		for _, i := range r.Indexes {
			if named && i.Name != name {
				continue
			}
			if err := fn(i, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// relkind is how pg_class shows a relation.
func relkind(r *catalog.Relation) byte {
	if r.Kind == catalog.KindVirtual {
		if d := definitions[r.OID]; d != nil {
			return d.kind
		}
		return 'v'
	}
	return byte(r.Kind)
}

func persistence(r *catalog.Relation) types.Datum {
	switch {
	case r.Temporary:
		return text("t")
	case r.Unlogged:
		return text("u")
	default:
		return text("p")
	}
}

// options is reloptions.
func options(r *catalog.Relation) types.Datum {
	if len(r.Options) == 0 {
		return null
	}
	var list []string
	for k, v := range r.Options {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return texts(types.TextOID, list)
}

func pgClass(s *scan) error {
	if err := s.eachRelation("oid", "relname", "relnamespace", s.classOfRelation); err != nil {
		return err
	}
	return s.eachIndex("oid", "relname", "", s.classOfIndex)
}

func (s *scan) classOfRelation(r *catalog.Relation) error {
	kind := relkind(r)
	am, pages, rows, storage := types.OID(0), int64(0), float64(-1), uint64(0)
	checks, triggers := 0, false
	switch r.Kind {
	case catalog.KindTable:
		am, storage = accessMethodOID(r.AccessMethod), r.Storage
		size, estimate, err := s.tableSize(r)
		if err != nil {
			return err
		}
		pages, rows = (size+blockSize-1)/blockSize, estimate
		for _, c := range r.Constraints {
			if c.Kind == catalog.Check {
				checks++
			}
			triggers = triggers || c.Kind == catalog.ForeignKey
		}
		triggers = triggers || len(s.view.ReferencedBy(r.OID)) > 0
	case catalog.KindSequence:
		pages, rows, storage = 1, 1, r.Storage
	case catalog.KindVirtual:
		if kind == 'r' {
			am = amHeap
		}
	}
	identity := byte('d')
	if kind != 'r' || r.Kind == catalog.KindVirtual {
		identity = 'n'
	}
	return s.row(
		oid(r.OID), text(r.Name), oid(r.Schema), oid(r.RowType), num(0), oid(r.Owner), oid(am), oid(uint32(storage)),
		num(0), num(pages), float(rows), num(0), num(0), // relallvisible, reltoastrelid
		boolean(len(r.Indexes) > 0), boolean(isShared(r.OID)), persistence(r), char(kind), num(len(classColumns(r))),
		num(checks), boolean(kind == 'v'), boolean(triggers), boolean(false), boolean(false), boolean(false), // security
		boolean(true), char(identity), boolean(false), num(0), num(0), num(0), // relfrozenxid, relminmxid
		null, options(r), null,
	)
}

// tableSize gives a table's bytes and rows, where the scan wants them.
func (s *scan) tableSize(r *catalog.Relation) (size int64, rows float64, err error) {
	if s.ec.Tx == nil {
		return 0, -1, nil
	}
	if s.wants("relpages") {
		size, err = s.ec.Tx.Size(r, false)
	}
	return size, s.ec.Tx.RowEstimate(r), err
}

func (s *scan) classOfIndex(i *catalog.Index, r *catalog.Relation) error {
	if n, ok := s.oid("relnamespace"); ok && n != r.Schema {
		return nil
	}
	pages, rows := int64(0), float64(0)
	if s.ec.Tx != nil && s.wants("relpages") {
		size, err := s.ec.Tx.StorageSize(i.Storage)
		if err != nil {
			return err
		}
		pages = (size + blockSize - 1) / blockSize
	}
	if s.ec.Tx != nil {
		rows = s.ec.Tx.RowEstimate(r)
	}
	return s.row(
		oid(i.OID), text(i.Name), oid(r.Schema), num(0), num(0), oid(r.Owner), oid(amBtree), oid(uint32(i.Storage)),
		num(0), num(pages), float(rows), num(0), num(0),
		boolean(false), boolean(false), persistence(r), char('i'), num(len(i.Keys)+len(i.Include)),
		num(0), boolean(false), boolean(false), boolean(false), boolean(false), boolean(false),
		boolean(true), char('n'), boolean(false), num(0), num(0), num(0),
		null, null, null,
	)
}

// isShared tells the catalogs that all databases have in common.
func isShared(o types.OID) bool {
	switch o {
	case 1260, 1261, 1262, 1213, 1214, 2396, 2964, 3592, 6000, 6100, 6243:
		return true
	}
	return false
}

// classColumns are a relation's columns as pg_attribute has them.
func classColumns(r *catalog.Relation) []*catalog.Column {
	if r.Kind == catalog.KindSequence && len(r.Columns) == 0 {
		return plan.SequenceColumns
	}
	return r.Columns
}
