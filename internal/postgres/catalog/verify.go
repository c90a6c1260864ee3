package catalog

import (
	"fmt"
	"slices"

	"github.com/orbit-server/orbit/internal/postgres/types"
)

// Problem is something of a catalog that does not agree with the rest of it.
type Problem struct {
	Database, Schema, Name string
	Expected, Found        string
	// Relation is the relation whose rows and entries cannot be told from others', or
	// cannot be read; Storage the id that others have too. 0: neither.
	Relation types.OID
	Storage  uint64
}

// Verify reports what refers to something that there is not, or has what another has.
func (s *State) Verify(report func(p Problem) error) error {
	owners := map[uint64]string{}
	for _, d := range s.databases.Values() {
		c := &checker{view: s.View(d.OID), database: d.Name, report: report, storage: owners}
		c.owner(d.Name, d.Owner)
		c.check()
		if c.err != nil {
			return c.err
		}
	}
	return s.strays(report)
}

// strays reports objects of databases that there are not.
func (s *State) strays(report func(p Problem) error) (err error) {
	seen := func(kind string) func(k uint64) bool {
		return func(k uint64) bool {
			db := types.OID(k >> 32)
			if _, ok := s.databases.Get(key(0, db)); !ok {
				err = report(Problem{Name: fmt.Sprintf("%s %d", kind, uint32(k)), Expected: fmt.Sprintf("a database %d", db), Found: "none"})
			}
			return err == nil
		}
	}
	schema, relation, custom := seen("schema"), seen("relation"), seen("type")
	s.schemas.Scan(func(k uint64, _ *Schema) bool { return schema(k) })
	if err == nil {
		s.relations.Scan(func(k uint64, _ *Relation) bool { return relation(k) })
	}
	if err == nil {
		s.customs.Scan(func(k uint64, _ *CustomType) bool { return custom(k) })
	}
	return err
}

// checker checks one database. Its first error sticks.
type checker struct {
	view     *View
	database string
	report   func(p Problem) error
	err      error
	storage  map[uint64]string // who has which storage id
	oids     map[types.OID]string
	names    map[string]string
}

func (c *checker) problem(schema types.OID, name, expected, found string) {
	c.tell(schema, Problem{Name: name, Expected: expected, Found: found})
}

func (c *checker) tell(schema types.OID, p Problem) {
	if c.err != nil {
		return
	}
	p.Database = c.database
	if n := c.view.Schema(schema); n != nil {
		p.Schema = n.Name
	}
	c.err = c.report(p)
}

func (c *checker) owner(name string, role types.OID) {
	if c.view.Role(role) == nil {
		c.problem(0, name, fmt.Sprintf("an owner with OID %d", role), "no such role")
	}
}

func (c *checker) check() {
	c.oids, c.names = map[types.OID]string{}, map[string]string{}
	for _, n := range c.view.Schemas() {
		c.owner(n.Name, n.Owner)
	}
	for _, t := range c.view.CustomTypes() {
		if c.view.Schema(t.Schema) == nil {
			c.problem(0, t.Name, fmt.Sprintf("a schema with OID %d", t.Schema), "none")
		}
		c.owner(t.Name, t.Owner)
	}
	for _, r := range c.view.AllRelations() {
		c.relation(r)
	}
}

// claim notes what only one relation or index may have.
func (c *checker) claim(r *Relation, name string, oid types.OID) {
	if other, taken := c.oids[oid]; taken {
		c.problem(r.Schema, name, "an OID of its own", fmt.Sprintf("%d, as %s has", oid, other))
	}
	c.oids[oid] = name
	place := fmt.Sprintf("%d.%s", r.Schema, name)
	if other, taken := c.names[place]; taken {
		c.problem(r.Schema, name, "a name of its own", "that of "+other)
	}
	c.names[place] = fmt.Sprintf("OID %d", oid)
}

func (c *checker) keeps(r *Relation, name string, id uint64) {
	if other, taken := c.storage[id]; taken || id == 0 {
		c.tell(r.Schema, Problem{Name: name, Expected: "a storage id of its own", Found: fmt.Sprintf("%d, of %q", id, other), Relation: r.OID, Storage: id})
	}
	c.storage[id] = c.database + "." + name
}

func (c *checker) relation(r *Relation) {
	c.claim(r, r.Name, r.OID)
	c.owner(r.Name, r.Owner)
	if c.view.Schema(r.Schema) == nil {
		c.problem(r.Schema, r.Name, fmt.Sprintf("a schema with OID %d", r.Schema), "none")
	}
	if r.Kind == KindTable || r.Kind == KindSequence {
		c.keeps(r, r.Name, r.Storage)
	}
	for i, column := range r.Columns {
		if int(column.Num) != i+1 {
			c.tell(r.Schema, Problem{
				Name: r.Name, Expected: fmt.Sprintf("column %d as number %d", column.Num, i+1), Found: fmt.Sprintf("%q there", column.Name), Relation: r.OID,
			})
		}
	}
	for _, i := range r.Indexes {
		c.index(r, i)
	}
	for _, k := range r.Constraints {
		c.constraint(r, k)
	}
	if s := r.Sequence; r.Kind == KindSequence && s == nil {
		c.problem(r.Schema, r.Name, "what a sequence is like", "nothing")
	} else if s != nil && s.OwnerTable != 0 && !hasColumn(c.view.Relation(s.OwnerTable), s.OwnerCol) {
		c.problem(r.Schema, r.Name, fmt.Sprintf("column %d of relation %d that owns it", s.OwnerCol, s.OwnerTable), "none")
	}
	for _, oid := range r.DependsOn {
		if c.view.Relation(oid) == nil {
			c.problem(r.Schema, r.Name, fmt.Sprintf("a relation with OID %d that it reads", oid), "none")
		}
	}
}

func hasColumn(r *Relation, num int16) bool {
	return r != nil && num >= 1 && int(num) <= len(r.Columns) && !r.Columns[num-1].Dropped
}

func (c *checker) index(r *Relation, i *Index) {
	c.claim(r, i.Name, i.OID)
	if !i.Clustered {
		c.keeps(r, i.Name, i.Storage)
	} else if i.Storage != r.Storage {
		c.tell(r.Schema, Problem{
			Name: i.Name, Expected: fmt.Sprintf("storage id %d, its table's", r.Storage), Found: fmt.Sprint(i.Storage), Relation: r.OID,
		})
	}
	for _, k := range i.Keys {
		if k.Column != 0 && !hasColumn(r, k.Column) {
			c.tell(r.Schema, Problem{Name: i.Name, Expected: fmt.Sprintf("column %d of its table", k.Column), Found: "none", Relation: r.OID})
		}
	}
}

func (c *checker) constraint(r *Relation, k *Constraint) {
	for _, num := range k.Columns {
		if !hasColumn(r, num) {
			c.problem(r.Schema, k.Name, fmt.Sprintf("column %d of its table", num), "none")
		}
	}
	if k.Index != 0 && !slices.ContainsFunc(r.Indexes, func(i *Index) bool { return i.OID == k.Index }) {
		c.problem(r.Schema, k.Name, fmt.Sprintf("an index with OID %d", k.Index), "none")
	}
	if k.Kind != ForeignKey {
		return
	}
	to := c.view.Relation(k.RefTable)
	if to == nil {
		c.problem(r.Schema, k.Name, fmt.Sprintf("a table with OID %d that it refers to", k.RefTable), "none")
		return
	}
	for _, num := range k.RefColumns {
		if !hasColumn(to, num) {
			c.problem(r.Schema, k.Name, fmt.Sprintf("column %d of table %q", num, to.Name), "none")
		}
	}
}
