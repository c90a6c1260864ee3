package sysview

import (
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/catalog"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

// informationSchema lists the views of information_schema that have rows; the
// others are about what does not exist here: triggers, domains, foreign data,
// routines written in SQL, user-defined types, grants to others than the owner.
var informationSchema = map[string]source{
	"character_sets":                        isCharacterSets,
	"check_constraints":                     isCheckConstraints,
	"collation_character_set_applicability": isCollationCharacterSets,
	"collations":                            isCollations,
	"column_column_usage":                   isColumnColumnUsage,
	"column_privileges":                     isColumnPrivileges,
	"columns":                               isColumns,
	"constraint_column_usage":               isConstraintColumnUsage,
	"constraint_table_usage":                isConstraintTableUsage,
	"element_types":                         isElementTypes,
	"enabled_roles":                         isEnabledRoles,
	"information_schema_catalog_name":       isCatalogName,
	"key_column_usage":                      isKeyColumnUsage,
	"parameters":                            isParameters,
	"referential_constraints":               isReferentialConstraints,
	"role_column_grants":                    isColumnPrivileges,
	"role_table_grants":                     isTablePrivileges,
	"routines":                              isRoutines,
	"schemata":                              isSchemata,
	"sequences":                             isSequences,
	"table_constraints":                     isTableConstraints,
	"table_privileges":                      isTablePrivileges,
	"tables":                                isTables,
	"view_table_usage":                      isViewTableUsage,
	"views":                                 isViews,
}

// database is the *_catalog of every row.
func (s *scan) database() types.Datum { return text(s.env.CurrentDatabase()) }

func isCatalogName(s *scan) error { return s.row(s.database()) }

func isSchemata(s *scan) error {
	for _, n := range s.view.Schemas() {
		if err := s.row(s.database(), text(n.Name), s.roleName(n.Owner), null, null, null, null); err != nil {
			return err
		}
	}
	return nil
}

// eachTable calls fn for the tables and views that the query can be about.
func (s *scan) eachTable(fn func(*catalog.Relation) error) error {
	return s.eachRelation("", "table_name", "table_schema", func(r *catalog.Relation) error {
		switch relkind(r) {
		case 'r', 'v':
			return fn(r)
		}
		return nil
	})
}

// writable tells tables that INSERT, UPDATE and DELETE work on.
func writable(r *catalog.Relation) bool { return r.Kind == catalog.KindTable }

func isTables(s *scan) error {
	return s.eachTable(func(r *catalog.Relation) error {
		kind := "BASE TABLE"
		switch {
		case r.Temporary:
			kind = "LOCAL TEMPORARY"
		case relkind(r) == 'v':
			kind = "VIEW"
		}
		return s.row(
			s.database(), s.schemaName(r.Schema), text(r.Name), text(kind), null, null, null, null, null,
			yesNo(writable(r)), yesNo(false), null,
		)
	})
}

func isViews(s *scan) error {
	return s.eachTable(func(r *catalog.Relation) error {
		if relkind(r) != 'v' {
			return nil
		}
		definition := null
		if r.Kind == catalog.KindView {
			definition = text(viewDefinition(r))
		}
		return s.row(
			s.database(), s.schemaName(r.Schema), text(r.Name), definition, text("NONE"), yesNo(false), yesNo(false),
			yesNo(false), yesNo(false), yesNo(false),
		)
	})
}

func isViewTableUsage(s *scan) error {
	return s.eachRelation("", "view_name", "view_schema", func(r *catalog.Relation) error {
		for _, o := range r.DependsOn {
			t := s.view.Relation(o)
			if t == nil || r.Kind != catalog.KindView {
				continue
			}
			if err := s.row(
				s.database(), s.schemaName(r.Schema), text(r.Name), s.database(), s.schemaName(t.Schema), text(t.Name),
			); err != nil {
				return err
			}
		}
		return nil
	})
}

func isSequences(s *scan) error {
	return s.eachRelation("", "sequence_name", "sequence_schema", func(r *catalog.Relation) error {
		q := r.Sequence
		if q == nil || q.Internal {
			return nil
		}
		return s.row(
			s.database(), s.schemaName(r.Schema), text(r.Name), text(types.TypeName(q.Type)), numericPrecision(q.Type, -1),
			num(2), num(0), intText(q.Start), intText(q.Min), intText(q.Max), intText(q.Increment), yesNo(q.Cycle),
		)
	})
}

func isEnabledRoles(s *scan) error {
	me := s.view.RoleByName(s.env.CurrentUser())
	for _, r := range s.view.Roles() {
		if me == nil || !me.Superuser && r != me {
			continue
		}
		if err := s.row(text(r.Name)); err != nil {
			return err
		}
	}
	return nil
}

func isCharacterSets(s *scan) error {
	return s.row(null, null, text("UTF8"), text("UCS"), text("UTF8"), null, null, null)
}

// eachCollation calls fn for the collations but the default.
func eachCollation(fn func(name string) error) error {
	for _, name := range []string{"C", "POSIX"} {
		if err := fn(name); err != nil {
			return err
		}
	}
	return nil
}

func isCollations(s *scan) error {
	return eachCollation(func(name string) error {
		return s.row(s.database(), text("pg_catalog"), text(name), text("NO PAD"))
	})
}

func isCollationCharacterSets(s *scan) error {
	return eachCollation(func(name string) error {
		return s.row(s.database(), text("pg_catalog"), text(name), null, null, text("UTF8"))
	})
}

// tablePrivileges are what an owner has on a table.
var tablePrivileges = strings.Fields("INSERT SELECT UPDATE DELETE TRUNCATE REFERENCES TRIGGER")

func isTablePrivileges(s *scan) error {
	return s.eachTable(func(r *catalog.Relation) error {
		if r.Kind == catalog.KindVirtual {
			return s.row(
				s.roleName(r.Owner), text("PUBLIC"), s.database(), s.schemaName(r.Schema), text(r.Name), text("SELECT"),
				yesNo(false), yesNo(true),
			)
		}
		for _, p := range tablePrivileges {
			if err := s.row(
				s.roleName(r.Owner), s.roleName(r.Owner), s.database(), s.schemaName(r.Schema), text(r.Name), text(p),
				yesNo(true), yesNo(p == "SELECT"),
			); err != nil {
				return err
			}
		}
		return nil
	})
}

func isColumnPrivileges(s *scan) error {
	return s.eachTable(func(r *catalog.Relation) error {
		grantee, privileges := s.roleName(r.Owner), []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}
		if r.Kind == catalog.KindVirtual {
			grantee, privileges = text("PUBLIC"), privileges[:1]
		}
		for _, c := range r.Columns {
			if c.Dropped {
				continue
			}
			for _, p := range privileges {
				if err := s.row(
					s.roleName(r.Owner), grantee, s.database(), s.schemaName(r.Schema), text(r.Name), text(c.Name), text(p),
					yesNo(r.Kind != catalog.KindVirtual),
				); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
