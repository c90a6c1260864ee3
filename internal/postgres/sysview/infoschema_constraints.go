package sysview

import (
	"slices"
	"strconv"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
)

// eachConstraint calls fn for the constraints of the tables that the query can
// be about; table and schema name the scan's columns that tell, "" for none.
func (s *scan) eachConstraint(table, schema string, fn func(*catalog.Relation, *catalog.Constraint) error) error {
	return s.eachRelation("", table, schema, func(r *catalog.Relation) error {
		for _, c := range r.Constraints {
			if err := fn(r, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachNotNull calls fn for the columns that may not be NULL: information_schema
// shows that as a check constraint of the name it gives.
func (s *scan) eachNotNull(fn func(r *catalog.Relation, c *catalog.Column, name string) error) error {
	return s.eachRelation("", "", "constraint_schema", func(r *catalog.Relation) error {
		if relkind(r) != 'r' {
			return nil
		}
		for _, c := range r.Columns {
			if c.Dropped || !c.NotNull {
				continue
			}
			name := oidText(r.Schema) + "_" + oidText(r.OID) + "_" + strconv.Itoa(int(c.Num)) + "_not_null"
			if err := fn(r, c, name); err != nil {
				return err
			}
		}
		return nil
	})
}

var constraintTypes = map[catalog.ConstraintKind]string{
	catalog.Check: "CHECK", catalog.ForeignKey: "FOREIGN KEY", catalog.PrimaryKey: "PRIMARY KEY", catalog.Unique: "UNIQUE",
}

func isTableConstraints(s *scan) error {
	err := s.eachConstraint("table_name", "table_schema", func(r *catalog.Relation, c *catalog.Constraint) error {
		distinct := null
		if c.Kind == catalog.Unique {
			i, _ := s.view.Index(c.Index)
			distinct = yesNo(i != nil && !i.NullsNotDistinct)
		}
		return s.row(
			s.database(), s.schemaName(r.Schema), text(c.Name), s.database(), s.schemaName(r.Schema), text(r.Name),
			text(constraintTypes[c.Kind]), yesNo(c.Deferrable), yesNo(c.Deferred), yesNo(true), distinct,
		)
	})
	if err != nil {
		return err
	}
	return s.eachNotNull(func(r *catalog.Relation, _ *catalog.Column, name string) error {
		return s.row(
			s.database(), s.schemaName(r.Schema), text(name), s.database(), s.schemaName(r.Schema), text(r.Name),
			text("CHECK"), yesNo(false), yesNo(false), yesNo(true), null,
		)
	})
}

func isCheckConstraints(s *scan) error {
	names := s.names()
	err := s.eachConstraint("", "constraint_schema", func(r *catalog.Relation, c *catalog.Constraint) error {
		if c.Kind != catalog.Check {
			return nil
		}
		const check = "CHECK "
		return s.row(s.database(), s.schemaName(r.Schema), text(c.Name), text(names.constraintDef(r, c, false)[len(check):]))
	})
	if err != nil {
		return err
	}
	return s.eachNotNull(func(r *catalog.Relation, c *catalog.Column, name string) error {
		return s.row(s.database(), s.schemaName(r.Schema), text(name), text(c.Name+" IS NOT NULL"))
	})
}

func isKeyColumnUsage(s *scan) error {
	return s.eachConstraint("table_name", "table_schema", func(r *catalog.Relation, c *catalog.Constraint) error {
		if c.Kind == catalog.Check {
			return nil
		}
		for i, n := range c.Columns {
			position := null
			if c.Kind == catalog.ForeignKey {
				if index, _ := s.view.Index(c.RefIndex); index != nil {
					at := slices.IndexFunc(index.Keys, func(k catalog.IndexKey) bool { return k.Column == c.RefColumns[i] })
					if at >= 0 {
						position = num(at + 1)
					}
				}
			}
			if err := s.row(
				s.database(), s.schemaName(r.Schema), text(c.Name), s.database(), s.schemaName(r.Schema), text(r.Name),
				text(r.Columns[n-1].Name), num(i+1), position,
			); err != nil {
				return err
			}
		}
		return nil
	})
}

// constrained is the table and columns that a constraint's usage is told of: of
// a foreign key, those it refers to.
func (s *scan) constrained(r *catalog.Relation, c *catalog.Constraint) (*catalog.Relation, []int16) {
	if c.Kind == catalog.ForeignKey {
		return s.view.Relation(c.RefTable), c.RefColumns
	}
	return r, c.Columns
}

func isConstraintColumnUsage(s *scan) error {
	return s.eachConstraint("", "", func(r *catalog.Relation, c *catalog.Constraint) error {
		t, columns := s.constrained(r, c)
		if t == nil {
			return nil
		}
		for _, n := range columns {
			if err := s.row(
				s.database(), s.schemaName(t.Schema), text(t.Name), text(t.Columns[n-1].Name), s.database(),
				s.schemaName(r.Schema), text(c.Name),
			); err != nil {
				return err
			}
		}
		return nil
	})
}

func isConstraintTableUsage(s *scan) error {
	return s.eachConstraint("", "", func(r *catalog.Relation, c *catalog.Constraint) error {
		t, _ := s.constrained(r, c)
		if t == nil || c.Kind == catalog.Check {
			return nil
		}
		return s.row(s.database(), s.schemaName(t.Schema), text(t.Name), s.database(), s.schemaName(r.Schema), text(c.Name))
	})
}

var rules = map[byte]string{'a': "NO ACTION", 'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}

func isReferentialConstraints(s *scan) error {
	return s.eachConstraint("", "constraint_schema", func(r *catalog.Relation, c *catalog.Constraint) error {
		if c.Kind != catalog.ForeignKey {
			return nil
		}
		uniqueCatalog, uniqueSchema, unique := null, null, null
		if index, t := s.view.Index(c.RefIndex); index != nil {
			if k := constraintOf(t, index); k != nil {
				uniqueCatalog, uniqueSchema, unique = s.database(), s.schemaName(t.Schema), text(k.Name)
			}
		}
		match := "NONE"
		if c.Match == 'f' {
			match = "FULL"
		}
		return s.row(
			s.database(), s.schemaName(r.Schema), text(c.Name), uniqueCatalog, uniqueSchema, unique, text(match),
			text(rules[c.OnUpdate]), text(rules[c.OnDelete]),
		)
	})
}
